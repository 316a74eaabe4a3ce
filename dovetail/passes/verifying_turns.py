"""What a core signals to the others where that depends on what it has seen of them: in the run in which all is there.

A vector core that finishes tiles sends and tells in turns between them, and looks at counters without waiting for them.
How often it does so in all does not depend on what it finds, since it goes on until all is told; only when. Here every
look finds all that it looks for, so that it tells as early as it may.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.passes.index_arithmetic import COMPARISONS, OPERATIONS
from dovetail.passes.verifying_numbers import OF_A_LAUNCH, Known, Untold
from dovetail.passes.verifying_steps import Signal

ARRIVED = float("inf")  # what a counter shows; it is not below anything, nor is its distance to what is awaited
_CALL, _COUNTED = "func.call", ("ascendc.count_up", "ascendc.next_slot")
Run = Callable[[], None]


class Endless(Exception):
    """Loops around a signal go round more often than anybody would wait for."""


class Turns:
    """The program of a core, run with numbers: its signals, and what decides how often it comes to them.

    Raises Untold where that is neither what is known of a launch nor a counter.
    """

    def __init__(self, start: str, functions: dict[str, ir.Block], signals: Iterable[Signal], kind: str):
        self.functions = functions
        self.kind = kind
        self.asked: set[str] = set()
        self._signals = {signal.op: signal for signal in signals}
        self._calls: defaultdict[str, list[ir.Operation]] = defaultdict(list)
        self._acting: set[ir.Operation] = set()  # operations with a signal below, or a count that goes up
        self._needed: set[ir.Value] = set()
        self._work: list[ir.Value] = []
        self._numbers: dict[ir.Value, int] = {}
        self._bodies: dict[str, Run] = {}
        self._visit(functions[start], set())
        for op in list(self._acting):
            self._follow(op)
        while self._work:
            self._need_source(self._work.pop())
        self._run = self._block(functions[start])
        self._values: list[Any] = [None] * len(self._numbers)

    def run(self, known: Known, rounds: int) -> list[Signal]:
        """The signals in order. Raises Endless."""
        self._known, self._rounds = known, rounds
        self._found: list[Signal] = []
        self._counts: list[int] = []
        self._run()
        return self._found

    # -- which operations and values matter --

    def _visit(self, block: ir.Block, seen: set[str]) -> bool:
        """Whether anything in a block acts."""
        acts = False
        for each in block.operations:
            op, name = each.operation, each.OPERATION_NAME
            inner = [self._visit(below, seen) for region in op.regions for below in region.blocks]
            if name == _CALL:
                callee = _callee(op)
                self._calls[callee].append(op)
                if callee not in seen:
                    seen.add(callee)
                    if self._visit(self.functions[callee], seen):
                        seen.add(f"{callee} acts")
                inner.append(f"{callee} acts" in seen)
            if any(inner) or op in self._signals or name in _COUNTED:
                self._acting.add(op)
                acts = True
        return acts

    def _need(self, *values: ir.Value) -> None:
        for value in values:
            if value not in self._needed:
                self._needed.add(value)
                self._work.append(value)

    def _follow(self, op: ir.Operation) -> None:
        """What decides whether, and how often, an operation is gone through."""
        name, operands = op.name, list(op.operands)
        if name == "scf.for":
            self._need(*operands[:3])
        elif name == "scf.if" or name in _COUNTED:
            self._need(operands[0])
        elif name == "scf.while":
            self._need(_end(op.regions[0].blocks[0])[0])

    def _need_source(self, value: ir.Value) -> None:
        op = build.defining(value)
        if op is None:
            self._need_given(value)
            return
        name, number = op.name, value.result_number if len(op.results) > 1 else 0
        if name == "scf.for":
            self._need(op.regions[0].blocks[0].arguments[1 + number])
        elif name == "scf.while":
            self._need(_end(op.regions[0].blocks[0])[1 + number])
        elif name == "scf.if":
            self._need(*(_end(region.blocks[0])[number] for region in op.regions))
        elif name == _CALL:
            self._need(_end(self.functions[_callee(op)])[number])
        elif name != "ascendc.get_value":
            self._need(*(operand for operand in op.operands if not name.startswith("ascendc.") or name in _COUNTS))
        self._follow(op)

    def _need_given(self, argument: ir.Value) -> None:
        """What an argument of a block is given."""
        block, number = argument.owner, argument.arg_number
        op = block.owner.operation
        if op.name == "func.func":
            for call in self._calls[ir.StringAttr(op.attributes["sym_name"]).value]:
                self._need(call.operands[number])
        elif op.name == "scf.for" and number:
            self._need(op.operands[2 + number], _end(block)[number - 1])
        elif op.name == "scf.while":
            before, after = (region.blocks[0] for region in op.regions)
            if block == before:
                self._need(op.operands[number], _end(after)[number])
            else:
                self._need(_end(before)[1 + number])

    # -- running them --

    def _number(self, value: ir.Value) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def _block(self, block: ir.Block) -> Run:
        runs: list[Run] = []
        for each in block.operations:
            op = each.operation
            if op in self._signals:
                runs.append(self._signal(self._signals[op]))
            elif op in self._acting or any(result in self._needed for result in op.results):
                runs.append(self._operation(op))

        def run() -> None:
            for each in runs:
                each()

        return run

    def _signal(self, signal: Signal) -> Run:
        return lambda: self._found.append(signal)

    def _copy(self, sources: Sequence[ir.Value], destinations: Sequence[ir.Value]) -> Run:
        needed = self._needed
        pairs = [
            (self._number(source), self._number(destination))
            for source, destination in zip(sources, destinations)
            if destination in needed
        ]
        if not pairs:
            return _nothing

        def run() -> None:
            values = self._values
            made = [values[source] for source, _ in pairs]
            for (_, destination), value in zip(pairs, made):
                values[destination] = value

        return run

    def _operation(self, op: ir.Operation) -> Run:
        structured = _STRUCTURED.get(op.name)
        if structured is not None:
            return structured(self, op)
        compute = self._computing(op)
        if not len(op.results):
            return compute
        result = self._number(op.results[0])

        def run() -> None:
            self._values[result] = compute()

        return run

    def _computing(self, op: ir.Operation) -> Callable[[], Any]:
        name = op.name
        operands = [self._number(operand) for operand in op.operands]
        operator = OPERATIONS.get(name)
        if name == "arith.cmpi":
            predicate = ir.IntegerAttr(op.attributes["predicate"]).value
            operator = COMPARISONS[predicate] if predicate < len(COMPARISONS) else None
        if operator is not None:
            left, right = operands
            return lambda: operator(self._values[left], self._values[right])
        if name in OF_A_LAUNCH or name == "ascendc.tiling_field":
            field = OF_A_LAUNCH.get(name) or ir.StringAttr(op.attributes["field"]).value
            self.asked.add(field)
            return lambda: self._known[field]
        if name in ("arith.constant", "ascendc.constant"):
            number = ir.IntegerAttr(op.attributes["value" if name == "arith.constant" else "number"]).value
            return lambda: number
        if name == "ascendc.is_core":
            is_this = ir.StringAttr(op.attributes["core"]).value == self.kind
            return lambda: is_this
        if name == "ascendc.get_value":
            return lambda: ARRIVED
        if name == "arith.index_cast":
            return lambda: self._values[operands[0]]
        if name == "arith.select":
            condition, true, false = operands
            return lambda: self._values[true if self._values[condition] else false]
        if name == "ascendc.counter":
            return self._new_count
        if name in _COUNTS:
            slots = ir.IntegerAttr(op.attributes["slots"]).value if name == "ascendc.next_slot" else 0
            return lambda: self._count(self._values[operands[0]], name != "ascendc.count", slots)
        raise Untold(op)

    def _new_count(self) -> int:
        self._counts.append(0)
        return len(self._counts) - 1

    def _count(self, place: int, goes_up: bool, slots: int) -> int:
        before = self._counts[place]
        self._counts[place] += goes_up
        return before % slots if slots else before

    def _round(self) -> None:
        self._rounds -= 1
        if self._rounds < 0:
            raise Endless

    def _for(self, op: ir.Operation) -> Run:
        block = op.regions[0].blocks[0]
        index, *arguments = block.arguments
        first, end, by = (self._number(operand) for operand in list(op.operands)[:3])
        enter = self._copy(list(op.operands)[3:], arguments)
        again = self._copy(_end(block), arguments)
        leave = self._copy(arguments, op.results) if len(arguments) else None
        place, body = self._number(index), self._block(block)

        def run() -> None:
            values = self._values
            enter()
            for number in range(values[first], values[end], values[by]):
                self._round()
                values[place] = number
                body()
                again()
            if leave is not None:
                leave()

        return run

    def _while(self, op: ir.Operation) -> Run:
        before, after = (region.blocks[0] for region in op.regions)
        goes_on, *handed = _end(before)
        condition = self._number(goes_on)
        enter = self._copy(list(op.operands), before.arguments)
        go_on = self._copy(handed, after.arguments)
        again = self._copy(_end(after), before.arguments)
        leave = self._copy(handed, op.results)
        look, body = self._block(before), self._block(after)

        def run() -> None:
            enter()
            while True:
                self._round()
                look()
                if not self._values[condition]:
                    break
                go_on()
                body()
                again()
            leave()

        return run

    def _if(self, op: ir.Operation) -> Run:
        condition = self._number(op.operands[0])
        branches = []
        for region in op.regions:
            blocks = list(region.blocks)
            parts = [self._block(blocks[0]), self._copy(_end(blocks[0]), op.results)] if blocks else []
            branches.append(parts)

        def run() -> None:
            for part in branches[0 if self._values[condition] else 1]:
                part()

        return run

    def _call(self, op: ir.Operation) -> Run:
        name = _callee(op)
        callee = self.functions[name]
        enter = self._copy(list(op.operands), callee.arguments)
        if name not in self._bodies:
            self._bodies[name] = self._block(callee)
        body = self._bodies[name]
        leave = self._copy(_end(callee), op.results)

        def run() -> None:
            enter()
            body()
            leave()

        return run


_COUNTS = {"ascendc.count", *_COUNTED}
_STRUCTURED = {"scf.for": Turns._for, "scf.while": Turns._while, "scf.if": Turns._if, _CALL: Turns._call}


def _nothing() -> None:
    pass


def _callee(call: ir.Operation) -> str:
    return ir.FlatSymbolRefAttr(call.attributes["callee"]).value


def _end(block: ir.Block) -> list[ir.Value]:
    """What the operation at the end of a block hands on."""
    return list(list(block.operations)[-1].operation.operands)
