"""insert-synchronization: hardware flags where the data flow needs them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dovetail.dialect import build
from dovetail.dialect.ascendc import (
    INSTRUCTIONS,
    BufferOp,
    CopyOutOp,
    LocalTensorType,
    MmadOp,
    PipeBarrierOp,
    SetFlagOp,
    SlotOp,
    WaitFlagOp,
)
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import when
from dovetail.passes.registry import Pass, fail
from dovetail.passes.target import machine_of
from dovetail.target.machine import Machine

KNOWN = (*INSTRUCTIONS, "ascendc.element", "ascendc.slot", "func.call")  # what data flow can be followed through


@dataclass
class Channel:
    """Slots that one pipe writes and another reads, taken together in one block.

    `id` is the first of as many flag numbers as there are slots. Rings that are taken in the same block, written by the
    same pipe and read by the same pipe share a channel: one flag tells of all of them. Where the same rings are taken
    in another block too, its channel has the same numbers, so that each use of a slot waits for the one before,
    wherever that was.
    """

    writer: str
    reader: str
    block: ir.Block
    slots: list[SlotOp] = field(default_factory=list)
    writes: list[ir.Operation] = field(default_factory=list)  # operations of the block that the writer's uses are in
    reads: list[ir.Operation] = field(default_factory=list)
    count: int = 1
    id: int = 0
    inherited: bool = False  # the ring is an argument: whoever called uses it too
    once: bool = False  # there is one use of the rings in a call of the function

    @property
    def rings(self) -> frozenset[ir.Value]:
        return frozenset(slot.ring for slot in self.slots)

    @property
    def full(self) -> str:
        return f"{self.writer}_{self.reader}"

    @property
    def free(self) -> str:
        return f"{self.reader}_{self.writer}"


class InsertSynchronization(Pass):
    """Orders the pipes of a core where one writes what another reads.

    A slot lives in the block that takes it. Behind its last writer there, the writing pipe sets a flag, for which the
    reading pipe waits before the first reader; behind the last reader, the reading pipe sets a flag, for which the
    writing pipe waits before the first writer of the next use. Slots start free: a function sets those flags at its
    start and waits for them at its end. A slot that is taken once in a call needs no flag to start with, and at its
    end one only if the caller uses the ring again. Each slot has a flag number of its own.

    A function that is called again sets its flags again. Before that the pipes that waited for them must have done so,
    which the setting pipe learns from one more flag at the end of the function.

    A counter is written behind a barrier of MTE3, since nothing else completes the data before it. Small products that
    accumulate one on another have a barrier of M between them.

        %s = ascendc.slot %ring[%n]           %s = ascendc.slot %ring[%n]
        ascendc.copy_in %s, ...               ascendc.wait_flag "MTE3_MTE2" 0 + %n
        ascendc.copy_out ..., %s         ->   ascendc.copy_in %s, ...
                                              ascendc.set_flag "MTE2_MTE3" 0 + %n
                                              ascendc.wait_flag "MTE2_MTE3" 0 + %n
                                              ascendc.copy_out ..., %s
                                              ascendc.set_flag "MTE3_MTE2" 0 + %n
    """

    name = "insert-synchronization"

    def run(self, module: ir.Module) -> None:
        target = machine_of(module)
        functions = {op.name.value: op for op in module.body.operations if isinstance(op, func.FuncOp)}
        taken: dict[str, int] = {}
        for function in functions.values():
            if "dovetail.host" not in function.operation.attributes:
                _synchronize(function, functions, target, taken)


def _check(tensor: ir.Value, is_buffer: bool) -> None:
    """Data flow can be followed where instructions and calls get views of slots, and nothing else passes buffers on."""
    for use in tensor.uses:
        operation = use.owner.operation
        if operation.name not in KNOWN:
            fail(operation, f"buffers are used by instructions and by calls, not by '{operation.name}'")
        if is_buffer and operation.name not in ("ascendc.slot", "func.call"):
            fail(operation, "an instruction works on a slot of a buffer; this one takes the buffer itself")
        if operation.name == "ascendc.element":
            _check(operation.results[0], False)


def _uses(tensor: ir.Value, functions) -> Iterator[tuple[ir.Operation, str, str]]:
    """Who uses a local tensor or a view of it, also in what is called: operation, pipe, and 'reads' or 'writes'."""
    for use in tensor.uses:
        operation, position = use.owner.operation, use.operand_number
        if operation.name == "ascendc.element":
            yield from _uses(operation.results[0], functions)
        elif operation.name == "func.call":
            callee = functions[ir.FlatSymbolRefAttr(operation.attributes["callee"]).value]
            for _, pipe, kind in _uses(callee.body.blocks[0].arguments[position], functions):
                yield operation, pipe, kind
        elif operation.name in INSTRUCTIONS:
            instruction = INSTRUCTIONS[operation.name]
            if position in instruction.reads:
                yield operation, instruction.pipe, "reads"
            if position in instruction.writes:
                yield operation, instruction.pipe, "writes"


def _channels(slots: list[SlotOp], functions) -> list[Channel]:
    channels: list[Channel] = []
    for slot in slots:
        block = slot.operation.block
        uses = list(_uses(slot.tensor, functions))
        if not uses:
            continue
        writers = {pipe for _, pipe, kind in uses if kind == "writes"}
        readers = {pipe for _, pipe, kind in uses if kind == "reads"} - writers
        if len(writers) != 1 or len(readers) != 1:
            fail(
                slot,
                f"a slot is written by one pipe and read by one other; this one is written by "
                f"{', '.join(sorted(writers)) or 'none'} and read by {', '.join(sorted(readers)) or 'none'}",
            )
        writer, reader = writers.pop(), readers.pop()
        ring = build.defining(slot.ring)
        inherited = ring is None
        count = 1 if ring is None else ring.opview.slots.value
        number = build.defining(slot.slot)
        if number is not None and number.name == "ascendc.next_slot":
            count = number.opview.slots.value
        channel = next(
            (
                channel
                for channel in channels
                if channel.block == block
                and (channel.writer, channel.reader) == (writer, reader)
                and channel.slots[0].slot == slot.slot
            ),
            None,
        )
        if channel is None:
            channel = Channel(writer, reader, block, count=count, inherited=inherited)
            channels.append(channel)
        channel.slots.append(slot)
        for operation, pipe, _ in uses:
            (channel.writes if pipe == writer else channel.reads).append(build.parent_in(operation, block))
    return channels


def _synchronize(function: func.FuncOp, functions, target: Machine, taken: dict[str, int]) -> None:
    body = function.body.blocks[0]
    found = build.operations(function, BufferOp, SlotOp, CopyOutOp, MmadOp)
    buffers, slots, copies, mmads = (
        [op for op in found if isinstance(op, kind)] for kind in (BufferOp, SlotOp, CopyOutOp, MmadOp)
    )
    for argument in body.arguments:
        if isinstance(argument.type, LocalTensorType):
            _check(argument, False)
    for made in (*buffers, *slots):
        _check(made.tensor, isinstance(made, BufferOp))
    channels = _channels(slots, functions)
    first_of_rings: list[Channel] = []
    for channel in channels:
        like = next((other for other in first_of_rings if other.rings & channel.rings), None)
        if like is None:
            channel.id = _number(channel, target, taken)
            channel.once = channel.block == body
            first_of_rings.append(channel)
            continue
        if (like.rings, like.full, like.count) != (channel.rings, channel.full, channel.count):
            used, before = (f"{len(each.rings)} from {each.writer} to {each.reader}" for each in (channel, like))
            message = f"rings are used alike wherever a function uses them: here {used}, elsewhere {before}"
            fail(channel.slots[0], message, (like.slots[0], "elsewhere"))
        channel.id = like.id
        like.once = False
    for channel in channels:
        _link(channel)
    looped = [channel for channel in first_of_rings if not channel.once]
    if looped:
        if buffers:
            at_start = ir.InsertionPoint.after(buffers[-1].operation)
        else:
            at_start = ir.InsertionPoint.at_block_begin(body)
        with at_start, build.unnamed(function.location):
            _each_slot(looped, SetFlagOp, "All slots start free.")
        with ir.InsertionPoint(list(body.operations)[-1]), build.unnamed(function.location):
            _each_slot(looped, WaitFlagOp, "All slots are free again.")
            _close([channel for channel in looped if channel.inherited])
    for copy in copies:
        if copy.publishes is not None:
            with ir.InsertionPoint(copy), copy.operation.location:
                PipeBarrierOp(ir.StringAttr.get("MTE3"))
    for mmad in mmads:
        with ir.InsertionPoint.after(mmad.operation), mmad.operation.location:
            _barrier_if_small(mmad, target)


def _ends(operations: list[ir.Operation]) -> tuple[ir.Operation, ir.Operation]:
    """The first and the last of operations of one block."""
    first = last = operations[0]
    for operation in operations[1:]:
        if operation.is_before_in_block(first):
            first = operation
        if last.is_before_in_block(operation):
            last = operation
    return first, last


def _number(channel: Channel, target: Machine, taken: dict[str, int]) -> int:
    """Flag numbers count per event. Functions of different cores never meet, but a number each is the simple rule."""
    event = channel.full
    first = max(taken.get(event, 0), taken.get(channel.free, 0))
    if first + channel.count > target.limits.events:
        fail(
            channel.slots[0],
            f"event {event} has {target.limits.events} flag numbers, and {first + channel.count} are asked for",
        )
    taken[event] = taken[channel.free] = first + channel.count
    return first


def _each_slot(channels: list[Channel], operation, comment: str) -> None:
    flags = [
        operation(ir.StringAttr.get(channel.free), build.i64(channel.id + slot))
        for channel in channels
        for slot in range(channel.count)
    ]
    build.comment(flags[0], comment)


def _close(channels: list[Channel]) -> None:
    """The pipes that set flags of slots at the start of the next call come behind the waits of this one."""
    pairs = {(channel.writer, channel.reader): channel for channel in channels}
    for number, channel in enumerate(pairs.values()):
        event, id = ir.StringAttr.get(channel.full), build.i64(channel.id)
        flag = SetFlagOp(event, id)
        WaitFlagOp(event, id)
        if number == 0:
            build.comment(flag, "The next call sets them again, behind these waits.")


def _link(channel: Channel) -> None:
    """Sets and waits around the writers and readers in the block of the channel."""
    first_write, last_write = _ends(channel.writes)
    first_read, last_read = _ends(channel.reads)
    if first_read == last_write or first_read.is_before_in_block(last_write):
        fail(
            channel.slots[0],
            "a slot is written before it is read; here one operation of the block does both, or they alternate",
        )
    slot = channel.slots[0].slot if channel.count > 1 else None

    def flag(operation, event):
        operation(ir.StringAttr.get(event), build.i64(channel.id), slot=slot)

    with build.unnamed(channel.slots[0].location):
        if not channel.once:
            with ir.InsertionPoint(first_write):
                flag(WaitFlagOp, channel.free)
        with ir.InsertionPoint.after(last_write):
            flag(SetFlagOp, channel.full)
        with ir.InsertionPoint(first_read):
            flag(WaitFlagOp, channel.full)
        if not channel.once or channel.inherited:
            with ir.InsertionPoint.after(last_read):
                flag(SetFlagOp, channel.free)
                if channel.once:
                    flag(WaitFlagOp, channel.free)


def _barrier_if_small(mmad: MmadOp, target: Machine) -> None:
    """The machine keeps products that follow each other in order from so many fractals on; below, a barrier must."""
    side = target.limits.fractal_side
    fractals = build.multiply(build.divide(mmad.m, side), build.divide(mmad.n, side))
    small = build.compare(fractals, "<", target.limits.mmad_barrier_fractals)
    when(small, lambda: PipeBarrierOp(ir.StringAttr.get("M")) and None)
