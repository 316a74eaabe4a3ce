"""Programs of cores as `verify-synchronization` sees them: accesses to memory, flags and barriers, in their loops.

A core starts at the entry of its kernel; conditions that ask which core it is are decided, calls are followed, and all
that moves no data and orders nothing is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import NoReturn

from dovetail.dialect import build
from dovetail.dialect.ascendc import INSTRUCTIONS, AddressType, LocalTensorType
from dovetail.dialect.bindings import ir
from dovetail.dialect.diagnostics import file_location
from dovetail.passes import verifying_products as products
from dovetail.passes.registry import fail
from dovetail.passes.verifying_steps import (
    Access,
    Barrier,
    Flag,
    Leave,
    Nest,
    Ring,
    SetFlag,
    Signal,
    Start,
    Step,
    Take,
    WaitFlag,
)
from dovetail.passes.verifying_turns import Turns
from dovetail.target.machine import Machine
from dovetail.target.pipes import BARRIERS, CROSS_CORE_PIPES, EVENTS, PIPES

Handler = Callable[["Programs", ir.Operation, list["Body"]], None]
_UNKNOWN = 8  # slots that are provided for where the buffer is an argument of a function that nobody calls
_UNTOLD_BUFFER = (
    "which buffer this works on cannot be told; buffers are passed to calls, and nothing else passes them on"
)

# The ring of a local tensor, the slot that it is (or all: no slot), and at which element of that it starts.
View = tuple[Ring, tuple[int | ir.Value, ...], Start]


class Body:
    """A block without what moves no data and orders nothing: operations, each with its handler and its blocks."""

    def __init__(self, block: ir.Block):
        self.block = block
        self.parts: list[tuple[Handler, ir.Operation, list[Body]]] = []
        for op in block.operations:
            handler = _HANDLERS.get(op.OPERATION_NAME)
            if handler is not None or op._ODS_REGIONS[0]:
                operation = op.operation
                bodies = [Body(inner) for region in operation.regions for inner in region.blocks]
                if handler is not None:
                    self.parts.append((handler, operation, bodies))
                elif any(body.parts for body in bodies):
                    fail(operation, f"what '{operation.name}' orders cannot be told; loops are scf.for and scf.while")


class Programs:
    """What the cores of a block run that are of one kind: the steps of each, by its name, and what they share.

    `starts` has for each core the function that it starts with. Raises PassFailure where an event, a pipe or a number
    does not exist on this kind of core, and where it cannot be told which buffer or slot an instruction works on.
    """

    def __init__(self, kind: str, starts: Mapping[str, str], functions: dict[str, Body], target: Machine):
        self.kind = kind
        self.pipes = PIPES[kind]
        self.limits = target.limits
        self.functions = functions
        self.starts = starts
        self.callers: dict[str, list[ir.Operation]] = {}  # of each function that a core comes to
        self.flags: dict[tuple, Flag] = {}
        self.memory = Ring("global memory", 0)
        self.workspace = Ring("the workspace", 0)  # through which cores of a block hand over tiles
        self.inputs = Ring("an input", 0)  # that nobody writes
        self.of_all_cores = (self.memory, self.workspace, self.inputs)
        self.meetings: dict[str, Flag] = {}  # by cross-core flags that a core waits for together with who sets it
        self.signals: list[Signal] = []
        self.turns: dict[str, Turns] = {}  # of cores that look at counters, by where they start
        self.accesses: list[Access] = []
        self.takes: list[Take] = []
        self.width = 0  # the bits of all accesses
        self.steps: dict[str, list[Step]] = {}
        # While steps are made: the blocks that are open, the functions and where they are called, what values are.
        self._open: list[tuple[ir.Block, list[Step]]] = []
        self._reading: list[tuple[str, ir.Operation]] = []
        self._called: dict[tuple, list[Step]] = {}
        self._tensors: dict[ir.Value, View] = {}
        self._origins: dict[ir.Value, ir.Value] = {}
        self._takes: dict[ir.Value, Take] = {}
        self._is_as_called = (
            True  # whether the function being read is the same wherever it is called with these tensors
        )
        self._last_product: Access | None = None
        self._rings: dict[tuple, Ring] = {}  # by where they are placed
        self._index = 0  # of the core whose steps are made, among those of this kind
        for name, function in starts.items():
            self._index = index_of(name)
            self.callers.setdefault(function, [])
            for argument in functions[function].block.arguments:
                if isinstance(argument.type, LocalTensorType):
                    what = build.name_of(argument.location) or f"argument {argument.arg_number}"
                    self._tensors[argument] = Ring(what, _UNKNOWN), (), 0
            self.steps[name] = self._steps(functions[function])
        taken = {ring for take in self.takes for ring in take.rings}
        for access in self.accesses:
            self._resolve(access, access.ring in taken)
        for take in self.takes:
            places = range(1 + take.count)
            take.current, *take.slots = (sum(ring.mask(place) for ring in take.rings) for place in places)
            take.owned = [*take.rings, *chain(*take.flags.values())]

    def is_drained(self, name: str) -> bool:
        """Whether the last thing that a core does is a barrier of all its pipes."""
        steps = self.steps[name]
        return bool(steps) and isinstance(steps[-1], Barrier) and steps[-1].pipe == "ALL"

    def handed_over(self) -> dict[str, set[bool]]:
        """By cross-core flags, how cores access the workspace once they have waited: whether they write."""
        found: dict[str, set[bool]] = {}

        def walk(steps: Sequence[Step], last: str) -> str:
            for step in steps:
                if isinstance(step, Signal) and step.pipe is None:
                    last = step.name
                elif isinstance(step, Access) and step.ring is self.workspace and last:
                    found.setdefault(last, set()).add(step.writes)
                elif isinstance(step, Nest):
                    for body in step.bodies:
                        last = walk(body, last)
            return last

        for steps in self.steps.values():
            walk(steps, "")
        return found

    # -- reports --

    def refuse(self, op: ir.Operation, message: str) -> NoReturn:
        fail(self.placed(op, [call for _, call in self._reading]), message)

    def placed(self, op: ir.Operation, calls: Sequence[ir.Operation] = ()) -> ir.Operation:
        """The operation, or a call of its function if it has no place in the user's source itself."""
        around = op
        while around.name not in ("func.func", "builtin.module"):
            around = around.parent.operation
        name = ir.StringAttr(around.attributes["sym_name"]).value if around.name == "func.func" else ""
        callers = (op, *reversed(calls), *self.callers.get(name, ()))
        return next((each for each in callers if file_location(each.location) is not None), op)

    # -- structure --

    def _steps(self, body: Body) -> list[Step]:
        steps: list[Step] = []
        self._open.append((body.block, steps))
        for handler, operation, bodies in body.parts:
            handler(self, operation, bodies)
        self._open.pop()
        for take in [step for step in steps if isinstance(step, Take)]:
            del self._takes[take.op.results[0]]
            steps.append(Leave(take.op, take))
        return steps

    def _add(self, step: Step) -> None:
        self._open[-1][1].append(step)

    def _nest(self, operation: ir.Operation, bodies: list[Body]) -> None:
        self._nested(operation, operation.name, tuple(map(self._steps, bodies)))

    def _nested(self, operation: ir.Operation, kind: str, bodies: tuple[list[Step], ...]) -> None:
        steps = list(chain(*bodies))
        if not steps:
            return
        if all(isinstance(step, Access) for step in steps):
            # Going round again, or not at all, changes nothing but for accesses of one pipe that meet each other.
            meeting = [any(_may_meet_itself(step) for step in body) for body in bodies]
            if not any(meeting) or (kind == "scf.if" and not all(meeting)) or kind == "func.call":
                self._open[-1][1].extend(steps)
                return
        signals = any(isinstance(step, Signal) or (isinstance(step, Nest) and step.signals) for step in steps)
        self._add(Nest(operation, kind, bodies, signals))

    def _condition(self, operation: ir.Operation, branches: list[Body]) -> None:
        known = self._which_core(operation.operands[0])
        if known is not None:
            for branch in branches[:1] if known else branches[1:]:
                self._open[-1][1].extend(self._steps(branch))
            return
        product = self._last_product
        bodies = (*map(self._steps, branches), [])[:2]
        only = bodies[0][0] if len(bodies[0]) == 1 and not bodies[1] else None
        if isinstance(only, Barrier) and product is not None and self._is_for(operation, only, product):
            self._add(Barrier(operation, product.pipe, product))
        else:
            self._nested(operation, "scf.if", bodies)

    def _is_for(self, condition: ir.Operation, barrier: Barrier, product: Access) -> bool:
        """Whether a barrier under a condition stands where the product needs one."""
        if product.sizes is None or barrier.pipe not in (product.pipe, "ALL"):
            return False
        return products.is_small(condition.operands[0], product.sizes, self.limits)

    def _which_core(self, condition: ir.Value) -> bool | None:
        """Whether a condition holds on this core, if it asks for the kind of core or the number of a vector core."""
        asked = build.defining(condition)
        if asked is None:
            return None
        if asked.name == "ascendc.is_core":
            return ir.StringAttr(asked.attributes["core"]).value == self.kind
        if asked.name == "arith.cmpi" and self.kind == "AIV":
            left, right = asked.operands
            number, of = build.constant_of(right), build.defining(left)
            if number is not None and of is not None and of.name == "ascendc.get_sub_block_idx":
                predicate = ir.IntegerAttr(asked.attributes["predicate"]).value
                self._is_as_called = False
                return {0: self._index == number, 1: self._index != number}.get(predicate)
        return None

    def _call(self, operation: ir.Operation, _: list[Body]) -> None:
        name = ir.FlatSymbolRefAttr(operation.attributes["callee"]).value
        callee = self.functions.get(name)
        if callee is None:
            self.refuse(operation, f"'{name}' is called here, and has no body")
        given: dict[ir.Value, View] = {}
        for argument, operand in zip(callee.block.arguments, operation.operands):
            if isinstance(operand.type, LocalTensorType):
                given[argument] = self._tensor(operand, operation)
            else:
                self._origins[argument] = operand
        self.callers.setdefault(name, []).append(operation)
        key = (name, *given.values())
        steps = self._called.get(key)
        if steps is None:
            if any(name == each for each, _ in self._reading):
                self.refuse(operation, f"'{name}' calls itself")
            self._reading.append((name, operation))
            tensors, is_as_called = self._tensors, self._is_as_called
            self._tensors, self._is_as_called = given, True
            steps = self._steps(callee)
            if self._is_as_called:
                self._called[key] = steps
            self._tensors, self._is_as_called = tensors, self._is_as_called and is_as_called
            self._reading.pop()
        self._nested(operation, "func.call", (steps,))

    # -- memory --

    def _tensor(self, tensor: ir.Value, user: ir.Operation) -> View:
        found = self._tensors.get(tensor)
        if found is None:
            found = self._tensors[tensor] = self._defined(tensor, user)
        return found

    def _defined(self, tensor: ir.Value, user: ir.Operation) -> View:
        operation = build.defining(tensor)
        if operation is None:
            self.refuse(user, _UNTOLD_BUFFER)
        name = operation.name
        if name == "ascendc.buffer":
            return self._ring(operation), (), 0
        if name == "ascendc.reinterpret_cast":
            return self._tensor(operation.operands[0], user)
        if name == "ascendc.element":
            ring, slot, start = self._tensor(operation.operands[0], user)
            offset = operation.operands[1]
            return ring, slot, start if build.constant_of(offset) == 0 else offset if start == 0 else None
        if name == "ascendc.slot":
            ring, _, start = self._tensor(operation.operands[0], user)
            return ring, (self._slot_number(operation.operands[1]),), start
        self.refuse(user, _UNTOLD_BUFFER)

    def _ring(self, buffer: ir.Operation) -> Ring:
        """The ring of a buffer. Functions of two cores of a kind may have it at the same place, each in its memory."""
        attributes = buffer.attributes
        slots, elements = (ir.IntegerAttr(attributes[name]).value for name in ("slots", "elements"))
        place = ir.IntegerAttr(attributes["offset"]).value if "offset" in attributes else buffer
        key = (buffer.results[0].type, place, slots, elements)
        ring = self._rings.get(key)
        if ring is None:
            ring = self._rings[key] = Ring(build.name_of(buffer.location) or "buffer", slots)
        return ring

    def _slot_number(self, slot: ir.Value) -> int | ir.Value:
        while slot in self._origins:
            slot = self._origins[slot]
            self._is_as_called = False
        number = build.constant_of(slot)
        return slot if number is None else number

    def _instruction(self, operation: ir.Operation, _: list[Body]) -> None:
        name = operation.name
        instruction = INSTRUCTIONS[name]
        pipe = instruction.pipe
        if pipe not in self.pipes:
            self.refuse(operation, f"an {self.kind} has no pipe {pipe}; it has {', '.join(self.pipes)}")
        operands = operation.operands
        publishes = name == "ascendc.copy_out" and "publishes" in operation.attributes
        for positions, writes in ((instruction.reads, False), (instruction.writes, True)):
            for position in positions:
                if position >= len(operands):
                    continue  # an operand that is not given
                operand = operands[position]
                if not writes and any(operands[each] == operand for each in instruction.writes):
                    continue  # what waits for the write waits for the read, which comes with it
                if not isinstance(operand.type, LocalTensorType):
                    ring = self._global(operand, writes)
                    access = Access(operation, pipe, ring, (None,), writes, None, publishes)
                else:
                    ring, slot, start = self._tensor(operand, operation)
                    if start != 0 and pipe != "V":
                        start = None  # loops of such a pipe go on from one part of a slot to the next
                    access = Access(operation, pipe, ring, self._slots(ring, slot, operation), writes, start)
                if writes and position in instruction.reads:  # only what accumulates reads what it writes
                    self._last_product = access
                    access.sizes = operands[3], operands[4]
                    if products.is_large(access.sizes, self.limits):
                        access.start = None  # the machine orders such a product and the next one
                access.first = self.width
                self.width += 1 + access.ring.slots
                access.ring.accesses.append(access)
                self.accesses.append(access)
                self._add(access)

    def _global(self, tensor: ir.Value, writes: bool) -> Ring:
        """Which part of global memory a tensor is known to lie in. Functions that others call are for any part."""
        while True:
            operation = build.defining(tensor)
            if operation is None:
                origin = self._origins.get(tensor)
                if origin is None:
                    return self.inputs if isinstance(tensor.type, AddressType) and not writes else self.memory
                if len(self._reading) > 1:
                    return self.memory
                tensor, self._is_as_called = origin, False
            elif operation.name in ("ascendc.element", "ascendc.set_global_buffer"):
                tensor = operation.operands[0]
            else:
                return self.workspace if operation.name == "ascendc.get_user_workspace" else self.memory

    def _slots(self, ring: Ring, slot: tuple[int | ir.Value, ...], user: ir.Operation) -> tuple[int | None, ...]:
        if not slot:
            return tuple(range(ring.slots))
        (number,) = slot
        if isinstance(number, int):
            if not 0 <= number < ring.slots:
                self.refuse(user, f"slot {number} of {ring.name}, which has {ring.slots}")
            return (number,)
        take = self._take(number, user)
        if ring not in take.rings:
            if take.count > ring.slots:
                self.refuse(user, f"slot {take.name}, one of {take.count}, of {ring.name}, which has {ring.slots}")
            take.rings.append(ring)
        return (None,)

    def _take(self, slot: ir.Value, user: ir.Operation) -> Take:
        """The use of a slot, which begins in the block where its number is defined, before it is used there.

        A remainder is believed to be of a number that is not negative.
        """
        take = self._takes.get(slot)
        if take is None:
            defined = build.defining(slot)
            count = None
            if defined is not None and defined.name == "ascendc.next_slot":
                count = ir.IntegerAttr(defined.attributes["slots"]).value
            elif defined is not None and defined.name == "arith.remsi":
                count = build.constant_of(defined.operands[1])
            if defined is None or count is None or count < 1:
                self.refuse(user, "which slot this is cannot be told; it is a constant, a next_slot or a remainder")
            name = build.name_of(defined.location) or "slot"
            take = self._takes[slot] = Take(defined, name, count)
            self.takes.append(take)
            block = defined.block
            next(steps for at, steps in reversed(self._open) if at == block).append(take)
        return take

    def _resolve(self, access: Access, is_taken: bool) -> None:
        """The bits of an access, and those of earlier accesses that must be complete when it starts."""
        ring, pipe = access.ring, access.pipe
        places = [0 if slot is None else 1 + slot for slot in access.slots]
        if is_taken and places != [0]:
            places.append(0)  # the current slot may be this one
        pattern = sum(1 << place for place in places)
        access.bits = pattern << access.first
        access.anywhere = ((2 << ring.slots) - 1) << access.first
        for other in ring.accesses:
            if ring in self.of_all_cores:
                meets = access.publishes and access.writes
            elif not (access.writes or other.writes):
                meets = False
            elif other.pipe == pipe:  # that both start at the same element is all that tells that they overlap
                meets = pipe != "S" and access.start is not None and other.start == access.start
            else:
                meets = True
            if meets:
                access.conflicts |= pattern << other.first

    # -- synchronisation --

    def _flag(self, operation: ir.Operation) -> Flag:
        event = ir.StringAttr(operation.attributes["event"]).value
        number = ir.IntegerAttr(operation.attributes["id"]).value
        if event not in EVENTS[self.kind]:
            waiting = event.rpartition("_")[2]
            may_wait = any(each.endswith(f"_{waiting}") for each in EVENTS[self.kind])
            why = "" if may_wait else f"; {waiting} waits for no flag there"
            self.refuse(operation, f"an {self.kind} has no event {event}{why}; it has {', '.join(EVENTS[self.kind])}")
        take = None
        if len(operation.operands):
            slot = self._slot_number(operation.operands[0])
            if isinstance(slot, int):
                number += slot
            else:
                take = self._take(slot, operation)
        last = number if take is None else number + take.count - 1
        if not 0 <= number <= last < self.limits.events:
            which = f"{number}" if number == last else f"{number} to {last}"
            self.refuse(
                operation, f"flag {which} of {event}; flags are 0 to {self.limits.events - 1}, others are the system's"
            )
        if take is None:
            return self._numbered(event, number)
        key = (event, number, take.op)
        flag = self.flags.get(key)
        if flag is None:
            flag = self._new(key, event, f"{take.name} + {number}" if number else take.name)
        if flag not in take.flags:
            take.flags[flag] = [self._numbered(event, number + each) for each in range(take.count)]
        return flag

    def _numbered(self, event: str, number: int) -> Flag:
        flag = self.flags.get((event, number))
        return self._new((event, number), event, str(number)) if flag is None else flag

    def _new(self, key: tuple, event: str, name: str) -> Flag:
        source, _, destination = event.partition("_")
        flag = self.flags[key] = Flag(f"<{event}>({name})", source, destination, len(self.flags))
        return flag

    def _barrier(self, operation: ir.Operation, _: list[Body]) -> None:
        pipe = ir.StringAttr(operation.attributes["pipe"]).value
        if pipe not in BARRIERS[self.kind]:
            self.refuse(
                operation, f"no barrier of {pipe} on an {self.kind}; there are {', '.join(BARRIERS[self.kind])}"
            )
        self._add(Barrier(operation, pipe))

    def _cross_core_set(self, operation: ir.Operation, _: list[Body]) -> None:
        attributes = operation.attributes
        pipe = ir.StringAttr(attributes["pipe"]).value
        mode = ir.IntegerAttr(attributes["mode"]).value
        name = ir.StringAttr(attributes["flag"]).value
        if pipe not in CROSS_CORE_PIPES[self.kind]:
            allowed = ", ".join(CROSS_CORE_PIPES[self.kind])
            self.refuse(operation, f"{name} is set behind a pipe of an {self.kind}: {allowed}; not behind {pipe}")
        if mode not in (0, 1, 2):
            self.refuse(operation, f"modes of cross-core flags are 0, 1 and 2, not {mode}")
        if mode == 1 and self.kind == "AIC":
            self.refuse(operation, "mode 1 is for the vector cores of a block; this is an AIC")
        signal = Signal(operation, name, pipe, mode)
        if mode != 2:
            if name not in self.meetings:
                self.meetings[name] = self._new((name,), f"{pipe}_", name)
            signal.meeting = self.meetings[name]
        self._signal(signal)

    def _cross_core_wait(self, operation: ir.Operation, _: list[Body]) -> None:
        name = ir.StringAttr(operation.attributes["flag"]).value
        self._signal(Signal(operation, name, meeting=self.meetings.get(name)))

    def _sync_all(self, operation: ir.Operation, _: list[Body]) -> None:
        if self.kind == "AIC":
            self.refuse(operation, "SyncAll<true> is for vector cores; this is an AIC")
        self._signal(Signal(operation))

    def _signal(self, signal: Signal) -> None:
        self.signals.append(signal)
        self._add(signal)


def index_of(core: str) -> int:
    """Of "AIV 1" 1, of "AIC" 0."""
    return int(core[3:] or 0)


def _may_meet_itself(step: Step) -> bool:
    return isinstance(step, Access) and step.writes and step.start is not None


_HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(INSTRUCTIONS, Programs._instruction),
    "scf.for": Programs._nest,
    "scf.while": Programs._nest,
    "scf.if": Programs._condition,
    "func.call": Programs._call,
    "ascendc.set_flag": lambda core, op, _: core._add(SetFlag(op, core._flag(op))),
    "ascendc.wait_flag": lambda core, op, _: core._add(WaitFlag(op, core._flag(op))),
    "ascendc.pipe_barrier": Programs._barrier,
    "ascendc.cross_core_set_flag": Programs._cross_core_set,
    "ascendc.cross_core_wait_flag": Programs._cross_core_wait,
    "ascendc.sync_all": Programs._sync_all,
}
