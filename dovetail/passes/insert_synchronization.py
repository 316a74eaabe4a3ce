"""insert-synchronization: hardware flags where the data flow needs them."""

from collections.abc import Callable, Iterator
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

VIEWS = ("ascendc.element", "ascendc.reinterpret_cast")  # of the same bytes
KNOWN = (*INSTRUCTIONS, *VIEWS, "ascendc.slot", "func.call")  # what data flow can be followed through
RELAYS = {("MTE2", "FIX"): "MTE1"}  # pipes between which there are no events, and the one that passes their flags on


VECTORS, SCALAR = "V", "S"


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
    inherited: bool = False  # the ring is an argument, and who called writes it on the same pipe again
    once: bool = False  # there is one use of the rings in a call of the function

    @property
    def rings(self) -> frozenset[ir.Value]:
        return frozenset(slot.ring for slot in self.slots)

    @property
    def full(self) -> tuple[str, ...]:
        """The event that tells the reader that a slot is full; two where another pipe passes it on."""
        return self._events(self.writer, self.reader)

    @property
    def free(self) -> tuple[str, ...]:
        return self._events(self.reader, self.writer)

    @property
    def at_once(self) -> bool:
        """The reader is the scalar unit, which is done with a slot when it goes on: the writer can wait there."""
        return self.reader == SCALAR and self.count == 1

    def _events(self, of: str, to: str) -> tuple[str, ...]:
        relay = RELAYS.get((self.writer, self.reader))
        return (f"{of}_{relay}", f"{relay}_{to}") if relay else (f"{of}_{to}",)


class InsertSynchronization(Pass):
    """Orders the pipes of a core where one writes what another reads.

    A slot lives in the block that takes it. Behind its last writer there, the writing pipe sets a flag, for which the
    reading pipe waits before the first reader; behind the last reader, the reading pipe sets a flag, for which the
    writing pipe waits before the first writer of the next use. Slots start free: a function sets those flags at its
    start and waits for them at its end. A slot that is taken once in a call needs no flag to start with, and at its
    end one only if the caller uses the ring again; so does the slot that the scalar unit reads, in each use, since the
    scalar unit goes on when it has read. Each slot has a flag number of its own.

    A function that is called again sets its flags again. Before that the pipes that waited for them must have done so,
    which the setting pipe learns from one more flag at the end of the function.

    A slot that vector instructions alone write and read needs no flags, but a barrier of V before an instruction that
    touches what an earlier one has written, or writes what an earlier one has read. A counter is written behind a
    barrier of MTE3, since nothing else completes the data before it. Small products that accumulate one on another have
    a barrier of M between them.

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
        if operation.name in VIEWS:
            _check(operation.results[0], False)


def _uses(tensor: ir.Value, functions) -> Iterator[tuple[ir.Operation, str, str]]:
    """Who uses a local tensor or a view of it, also in what is called: operation, pipe, and 'reads' or 'writes'."""
    for use in tensor.uses:
        operation, position = use.owner.operation, use.operand_number
        if operation.name in VIEWS:
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


def _writers(ring: ir.Value, pipe: str, functions) -> Iterator[ir.Operation]:
    """The operations by which a pipe writes slots of a ring, calls among them."""
    for use in ring.uses:
        operation = use.owner.operation
        if operation.name == "ascendc.slot":
            yield from (op for op, by, kind in _uses(operation.results[0], functions) if (by, kind) == (pipe, "writes"))
        elif operation.name == "func.call":
            callee = functions[ir.FlatSymbolRefAttr(operation.attributes["callee"]).value]
            if any(_writers(callee.body.blocks[0].arguments[use.operand_number], pipe, functions)):
                yield operation


def _is_written_again(argument: ir.BlockArgument, pipe: str, functions) -> bool:
    """Whether a pipe writes the ring that a function is given in more than one call of the function."""
    function = argument.owner.owner.opview.sym_name.value
    for caller in functions.values():
        body = caller.body.blocks[0]
        for call in build.operations(caller, func.CallOp):
            if call.callee.value != function:
                continue
            ring = call.operation.operands[argument.arg_number]
            if call.operation.block != body or any(op != call.operation for op in _writers(ring, pipe, functions)):
                return True
            if build.defining(ring) is None and _is_written_again(ir.BlockArgument(ring), pipe, functions):
                return True
    return False


def _channels(slots: list[SlotOp], functions) -> list[Channel]:
    channels: list[Channel] = []
    for slot in slots:
        block = slot.operation.block
        uses = list(_uses(slot.tensor, functions))
        if not uses:
            continue
        if {pipe for _, pipe, _ in uses} == {VECTORS}:
            continue  # barriers order what one pipe does with it
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
        inherited = ring is None and _is_written_again(ir.BlockArgument(slot.ring), writer, functions)
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
    looped = [channel for channel in first_of_rings if not channel.once and not channel.at_once]
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
    _order_vectors(body, _Touched(set(), set()), _place_barrier)
    for mmad in mmads:
        with ir.InsertionPoint.after(mmad.operation), mmad.operation.location:
            _barrier_if_small(mmad, target)


@dataclass
class _Touched:
    """Slots that vector instructions have read and written since the last barrier of V."""

    read: set[ir.Value]
    written: set[ir.Value]

    def __or__(self, other: "_Touched") -> "_Touched":
        return _Touched(self.read | other.read, self.written | other.written)


def _touches(op: ir.Operation) -> _Touched:
    """The slots that an operation, and all within it, touches in V."""
    touched = _Touched(set(), set())

    def visit(inner):
        instruction = INSTRUCTIONS.get(inner.name)
        if instruction is not None and instruction.pipe == VECTORS:
            touched.read.update(_slot_of(inner.operands[position]) for position in instruction.reads)
            touched.written.update(_slot_of(inner.operands[position]) for position in instruction.writes)
        return ir.WalkResult.ADVANCE

    op.walk(visit)
    return touched


def _slot_of(tensor: ir.Value) -> ir.Value:
    """The slot of which a tensor is a view."""
    owner = build.defining(tensor)
    return _slot_of(owner.operands[0]) if owner is not None and owner.name in VIEWS else tensor


def _order_vectors(block: ir.Block, before: _Touched, place: Callable[[ir.Operation], None]) -> _Touched:
    """Has barriers of V placed in a block; returns what is touched at its end, if `before` is so at its start."""
    for op in list(block.operations):
        operation = op.operation
        blocks = [inner for region in operation.regions for inner in region.blocks]
        if blocks:
            inside = _touches(operation)
            if inside.read or inside.written:
                start = before
                if operation.name in ("scf.for", "scf.while"):
                    start = _at_start(blocks, before)
                after = [_order_vectors(inner, start, place) for inner in blocks]
                if build.NEVER_EMPTY in operation.attributes:
                    (before,) = after
                for each in after:
                    before = before | each
            continue
        here = _touches(operation)
        if here.written & (before.read | before.written) or here.read & before.written:
            place(operation)
            before = _Touched(set(), set())
        before = before | here
    return before


def _at_start(blocks: list[ir.Block], before: _Touched) -> _Touched:
    """What is touched where the blocks of a loop start, which may have come round."""
    start = before
    while True:
        joined = start
        for block in blocks:
            joined = joined | _order_vectors(block, start, lambda operation: None)
        if joined == start:
            return start
        start = joined


def _place_barrier(operation: ir.Operation) -> None:
    with ir.InsertionPoint(operation), operation.location:
        PipeBarrierOp(ir.StringAttr.get(VECTORS))


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
    events = (*channel.full, *channel.free)
    first = max(taken.get(event, 0) for event in events)
    if first + channel.count > target.limits.events:
        event = max(events, key=lambda event: taken.get(event, 0))
        fail(
            channel.slots[0],
            f"event {event} has {target.limits.events} flag numbers, and {first + channel.count} are asked for",
        )
    taken.update(dict.fromkeys(events, first + channel.count))
    return first


def _each_slot(channels: list[Channel], operation, comment: str) -> None:
    flags = [
        operation(ir.StringAttr.get(channel.free[0]), build.i64(channel.id + slot))
        for channel in channels
        for slot in range(channel.count)
    ]
    build.comment(flags[0], comment)


def _close(channels: list[Channel]) -> None:
    """The pipes that set flags of slots at the start of the next call come behind the waits of this one."""
    pairs = {(channel.writer, channel.reader): channel for channel in channels}
    for number, channel in enumerate(pairs.values()):
        event, id = ir.StringAttr.get(channel.full[-1]), build.i64(channel.id)
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

    def wait(events: tuple[str, ...]) -> None:
        flag(WaitFlagOp, events[0])
        for event in events[1:]:
            flag(SetFlagOp, event)
            flag(WaitFlagOp, event)

    with build.unnamed(channel.slots[0].location):
        in_turn = channel.once or channel.at_once
        if not in_turn:
            with ir.InsertionPoint(first_write):
                wait(channel.free)
        with ir.InsertionPoint.after(last_write):
            flag(SetFlagOp, channel.full[0])
        with ir.InsertionPoint(first_read):
            wait(channel.full)
        if not channel.once or channel.inherited:
            with ir.InsertionPoint.after(last_read):
                flag(SetFlagOp, channel.free[0])
                if in_turn:
                    wait(channel.free)


def _barrier_if_small(mmad: MmadOp, target: Machine) -> None:
    """The machine keeps products that follow each other in order from so many fractals on; below, a barrier must."""
    side = target.limits.fractal_side
    fractals = build.multiply(build.divide(mmad.m, side), build.divide(mmad.n, side))
    small = build.compare(fractals, "<", target.limits.mmad_barrier_fractals)
    when(small, lambda: PipeBarrierOp(ir.StringAttr.get("M")) and None)
