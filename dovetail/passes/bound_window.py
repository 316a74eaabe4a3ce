"""bound-window: how much of a gathered matrix a window holds at a time."""

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.dialect.dovetail import AwaitArrivalsOp, AwaitReleaseOp, BesideOp, ConsumeOp, GroupOp, PushOp
from dovetail.passes.gathering import kernels, leaders, schedule
from dovetail.passes.registry import Pass, fail


class BoundWindow(Pass):
    """Gives a gathered matrix `slots` slots in the window, and makes each writer wait until its slot is free.

    Chunk c takes slot c modulo slots. A chunk is consumed behind the last reader of its rows; who pushes waits for the
    release of what was in the slot before. A matrix that is not cut in chunks has one slot. That windows hold what is
    asked for is settled at run time, by the tiling function: build-tiling.

        %gathered = dovetail.gathered %x1 {chunk}    %gathered = dovetail.gathered %x1 {chunk, slots}
        dovetail.push ... to %peer                   dovetail.await_release %gathered[%chunk] of %peer
        dovetail.await_arrivals %gathered, %n  ->    dovetail.push ... to %peer
        for i: reads the rows                        dovetail.await_arrivals %gathered, %n
                                                     for i: reads the rows
                                                     dovetail.consume %gathered, %n
    """

    name = "bound-window"
    slots: int | None = None

    def run(self, module: ir.Module) -> None:
        wanted = schedule(module, "slots") if self.slots is None else self.slots
        for kernel in kernels(module):
            for gathered in leaders(kernel):
                if wanted < 1:
                    fail(gathered, f"a window has at least 1 slot, not {wanted}")
                attributes = gathered.operation.attributes
                slots = 1 if gathered.is_whole else wanted
                attributes["slots"] = build.i64(slots)
                attributes["lanes"] = build.i64(schedule(module, "lanes"))
            alone = [gathered.gathered for gathered in leaders(kernel)]
            for push in build.operations(kernel, PushOp):
                if push.gathered not in alone:
                    continue  # it is pushed behind the one that it travels with
                with ir.InsertionPoint(push), push.operation.location:
                    AwaitReleaseOp(push.gathered, push.chunk, push.rank)
            for await_arrivals in build.operations(kernel, AwaitArrivalsOp):
                _consume(await_arrivals)


def _consume(await_arrivals: AwaitArrivalsOp) -> None:
    """Consumes what was awaited, behind the last operation that reads rows of the group."""
    owner = build.defining(await_arrivals.count)
    group = owner.opview if owner is not None else None
    if not isinstance(group, GroupOp):
        fail(await_arrivals, "awaits the arrivals of a group of rows: the last result of dovetail.group")
    block = await_arrivals.operation.block
    besides = [op for op in build.operations(group.operation.parent, BesideOp) if op.group == group.group]
    uses = [use for rows in (group.rows, *(op.rows for op in besides)) for use in rows.uses]
    readers = [build.parent_in(use.owner.operation, block) for use in uses]
    last = None
    for op in block.operations:
        if any(op.operation == reader for reader in readers):
            last = op.operation
    following = list(block.operations)
    position = next(i for i, op in enumerate(following) if op.operation == (last or await_arrivals.operation))
    with ir.InsertionPoint(following[position + 1]), await_arrivals.operation.location:
        ConsumeOp(await_arrivals.gathered, await_arrivals.count)
