"""What each core of a block signals to the others in a launch, and the launches to try.

Only what decides how often a flag is set or awaited is computed: conditions around it, and the bounds of loops. Sizes
go through the module's own tiling function, so that the fields of the tiling struct are such as a launch has them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.passes.registry import fail
from dovetail.passes.verifying import Programs, index_of
from dovetail.passes.verifying_numbers import Known, Numbers, Tiling, Untold
from dovetail.passes.verifying_steps import Nest, Signal, Step
from dovetail.passes.verifying_turns import Endless, Turns
from dovetail.target import window
from dovetail.target.pipes import VECTOR_CORES

_UNTOLD = "how often this is done cannot be told from the sizes of a launch"
_ROUNDS, _MOST_ROUNDS = "rounds left", 100_000  # rounds of loops around signals, in a launch
Run = Callable[[Known, list[Signal]], None]


class Signals:
    """The cross-core flags of one core, in order, as a function of what is known of a launch."""

    def __init__(self, programs: Programs, core: str):
        self.programs = programs
        self.core = core
        self.numbers = Numbers()
        self.run = self._turns() if _polls(programs.steps[core]) else self._block(programs.steps[core])

    def of(self, known: dict[str, int]) -> list[Signal]:
        found: list[Signal] = []
        cores, index = known["vector cores"] if self.programs.kind == "AIV" else 1, index_of(self.core)
        own = {"core": known["block"] * cores + index, "vector core": index}
        here: Known = dict[int | str, int]()
        here.update(known)
        here.update(own)
        here[_ROUNDS] = _MOST_ROUNDS
        try:
            self.run(here, found)
        except (Endless, ZeroDivisionError, ValueError) as error:
            why = "a loop has no step or a number is divided by zero"
            if isinstance(error, Endless):
                why = f"it takes more than {_MOST_ROUNDS} rounds of loops"
            fail(
                next(_signals(self.programs.steps[self.core])).op,
                f"how often {self.core} does this cannot be told: {why}",
            )
        return found

    def _turns(self) -> Run:
        """Of a core that looks at counters in between, as verifying_turns says."""
        programs = self.programs
        start = programs.starts[self.core]
        turns = programs.turns.get(start)
        try:
            if turns is None:
                functions = {name: body.block for name, body in programs.functions.items()}
                turns = programs.turns[start] = Turns(start, functions, programs.signals, programs.kind)
        except Untold as untold:
            at = next(_signals(programs.steps[self.core])).op
            fail(at, _UNTOLD, *([] if untold.at is None else [(untold.at, "it depends on this")]))
        self.numbers.asked |= turns.asked

        def run(known: Known, found: list[Signal]) -> None:
            found += turns.run(known, _MOST_ROUNDS)

        return run

    def _block(self, steps: list[Step]) -> Run:
        runs: list[Run] = []
        for step in steps:
            if isinstance(step, Signal):
                runs.append(_found(step))
            elif isinstance(step, Nest) and step.signals:
                try:
                    runs.append(_RUN[step.kind](self, step))
                except Untold as untold:
                    at = next(_signals([step])).op
                    notes = [] if untold.at is None else [(untold.at, "it depends on this")]
                    fail(at, _UNTOLD, *notes)

        def run(known: Known, found: list[Signal]) -> None:
            for each in runs:
                each(known, found)

        return run

    def _loop(self, step: Nest) -> Run:
        block = step.op.regions[0].blocks[0]
        body = self._block(step.bodies[0])
        if any(map(self.numbers.known, list(block.arguments)[1:])):
            raise Untold(step.op)
        first, end, by = map(self.numbers.of, list(step.op.operands)[:3])
        index = self.numbers.argument(block.arguments[0])

        def run(known: Known, found: list[Signal]) -> None:
            rounds = range(first(known), end(known), by(known))
            known[_ROUNDS] -= len(rounds)
            if known[_ROUNDS] < 0:
                raise Endless
            for number in rounds:
                known[index] = number
                body(known, found)

        return run

    def _condition(self, step: Nest) -> Run:
        condition = self.numbers.of(step.op.operands[0])
        then, otherwise = map(self._block, step.bodies)
        return lambda known, found: (then if condition(known) else otherwise)(known, found)

    def _call(self, step: Nest) -> Run:
        body = self._block(step.bodies[0])
        name = ir.FlatSymbolRefAttr(step.op.attributes["callee"]).value
        arguments = self.programs.functions[name].block.arguments
        given = [
            (self.numbers.argument(argument), self.numbers.of(operand))
            for argument, operand in zip(arguments, step.op.operands)
            if self.numbers.known(argument)
        ]

        def run(known: Known, found: list[Signal]) -> None:
            known.update([(number, value(known)) for number, value in given])
            body(known, found)

        return run


def _found(signal: Signal) -> Run:
    return lambda known, found: found.append(signal)


_RUN = {
    "scf.for": Signals._loop,
    "scf.if": Signals._condition,
    "func.call": Signals._call,
}


def _polls(steps: list[Step]) -> bool:
    """Whether signals depend on a loop that has no bounds, or on a count."""
    for step in steps:
        if isinstance(step, Nest) and step.signals:
            if step.kind == "scf.while" or (step.kind == "scf.if" and _counts(step.op.operands[0])):
                return True
            if any(map(_polls, step.bodies)):
                return True
    return False


def _counts(value: ir.Value) -> bool:
    operation = build.defining(value)
    return operation is not None and (operation.name == "ascendc.count" or any(map(_counts, operation.operands)))


def _signals(steps: list[Step]) -> Iterator[Signal]:
    for step in steps:
        if isinstance(step, Signal):
            yield step
        elif isinstance(step, Nest):
            for body in step.bodies:
                yield from _signals(body)


# -- launches --


@dataclass(frozen=True)
class Shape:
    """Sizes to try: how many ranks, whether chunks are full, and how many of them and of slots there would be."""

    ranks: int
    chunks: int
    slots: int
    ragged: bool = True

    def sizes(self, tiling: Tiling, chunk: int) -> tuple[dict[str, int], int]:
        """The sizes of all matrices, which are squares, and the bytes of a window for so many slots of them."""
        # Even, for elements of which two share a byte.
        size = max(self.chunks * chunk - 2 * self.ragged, 1)
        slot = self.ranks * min(size, chunk) * size * _ELEMENT_BYTES
        return dict.fromkeys(tiling.symbols, size), window.DATA + self.slots * slot


# The last one has more chunks under way than a flag counts.
FEW = (Shape(2, 3, 2), Shape(3, 1, 1), Shape(17, 1, 1))
MANY = (Shape(1, 1, 1), *(Shape(*numbers) for numbers in product((2, 3, 4, 9), (1, 2, 3), (1, 2, 3), (False, True))))
BLOCKS = 2
_ELEMENT_BYTES = 2


def launches(tiling: Tiling | None, asked: set[str], chunk: int, shapes: tuple[Shape, ...]) -> Iterator[dict[str, int]]:
    """What is known of each launch to try, of what is asked.

    Without a tiling function, each field has each of the values 1, 2 and 3.
    """
    meets = bool(asked & {"rank", "ranks"})
    surroundings = {"blocks": BLOCKS, "vector cores": VECTOR_CORES, "ranks": 1}
    seen: list[dict[str, int]] = []
    if tiling is None:
        fields = sorted(asked - {"rank", "ranks", "blocks", "core", "vector core", "vector cores"})
        values = product((1, 2, 3), repeat=len(fields)) if len(fields) < 4 else zip(*[(1, 2, 3)] * len(fields))
        for row, ranks in product(values, (2, 3, 4) if meets else (1,)):
            yield {**surroundings, "ranks": ranks, **dict(zip(fields, row))}
        return
    for shape in shapes:
        made = None
        for slots in sorted({shape.slots, shape.chunks}):  # a matrix that travels whole needs room for all of it
            if made is None and slots >= shape.slots:
                sizes, window_bytes = replace(shape, slots=slots).sizes(tiling, chunk)
                given = {**sizes, "ranks": shape.ranks, "blocks": BLOCKS, "window bytes": window_bytes}
                made = tiling.of(given, asked)
        if made is not None:
            launch = {**surroundings, **made}
            if meets:
                launch["ranks"] = shape.ranks
            if launch not in seen:
                seen.append(launch)
                yield launch
