"""What each core of each rank does in a launch: steps, derived from the IR from which the source is printed.

A module that the pipeline is done with says what every core does once the sizes of a launch are known: loops have their
trip counts, views their places. Running the functions of the module with these numbers gives each core a finite list of
steps, one for each call of Ascend C that moves data or synchronises. Only counters are unknown while a kernel runs.
Their values are symbols (`words.py`), and a loop that polls until none of them is late becomes a copy that awaits them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dovetail.dialect import build
from dovetail.dialect.bindings import func, ir
from dovetail.passes import index_arithmetic, words
from dovetail.passes.protocol_calls import HANDLERS, IGNORED, Execution
from dovetail.passes.protocol_steps import Await, Core, Instruction, Launch, Program, SetFlag, WaitFlag
from dovetail.passes.registry import fail
from dovetail.passes.words import AnyLate, Memory, Word

ENTRY, HOST = "ascendc.entry", "dovetail.host"

Values = list[Any]
Run = Callable[[Execution, Values], None]


class Functions:
    """The functions of a module, each read once and run as often as there are cores."""

    def __init__(self, module: ir.Module):
        self.module = module
        self.operations = {op.name.value: op.operation for op in module.body.operations if isinstance(op, func.FuncOp)}
        self._read: dict[str, tuple[Run, int]] = {}

    def marked(self, attribute: str) -> str:
        """The name of the function that has an attribute. Fails if there is none."""
        for name, operation in self.operations.items():
            if attribute in operation.attributes:
                return name
        fail(self.module.operation, f"no function has the attribute '{attribute}': a kernel is needed, fully lowered")

    def run(self, name: str, execution: Execution, arguments: list) -> list:
        if name not in self._read:
            reading = _Reading(self)
            body = reading.block(self.operations[name].regions[0].blocks[0])
            self._read[name] = (body, len(reading.numbers))
        body, size = self._read[name]
        values = arguments + [None] * (size - len(arguments))
        body(execution, values)
        return execution.yielded


def symbols(module: ir.Module) -> list[str]:
    """The names of the sizes that the tiling function takes."""
    functions = Functions(module)
    sizes = ir.ArrayAttr(functions.operations[functions.marked(HOST)].attributes[HOST])
    return [ir.StringAttr(size).value for size in sizes]


def tiling(module: ir.Module, sizes: Mapping[str, int], ranks: int, blocks: int, window_bytes: int) -> dict[str, int]:
    """The fields of the tiling struct for a launch. Raises Refused with the message of the tiling function."""
    functions = Functions(module)
    host = Execution(ranks, blocks, {})
    arguments = [*(sizes[symbol] for symbol in symbols(module)), ranks, blocks, window_bytes]
    functions.run(functions.marked(HOST), host, arguments)
    return host.fields


def programs(module: ir.Module, launch: Launch) -> dict[Core, Program]:
    """The steps of each core in a launch. Fails where what a core does does not follow from the sizes."""
    functions = Functions(module)
    entry = functions.marked(ENTRY)
    names = _names(functions.operations[entry])
    made = {}
    for core in launch.cores():
        execution = Execution(launch.ranks, launch.blocks, dict(launch.fields), core)
        functions.run(entry, execution, [Memory(name, core.rank) for name in names])
        made[core] = execution.steps
    return made


def _names(entry: ir.Operation) -> list[str]:
    """What the arguments of a kernel are called."""
    arguments = entry.regions[0].blocks[0].arguments
    names = [build.name_of(argument.location) or f"argument {argument.arg_number}" for argument in arguments]
    if "arg_attrs" in entry.attributes:
        for number, each in enumerate(map(ir.DictAttr, ir.ArrayAttr(entry.attributes["arg_attrs"]))):
            if "dovetail.name" in each:
                names[number] = ir.StringAttr(each["dovetail.name"]).value
    return names


# -- index arithmetic --


SYMBOLS: dict[str, Callable] = {"arith.addi": words.add, "arith.subi": words.subtract}


class _Reading:
    """Turns the blocks of one function into Python functions. Values are numbered; a block sees them all."""

    def __init__(self, functions: Functions):
        self.functions = functions
        self.numbers: dict[ir.Value, int] = {}

    def number(self, value: ir.Value) -> int:
        return self.numbers.setdefault(value, len(self.numbers))

    def block(self, block: ir.Block) -> Run:
        for argument in block.arguments:
            self.number(argument)
        parts = [part for op in block.operations if (part := self.operation(op.operation)) is not None]

        def run(execution: Execution, values: Values) -> None:
            for part in parts:
                part(execution, values)

        return run

    def operation(self, op: ir.Operation) -> Run | None:
        operands = [self.number(operand) for operand in op.operands]
        if op.name in index_arithmetic.OPERATIONS:
            return self.arithmetic(op, operands)
        structured = {
            "arith.cmpi": self.comparison,
            "arith.select": self.selection,
            "scf.for": self.counted_loop,
            "scf.if": self.branch,
            "scf.while": self.conditional_loop,
            "func.call": self.call,
        }.get(op.name)
        if structured is not None:
            return structured(op, operands)
        if op.name in ("scf.yield", "func.return", "scf.condition"):

            def leave(execution: Execution, values: Values) -> None:
                execution.yielded = [values[operand] for operand in operands]

            return leave
        if op.name in IGNORED:
            return None
        handler = HANDLERS.get(op.name)
        if handler is None:
            fail(op, f"no step is known for '{op.name}'")
        action = handler(op)
        results = [self.number(result) for result in op.results]

        def run(execution: Execution, values: Values) -> None:
            made = action(execution, *[values[operand] for operand in operands])
            if results:
                values[results[0]] = made

        return run

    def arithmetic(self, op: ir.Operation, operands: list[int]) -> Run:
        left, right = operands
        result = self.number(op.results[0])
        numbers, symbols = index_arithmetic.OPERATIONS[op.name], SYMBOLS.get(op.name)

        def run(execution: Execution, values: Values) -> None:
            a, b = values[left], values[right]
            if isinstance(a, int) and isinstance(b, int):
                values[result] = numbers(a, b)
                return
            try:
                if symbols is None:
                    raise words.Unknown
                values[result] = symbols(a, b)
            except words.Unknown:
                fail(op, "a number read from a counter is added to, subtracted and compared with zero, nothing else")

        return run

    def comparison(self, op: ir.Operation, operands: list[int]) -> Run:
        left, right = operands
        result = self.number(op.results[0])
        predicate = ir.IntegerAttr(op.attributes["predicate"]).value
        if predicate >= len(index_arithmetic.COMPARISONS):
            fail(op, "comparisons are signed")
        numbers = index_arithmetic.COMPARISONS[predicate]

        def run(execution: Execution, values: Values) -> None:
            a, b = values[left], values[right]
            if isinstance(a, int) and isinstance(b, int):
                values[result] = numbers(a, b)
                return
            try:
                values[result] = words.compare(a, predicate, b)
            except words.Unknown:
                fail(op, "counters are compared by signed difference, as in `shown - target < 0`")

        return run

    def selection(self, op: ir.Operation, operands: list[int]) -> Run:
        condition, true, false = operands
        result = self.number(op.results[0])

        def run(execution: Execution, values: Values) -> None:
            chosen = values[condition]
            if not isinstance(chosen, words.Late):
                values[result] = values[true if _decided(op, chosen) else false]
                return
            try:
                values[result] = words.select(chosen, values[true], values[false])
            except words.Unknown:
                fail(op, "a comparison of counters chooses between a count and one more than it, nothing else")

        return run

    def call(self, op: ir.Operation, operands: list[int]) -> Run:
        callee = ir.FlatSymbolRefAttr(op.attributes["callee"]).value
        results = [self.number(result) for result in op.results]

        def run(execution: Execution, values: Values) -> None:
            before = execution.calls
            execution.calls = (*before, op)
            returned = self.functions.run(callee, execution, [values[operand] for operand in operands])
            execution.calls = before
            for result, value in zip(results, returned):
                values[result] = value

        return run

    def branch(self, op: ir.Operation, operands: list[int]) -> Run:
        branches = [self.block(region.blocks[0]) for region in op.regions if len(region.blocks)]
        results = [self.number(result) for result in op.results]

        def run(execution: Execution, values: Values) -> None:
            chosen = _decided(op, values[operands[0]])
            if chosen or len(branches) > 1:
                branches[0 if chosen else 1](execution, values)
                for result, value in zip(results, execution.yielded):
                    values[result] = value

        return run

    def counted_loop(self, op: ir.Operation, operands: list[int]) -> Run:
        block = op.regions[0].blocks[0]
        body = self.block(block)
        induction, *carried = [self.number(argument) for argument in block.arguments]
        results = [self.number(result) for result in op.results]
        start, stop, step, *initial = operands

        def run(execution: Execution, values: Values) -> None:
            held = [values[each] for each in initial]
            bounds = [values[each] for each in (start, stop, step)]
            if not all(isinstance(bound, int) for bound in bounds):
                fail(op, "the bounds of a loop follow from sizes, not from what was read from memory")
            for number in range(*bounds):
                values[induction] = number
                for argument, value in zip(carried, held):
                    values[argument] = value
                body(execution, values)
                held = execution.yielded
            for result, value in zip(results, held):
                values[result] = value

        return run

    def conditional_loop(self, op: ir.Operation, operands: list[int]) -> Run:
        """A loop that goes on while counters are late polls: its last round finds that none of them is."""
        before, after = (region.blocks[0] for region in op.regions)
        test, body = self.block(before), self.block(after)
        tested = [self.number(argument) for argument in before.arguments]
        entered = [self.number(argument) for argument in after.arguments]
        results = [self.number(result) for result in op.results]

        def run(execution: Execution, values: Values) -> None:
            held = [values[each] for each in operands]
            start = len(execution.steps)
            while True:
                for argument, value in zip(tested, held):
                    values[argument] = value
                test(execution, values)
                goes_on, *held = execution.yielded
                if isinstance(goes_on, AnyLate) and len(execution.steps) > start:
                    _poll(op, execution.steps[start:], goes_on)
                    held = [None] * len(held)
                    break
                if not _decided(op, goes_on):
                    break
                start = len(execution.steps)
                for argument, value in zip(entered, held):
                    values[argument] = value
                body(execution, values)
                held = execution.yielded
            for result, value in zip(results, held):
                values[result] = value

        return run


def _decided(op: ir.Operation, condition) -> bool:
    if not isinstance(condition, (bool, int)):
        fail(op, "what is done next follows from sizes, not from what was read from memory, but in a loop that polls")
    return bool(condition)


def _poll(loop: ir.Operation, body: Program, condition: AnyLate) -> None:
    """Notes at the copies of a loop's body what the loop repeats them for."""
    copies = {shown: step for step in body if isinstance(step, Instruction) for shown in step.shown}
    for step in body:
        is_quiet = isinstance(step, (SetFlag, WaitFlag)) or (
            isinstance(step, Instruction) and not any(region.memory.name != "UB" for region in step.writes)
        )
        if not is_quiet:
            fail(step.at.operation, "a loop that polls copies counters in and looks at them, nothing else")
    for late in condition.late:
        polled = [(shown, times) for shown, times in late.word.terms if shown in copies]
        if len(polled) != 1 or polled[0][1] != 1:
            fail(loop, "a loop that polls compares each counter that it copies in with a target known before")
        shown = polled[0][0]
        copies[shown].awaits.append(Await(shown.counter, Word(0, ((shown, 1),)).minus(late.word)))
