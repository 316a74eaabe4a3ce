"""Random programs of a vector core, right ones and broken ones: what verify-synchronization accepts never goes wrong.

A program uses rings of slots one after the other, one within the other, in loops and under conditions, with the flags
that this takes. Right ones are accepted. Of broken ones - a statement left out, doubled, moved, altered - those that
are accepted are run here, step by step, with many numbers of rounds and many choices of paths: no flag is set twice or
missing, and nothing is touched before it is free.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from dovetail.dialect import assembly
from dovetail.dialect.context import kept_context
from dovetail.passes.registry import PassFailure
from dovetail.passes.verify_synchronization import VerifySynchronization

UB, GLOBAL = '!ascendc.local_tensor<i32, "UB">', "!ascendc.global_tensor<i32>"
PIPES = ("S", "V", "MTE2", "MTE3")
WRITERS = {
    "MTE2": f"ascendc.copy_in {{slot}}, %x, %c1 : {UB}, {GLOBAL}",
    "S": f"ascendc.set_value %zero, {{slot}}[%c0] : i32, {UB}",
}
READERS = {
    "MTE3": f"ascendc.copy_out %x, {{slot}}, %c1 : {GLOBAL}, {UB}",
    "S": f"ascendc.get_value {{slot}}[%c0] : {UB} -> i32",
}


@dataclass(frozen=True)
class Access:
    pipe: str
    writes: bool
    ring: str
    slot: str  # a number, or the name of a taken slot


@dataclass(frozen=True)
class Flag:
    is_set: bool
    event: str
    number: int
    slot: str = ""  # the name of a taken slot


@dataclass(frozen=True)
class Barrier:
    pipe: str


@dataclass(frozen=True)
class Take:
    name: str
    counter: str
    slots: int


@dataclass(frozen=True)
class Loop:
    body: list


@dataclass(frozen=True)
class Condition:
    then: list
    otherwise: list


# -- making programs --


class Maker:
    def __init__(self, chance: random.Random):
        self.chance = chance
        self.rings: dict[str, int] = {}
        self.numbers: dict[str, int] = {}  # of each event, the first that is free
        self.taken = 0

    def program(self) -> list:
        return [step for _ in range(self.chance.randint(1, 2)) for step in self.use(depth=0)]

    def use(self, depth: int) -> list:
        """Uses of a ring: filled by one pipe and emptied by another, again and again."""
        chance = self.chance
        writer, reader = chance.choice([("MTE2", "MTE3"), ("MTE2", "S"), ("S", "MTE3")])
        slots = chance.randint(1, 2)
        full, free = f"{writer}_{reader}", f"{reader}_{writer}"
        number = max(self.numbers.get(full, 0), self.numbers.get(free, 0))
        if number + slots > 6:
            return []
        self.numbers[full] = self.numbers[free] = number + slots
        ring = f"ring{len(self.rings)}"
        self.rings[ring] = slots
        first = [Flag(True, free, number + slot) for slot in range(slots)]
        last = [replace(flag, is_set=False) for flag in first]
        uses: list = []
        for _ in range(chance.randint(1, 2)):
            self.taken += 1
            slot = f"slot{self.taken}" if slots > 1 else "0"
            take = [Take(slot, ring, slots)] if slots > 1 else []
            name = slot if slots > 1 else ""
            fill = [Access(writer, True, ring, slot)] * chance.randint(1, 1 + (writer == "S"))
            empty = [Access(reader, False, ring, slot)] * chance.randint(1, 2)
            inner = self.use(depth + 1) if depth < 2 and chance.random() < 0.4 else []
            if chance.random() < 0.3:
                fill = [Condition(fill, [])]
            if chance.random() < 0.3:
                empty = [Loop(empty)]
            body = [
                *take,
                Flag(False, free, number, name),
                *fill,
                Flag(True, full, number, name),
                *inner,
                Flag(False, full, number, name),
                *empty,
                Flag(True, free, number, name),
            ]
            uses.append(Loop(body))
        return [*first, *uses, *last]

    def break_(self, program: list) -> list:
        """The program with one statement left out, doubled, moved or altered."""
        lists = list(all_lists(program))
        chosen = self.chance.choice([each for each in lists if each])
        place = self.chance.randrange(len(chosen))
        step = chosen[place]
        how = self.chance.choice(["leave out", "double", "move", "alter", "barrier", "leave out", "move"])
        made = list(chosen)
        if how == "leave out":
            del made[place]
        elif how == "double":
            made.insert(place, step)
        elif how == "move":
            del made[place]
            made.insert(self.chance.randint(0, len(made)), step)
        elif how == "barrier":
            made.insert(place, Barrier(self.chance.choice((*PIPES[1:], "ALL"))))
        elif isinstance(step, Flag):
            made[place] = replace(step, number=self.chance.randint(0, 5))
        elif isinstance(step, Access):
            made[place] = replace(step, ring=self.chance.choice(list(self.rings)), slot="0")
        return changed(program, chosen, made)


def all_lists(steps: list):
    yield steps
    for step in steps:
        for inner in (getattr(step, "body", None), getattr(step, "then", None), getattr(step, "otherwise", None)):
            if inner is not None:
                yield from all_lists(inner)


def changed(steps: list, old: list, new: list) -> list:
    if steps is old:
        return new
    made = []
    for step in steps:
        if isinstance(step, Loop):
            step = Loop(changed(step.body, old, new))
        elif isinstance(step, Condition):
            step = Condition(changed(step.then, old, new), changed(step.otherwise, old, new))
        made.append(step)
    return made


# -- as IR --


def text(program: list, rings: dict[str, int]) -> str:
    lines = [f'%{ring} = ascendc.buffer "VECIN" {slots} x 8 : {UB}' for ring, slots in rings.items()]
    lines += [f"%of_{ring} = ascendc.counter" for ring in rings]
    lines += [f"%c{number} = arith.constant {number} : index" for number in (0, 1)]
    lines += ["%zero = arith.constant 0 : i32", *_lines(program, count())]
    arguments = f"%x: {GLOBAL}, %rounds: index, %path: i1"
    body = "\n".join(lines)
    head = 'module attributes {dovetail.machine = "Ascend910B3"} {\nfunc.func @random('
    return f'{head}{arguments}) attributes {{dovetail.core = "vector 0"}} {{\n{body}\nreturn\n}}\n}}'


def _lines(steps: list, numbers: Iterator[int]) -> list[str]:
    lines = []
    for step in steps:
        if isinstance(step, Access):
            slot = f"%at{next(numbers)}"
            number = f"%{step.slot}" if step.slot.startswith("slot") else f"%c{step.slot}"
            lines.append(f"{slot} = ascendc.slot %{step.ring}[{number}] x 8 : {UB}")
            operation = (WRITERS if step.writes else READERS)[step.pipe].format(slot=slot)
            lines.append(f"%value{next(numbers)} = {operation}" if "get_value" in operation else operation)
        elif isinstance(step, Flag):
            slot = f" + %{step.slot}" if step.slot else ""
            lines.append(f'ascendc.{"set" if step.is_set else "wait"}_flag "{step.event}" {step.number}{slot}')
        elif isinstance(step, Barrier):
            lines.append(f'ascendc.pipe_barrier "{step.pipe}"')
        elif isinstance(step, Take):
            lines.append(f"%{step.name} = ascendc.next_slot %of_{step.counter} of {step.slots}")
        elif isinstance(step, Loop):
            lines += [f"scf.for %i{next(numbers)} = %c0 to %rounds step %c1 {{", *_lines(step.body, numbers), "}"]
        else:
            lines += ["scf.if %path {", *_lines(step.then, numbers), "} else {"]
            lines += [*_lines(step.otherwise, numbers), "}"]
    return lines


# -- as it runs --


class Wrong(Exception):
    pass


class Machine:
    """One run. Of each pipe it keeps which accesses are complete when its next instruction starts."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.accesses: list[tuple[Access, tuple[str, int]]] = []
        self.complete: dict[str, set[int]] = {pipe: set() for pipe in PIPES}
        self.flags: dict[tuple[str, int], set[int]] = {}
        self.taken: dict[str, int] = {}
        self.counters: dict[str, int] = {}

    def run(self, steps: list) -> None:
        for step in steps:
            if isinstance(step, Loop):
                for _ in range(self.chance.choice((0, 1, 1, 2, 3, 5))):
                    self.run(step.body)
            elif isinstance(step, Condition):
                self.run(step.then if self.chance.random() < 0.5 else step.otherwise)
            elif isinstance(step, Take):
                count = self.counters.get(step.counter, 0)
                self.counters[step.counter] = count + 1
                self.taken[step.name] = count % step.slots
            elif isinstance(step, Access):
                self.access(step)
            elif isinstance(step, Barrier):
                for pipe in PIPES if step.pipe == "ALL" else (step.pipe,):
                    self.complete[pipe] |= set(range(len(self.accesses))) if step.pipe == "ALL" else self.of(pipe)
            else:
                self.flag(step)

    def of(self, pipe: str) -> set[int]:
        return {number for number, (access, _) in enumerate(self.accesses) if access.pipe == pipe}

    def access(self, step: Access) -> None:
        at = (step.ring, self.taken[step.slot] if step.slot in self.taken else int(step.slot))
        for number, (other, place) in enumerate(self.accesses):
            meets = place == at and (step.writes or other.writes) and not step.pipe == other.pipe == "S"
            if meets and number not in self.complete[step.pipe]:
                raise Wrong(f"{step} while {other} may be incomplete")
        self.accesses.append((step, at))

    def flag(self, step: Flag) -> None:
        source, destination = step.event.split("_")
        flag = (step.event, step.number + (self.taken[step.slot] if step.slot else 0))
        if step.is_set:
            if flag in self.flags:
                raise Wrong(f"{flag} is set twice")
            self.flags[flag] = self.complete[source] | self.of(source)
        elif flag not in self.flags:
            raise Wrong(f"{flag} is not set")
        else:
            self.complete[destination] |= self.flags.pop(flag)

    def end(self) -> None:
        if self.flags:
            raise Wrong(f"{list(self.flags)} are left")


def is_accepted(program: list, rings: dict[str, int]) -> bool:
    module = assembly.parse(text(program, rings), kept_context())
    module.operation.verify()
    try:
        VerifySynchronization().run(module)
    except PassFailure:
        return False
    return True


def runs_well(program: list, chance: random.Random, runs: int = 30) -> bool:
    for _ in range(runs):
        machine = Machine(chance)
        try:
            machine.run(program)
            machine.end()
        except Wrong:
            return False
    return True


def made(seed: int) -> tuple[Maker, list]:
    maker = Maker(random.Random(seed))
    return maker, maker.program()


def test_right_programs_are_accepted():
    for seed in range(100):
        maker, program = made(seed)
        assert is_accepted(program, maker.rings), seed
        assert runs_well(program, maker.chance), seed


def test_what_is_accepted_runs_well():
    counts = dict.fromkeys(("accepted", "refused, and goes wrong", "refused, and was not seen to go wrong"), 0)
    for seed in range(400):
        maker, program = made(seed)
        for _ in range(maker.chance.randint(1, 2)):
            program = maker.break_(program)
        try:
            accepted = is_accepted(program, maker.rings)
        except assembly.ParseError:  # a slot is used where its number is not known
            continue
        well = runs_well(program, maker.chance)
        assert well or not accepted, f"seed {seed}:\n{text(program, maker.rings)}"
        counts["accepted" if accepted else "refused, and " + ("was not seen to go" if well else "goes") + " wrong"] += 1
    for what, number in counts.items():
        print(f"{number:6} {what}")
    assert min(counts["accepted"], counts["refused, and goes wrong"]) > 50
