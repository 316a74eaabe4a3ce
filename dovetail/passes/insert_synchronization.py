"""insert-synchronization: hardware flags where the data flow needs them."""

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


@dataclass
class Channel:
    """Slots that one pipe writes and another reads, taken together in one block.

    `id` is the first of as many flag numbers as there are slots. Rings that are taken in the same block, written by the
    same pipe and read by the same pipe share a channel: one flag tells of all of them.
    """

    writer: str
    reader: str
    block: ir.Block
    slots: list[SlotOp] = field(default_factory=list)
    count: int = 1
    id: int = 0
    inherited: bool = False  # the ring is an argument: whoever called uses it too

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
    border = True

    def run(self, module: ir.Module) -> None:
        target = machine_of(module)
        functions = {op.name.value: op for op in module.body.operations if isinstance(op, func.FuncOp)}
        taken: dict[str, int] = {}
        for function in functions.values():
            if "dovetail.host" not in function.operation.attributes:
                _check(function)
                _synchronize(function, functions, target, taken)


def _check(function: func.FuncOp) -> None:
    """Data flow can be followed where instructions and calls get views of slots, and nothing else passes buffers on."""
    buffers = [op.tensor for op in build.operations(function, BufferOp)]
    known = (*INSTRUCTIONS, "ascendc.element", "ascendc.slot", "func.call")
    uses: list[tuple[ir.Operation, ir.Value]] = []

    def visit(op):
        uses.extend((op, operand) for operand in op.operands if isinstance(operand.type, LocalTensorType))
        return ir.WalkResult.ADVANCE

    function.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    for op, tensor in uses:
        if op.name not in known:
            fail(op, f"buffers are used by instructions and by calls, not by '{op.name}'")
        if tensor in buffers and op.name not in ("ascendc.slot", "func.call"):
            fail(op, "an instruction works on a slot of a buffer; this one takes the buffer itself")


def _touches(op: ir.Operation, tensor: ir.Value, functions) -> list[tuple[str, str]]:
    """How an operation, or what it calls, uses a local tensor: (pipe, 'reads' or 'writes') in program order."""
    found: list[tuple[str, str]] = []
    views = [tensor]

    def visit(inner):
        operation = inner
        if operation.name == "ascendc.element" and operation.operands[0] in views:
            views.append(operation.results[0])
        instruction = INSTRUCTIONS.get(operation.name)
        if instruction is not None:
            for use, positions in (("reads", instruction.reads), ("writes", instruction.writes)):
                if any(operation.operands[position] in views for position in positions):
                    found.append((instruction.pipe, use))
        elif operation.name == "func.call":
            callee = functions[ir.FlatSymbolRefAttr(operation.attributes["callee"]).value]
            for argument, operand in zip(callee.body.blocks[0].arguments, operation.operands):
                if operand in views:
                    for called in callee.body.blocks[0].operations:
                        found.extend(_touches(called.operation, argument, functions))
        return ir.WalkResult.ADVANCE

    op.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def _channels(function: func.FuncOp, functions) -> list[Channel]:
    channels: list[Channel] = []
    for slot in build.operations(function, SlotOp):
        block = slot.operation.block
        uses = _block_touches(block, slot.tensor, functions)
        writers = {pipe for _, touches in uses for pipe, use in touches if use == "writes"}
        readers = {pipe for _, touches in uses for pipe, use in touches if use == "reads"} - writers
        if not uses:
            continue
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
        same = [
            channel
            for channel in channels
            if channel.block == block
            and (channel.writer, channel.reader) == (writer, reader)
            and channel.slots[0].slot == slot.slot
        ]
        if same:
            same[0].slots.append(slot)
        else:
            channels.append(Channel(writer, reader, block, [slot], count, inherited=inherited))
    return channels


def _block_touches(block: ir.Block, tensor: ir.Value, functions):
    """The operations of a block that use the tensor or a view of it, each with how it does."""
    views = [tensor]
    uses = []
    for op in block.operations:
        operation = op.operation
        if operation.name == "ascendc.element" and operation.operands[0] in views:
            views.append(operation.results[0])
            continue
        touches = [touch for view in views for touch in _touches(operation, view, functions)]
        if touches:
            uses.append((operation, touches))
    return uses


def _synchronize(function: func.FuncOp, functions, target: Machine, taken: dict[str, int]) -> None:
    channels = _channels(function, functions)
    body = function.body.blocks[0]
    for channel in channels:
        channel.id = _number(channel, target, taken)
    for channel in channels:
        _link(channel, functions)
    own_buffers = [op.operation for op in body.operations if isinstance(op.opview, BufferOp)]
    looped = [channel for channel in channels if channel.block != body]
    if looped:
        if own_buffers:
            at_start = ir.InsertionPoint(_after(own_buffers[-1]))
        else:
            at_start = ir.InsertionPoint.at_block_begin(body)
        with at_start, build.unnamed(function.location):
            _each_slot(looped, SetFlagOp, "All slots start free.")
        with ir.InsertionPoint(list(body.operations)[-1]), build.unnamed(function.location):
            _each_slot(looped, WaitFlagOp, "All slots are free again.")
    for copy in build.operations(function, CopyOutOp):
        if copy.publishes is not None:
            with ir.InsertionPoint(copy), copy.operation.location:
                PipeBarrierOp(ir.StringAttr.get("MTE3"))
    for mmad in build.operations(function, MmadOp):
        with ir.InsertionPoint(_after(mmad.operation)), mmad.operation.location:
            _barrier_if_small(mmad, target)


def _after(op: ir.Operation) -> ir.Operation:
    following = list(op.block.operations)
    return following[next(i for i, other in enumerate(following) if other.operation == op) + 1]


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


def _link(channel: Channel, functions) -> None:
    """Sets and waits around the writers and readers in the block of the channel."""
    writes, reads = [], []
    for slot in channel.slots:
        for operation, touches in _block_touches(channel.block, slot.tensor, functions):
            kinds = {use for pipe, use in touches if pipe == channel.writer}
            if kinds:
                writes.append(operation)
            if any(pipe == channel.reader for pipe, _ in touches):
                reads.append(operation)
    order = [op.operation for op in channel.block.operations]
    writes.sort(key=order.index)
    reads.sort(key=order.index)
    if order.index(writes[-1]) >= order.index(reads[0]):
        fail(
            channel.slots[0],
            "a slot is written before it is read; here one operation of the block does both, or they alternate",
        )
    slot = channel.slots[0].slot if channel.count > 1 else None
    once = channel.slots[0].operation.parent.name == "func.func"

    def flag(operation, event):
        operation(ir.StringAttr.get(event), build.i64(channel.id), slot=slot)

    with build.unnamed(channel.slots[0].location):
        if not once:
            with ir.InsertionPoint(writes[0]):
                flag(WaitFlagOp, channel.free)
        with ir.InsertionPoint(_after(writes[-1])):
            flag(SetFlagOp, channel.full)
        with ir.InsertionPoint(reads[0]):
            flag(WaitFlagOp, channel.full)
        if not once or (channel.inherited and channel.reader != "S"):
            with ir.InsertionPoint(_after(reads[-1])):
                flag(SetFlagOp, channel.free)
                if once:
                    flag(WaitFlagOp, channel.free)


def _barrier_if_small(mmad: MmadOp, target: Machine) -> None:
    """The machine keeps products that follow each other in order from so many fractals on; below, a barrier must."""
    side = target.limits.fractal_side
    fractals = build.multiply(build.divide(mmad.m, side), build.divide(mmad.n, side))
    small = build.compare(fractals, "<", target.limits.mmad_barrier_fractals)
    when(small, lambda: PipeBarrierOp(ir.StringAttr.get("M")) and None)
