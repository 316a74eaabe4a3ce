"""Every interleaving of a few cores, one state after the other: the oracle for `passes/protocol_run.py`.

No clocks, no reduction: a state says for each core how far its scalar unit and its pipes have come, which instructions
are under way, and which sets are still to take effect. All that may happen next is tried. It is slow, and takes only
small programs of one launch. A race is two accesses under way at once; a deadlock is a state in which nothing may
happen and not all is done.
"""

from dataclasses import dataclass, replace

from dovetail.passes.cross_core_groups import Groups
from dovetail.passes.protocol_accesses import WHOLE_SLOTS
from dovetail.passes.protocol_steps import (
    Core,
    CrossCoreSet,
    CrossCoreWait,
    Instruction,
    PipeBarrier,
    Program,
    SetFlag,
    Step,
    SyncAll,
    WaitFlag,
)
from dovetail.passes.words import Counter, difference

Label = tuple[Core, int]  # a step of a core, by its position


@dataclass(frozen=True)
class CoreState:
    """`position` of the scalar unit, its `meetings` so far, and of pipes and flags what is under way or set."""

    position: int = 0
    is_met: bool = False
    meetings: int = 0
    started: tuple[tuple[str, int], ...] = ()  # for each pipe, how many entries of its queue have gone on
    under_way: frozenset[int] = frozenset()  # positions of instructions
    pending: frozenset[int] = frozenset()  # positions of sets that have not taken effect
    flags: tuple[tuple[str, int], ...] = ()  # a flag stands there as often as it is set


@dataclass
class Explored:
    states: int
    has_deadlock: bool
    races: set[frozenset[Label]]
    outstanding: int


def overlap(left: Instruction, right: Instruction, is_one_pipe: bool = False) -> bool:
    """Whether two instructions conflict: bytes in common, one of them a write, and not a poll of a counter."""

    def meet(one: Instruction, other: Instruction) -> bool:
        polled = {each.counter for each in other.awaits}
        return any(
            written.memory == touched.memory
            and any(a < d and c < b for a, b in written.runs() for c, d in touched.runs())
            for written in one.writes
            for touched in (*other.reads, *other.writes)
            if not (one.value is not None and Counter(written.memory, written.begin) in polled)
            if not (is_one_pipe and written.memory.name in WHOLE_SLOTS)
        )

    return meet(left, right) or meet(right, left)


class Explorer:
    """Tries every order in which the steps of these programs may be issued, start, complete and take effect.

    With `eager` what concerns one core alone (the next step of its scalar unit that waits for nobody, its own flags,
    barriers, and instructions that touch nothing that another core writes, or writes nothing that it touches) happens
    at once when it may: others can neither see nor prevent it.
    """

    def __init__(self, programs: dict[Core, Program], base: int = 0, eager: bool = False):
        self.programs = programs
        self.cores = list(programs)
        self.base = base
        self.eager = eager
        self.groups = Groups([programs])
        self.queues = {core: _queues(program) for core, program in programs.items()}
        self.races: set[frozenset[Label]] = set()
        self.outstanding = 0
        self.has_deadlock = False
        self.conflicting: dict[frozenset[Label], bool] = {}
        self.local: dict[Label, bool] = {}
        self.written: dict[Counter, list[tuple[int, str, int, int]]] = {}
        for number, core in enumerate(self.cores):
            for pipe, queue in self.queues[core].items():
                for at, position in enumerate(queue):
                    step = programs[core][position]
                    if isinstance(step, Instruction) and step.value is not None:
                        (region,) = step.writes
                        writes = self.written.setdefault(Counter(region.memory, region.begin), [])
                        writes.append((number, pipe, at, step.value.value({})))

    def explore(self) -> Explored:
        start = tuple(CoreState(started=tuple((pipe, 0) for pipe in self.queues[core])) for core in self.cores)
        seen = {start}
        stack = [start]
        while stack:
            state = stack.pop()
            following = self.following(state)
            if not following and not self.is_over(state):
                self.has_deadlock = True
            for each in following:
                if each not in seen:
                    seen.add(each)
                    stack.append(each)
        return Explored(len(seen), self.has_deadlock, self.races, self.outstanding)

    def is_over(self, state: tuple[CoreState, ...]) -> bool:
        return all(each.position == len(self.programs[core]) for core, each in zip(self.cores, state))

    def following(self, state: tuple[CoreState, ...]) -> list[tuple[CoreState, ...]]:
        made = []
        for number, core in enumerate(self.cores):
            for local, after in self.moves(core, state[number], state):
                following = (*state[:number], after, *state[number + 1 :])
                if local and self.eager:
                    return [following]
                made.append(following)
        return made

    # -- what a core may do next: whether it concerns that core alone, and its state after it --

    def moves(self, core: Core, own: CoreState, state: tuple[CoreState, ...]):
        program = self.programs[core]
        if own.position < len(program):
            yield from self.issue(core, own, program[own.position], state)
        started = dict(own.started)
        for pipe, queue in self.queues[core].items():
            at = started[pipe]
            if at < len(queue) and queue[at] < own.position:
                yield from self.go_on(core, own, pipe, queue[at], state)
        for position in own.under_way:
            if any(
                difference(self.value(each.counter, state), each.target.value({})) < 0
                for each in program[position].awaits  # type: ignore[attr-defined]
            ):
                continue  # polls again
            yield self.is_local(core, position), _with(own, under_way=own.under_way - {position})
        for position in own.pending:
            step = program[position]
            assert isinstance(step, (SetFlag, CrossCoreSet))
            pipe = step.event.partition("_")[0] if isinstance(step, SetFlag) else step.pipe
            if self.is_complete(core, own, pipe, position):
                after = _with(own, pending=own.pending - {position})
                if isinstance(step, SetFlag):
                    yield True, _with(after, flags=_more(own.flags, step))
                else:
                    self.count_outstanding(core, after, step, state)
                    yield False, after

    def issue(self, core: Core, own: CoreState, step: Step, state: tuple[CoreState, ...]):
        issued = _with(own, position=own.position + 1)
        match step:
            case Instruction(pipe="S"):
                self.meet(core, own.position, state)
                yield self.is_local(core, own.position), issued
            case Instruction():
                yield True, issued
            case SetFlag():
                if step.event.startswith("S_"):
                    yield True, _with(issued, flags=_more(own.flags, step))
                else:
                    yield True, _with(issued, pending=own.pending | {own.position})
            case WaitFlag():
                if not step.event.endswith("_S"):
                    yield True, issued
                elif (step.event, step.id) in own.flags:
                    yield True, _with(issued, flags=_less(own.flags, step))
            case PipeBarrier(pipe="ALL"):
                if not own.under_way and all(
                    self.is_complete(core, own, pipe, own.position) for pipe in self.queues[core]
                ):
                    yield True, issued
            case PipeBarrier():
                yield True, issued
            case CrossCoreSet():
                yield True, _with(issued, pending=own.pending | {own.position})
            case CrossCoreWait():
                taken = self.waits(core, own, step.flag)
                group = self.groups.producers.get((core, step.flag), ())
                if group and all(self.sets(each, step.flag, state) > taken for each in group):
                    yield False, issued
            case SyncAll():
                if not own.is_met:
                    drained = all(self.is_complete(core, own, pipe, own.position) for pipe in self.queues[core])
                    if drained:
                        yield False, _with(own, is_met=True, meetings=own.meetings + 1)
                else:
                    company = [
                        other
                        for each, other in zip(self.cores, state)
                        if (each.rank, each.kind) == (core.rank, core.kind)
                    ]
                    if all(other.meetings >= own.meetings for other in company):
                        yield False, _with(issued, is_met=False)

    def go_on(self, core: Core, own: CoreState, pipe: str, position: int, state: tuple[CoreState, ...]):
        """The first entry in the queue of a pipe: an instruction starts, a wait ends, a barrier falls."""
        started = tuple((name, at + (name == pipe)) for name, at in own.started)
        step = self.programs[core][position]
        if isinstance(step, Instruction):
            self.meet(core, position, state)
            yield self.is_local(core, position), _with(own, started=started, under_way=own.under_way | {position})
        elif isinstance(step, WaitFlag):
            if (step.event, step.id) in own.flags:
                yield True, _with(own, started=started, flags=_less(own.flags, step))
        elif not any(self.programs[core][each].pipe == pipe for each in own.under_way):  # type: ignore[attr-defined]
            yield True, _with(own, started=started)

    # -- what is asked of a state --

    def is_local(self, core: Core, position: int) -> bool:
        key = (core, position)
        if key not in self.local:
            step = self.programs[core][position]
            assert isinstance(step, Instruction)
            others = (each for other, program in self.programs.items() if other != core for each in program)
            self.local[key] = (
                step.value is None
                and not step.awaits
                and not any(isinstance(each, Instruction) and overlap(step, each) for each in others)
            )
        return self.local[key]

    def is_complete(self, core: Core, own: CoreState, pipe: str, position: int) -> bool:
        """Whether all instructions that a pipe was given before this position are complete. Waits are none."""
        if pipe == "S":
            return True
        queue = self.queues[core].get(pipe, ())
        earlier = [at for at, each in enumerate(queue) if each < position and self.is_instruction(core, each)]
        if earlier and dict(own.started)[pipe] <= earlier[-1]:
            return False
        return not any(queue[at] in own.under_way for at in earlier)

    def is_instruction(self, core: Core, position: int) -> bool:
        return isinstance(self.programs[core][position], Instruction)

    def meet(self, core: Core, position: int, state: tuple[CoreState, ...]) -> None:
        """Notes the races of an instruction that starts now."""
        for other, each in zip(self.cores, state):
            for under_way in each.under_way:
                label = frozenset({(core, position), (other, under_way)})
                if label not in self.conflicting:
                    left, right = self.programs[core][position], self.programs[other][under_way]
                    assert isinstance(left, Instruction) and isinstance(right, Instruction)
                    self.conflicting[label] = overlap(left, right, core == other and left.pipe == right.pipe)
                if self.conflicting[label]:
                    self.races.add(label)

    def value(self, counter: Counter, state: tuple[CoreState, ...]) -> int:
        """What a counter may show: the last value of which the write has started."""
        value = self.base
        for number, pipe, at, shown in self.written.get(counter, ()):
            if dict(state[number].started)[pipe] > at and difference(shown, value) > 0:
                value = shown
        return value

    def sets(self, core: Core, flag: str, state: tuple[CoreState, ...]) -> int:
        own = state[self.cores.index(core)]
        return self.taken_effect(core, own, flag)

    def taken_effect(self, core: Core, own: CoreState, flag: str) -> int:
        program = self.programs[core]
        positions = [
            position
            for position in range(own.position)
            if isinstance(program[position], CrossCoreSet) and program[position].flag == flag  # type: ignore[attr-defined]
        ]
        return sum(position not in own.pending for position in positions)

    def waits(self, core: Core, own: CoreState, flag: str) -> int:
        program = self.programs[core][: own.position]
        return sum(isinstance(step, CrossCoreWait) and step.flag == flag for step in program)

    def count_outstanding(self, core: Core, after: CoreState, step: CrossCoreSet, state) -> None:
        sets = self.taken_effect(core, after, step.flag)
        for consumer, own in zip(self.cores, state):
            if core in self.groups.producers.get((consumer, step.flag), ()):
                self.outstanding = max(self.outstanding, sets - self.waits(consumer, own, step.flag))


def _more(flags, step: SetFlag):
    return tuple(sorted((*flags, (step.event, step.id))))


def _less(flags, step: WaitFlag):
    at = flags.index((step.event, step.id))
    return (*flags[:at], *flags[at + 1 :])


def _with(state: CoreState, **changes) -> CoreState:
    return replace(state, **changes)


def _queues(program: Program) -> dict[str, list[int]]:
    """For each pipe the positions of what it is given: instructions, waits that hold it back, barriers."""
    queues: dict[str, list[int]] = {}
    for position, step in enumerate(program):
        pipe = None
        if isinstance(step, Instruction) or (isinstance(step, PipeBarrier) and step.pipe != "ALL"):
            pipe = step.pipe
        elif isinstance(step, WaitFlag):
            pipe = step.event.partition("_")[2]
        if pipe is not None and pipe != "S":
            queues.setdefault(pipe, []).append(position)
    return queues
