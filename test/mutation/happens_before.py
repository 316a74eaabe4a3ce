"""What happens before what in a launch, worked out from a trace by docs/memory-model.md alone.

It shares nothing with the checker, which makes it a witness of the checker's clocks. It can also say what would happen
before what if synchronising calls of the kernel were others, with every poll reading from the write that it did read.

Each operation that a core issues has an index, counted from 1 over all launches. Whatever waits, waits for all earlier
instructions of a pipe, so that what is known is an index for each pipe of each core: all up to it are complete.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy

from dovetail.runtime.checking import Change, Mutation
from dovetail.runtime.trace import Kind

LANES = ("S", "V", "M", "MTE1", "MTE2", "MTE3", "FIX")
SCALAR = 0
ALL = 7  # "pipe" of PipeBarrier<PIPE_ALL>
CORES_OF_BLOCK = 3
PER_CORE = len(LANES) + 1  # components: its pipes, and how many waits for other cores it has passed
PASSED = len(LANES)
MOST_SETS_AHEAD = 15  # of waits for a flag between cores

# As the device numbers them.
EVENTS = [
    "MTE2_MTE1",
    "MTE1_MTE2",
    "MTE1_M",
    "M_MTE1",
    "MTE2_V",
    "V_MTE2",
    "MTE3_V",
    "V_MTE3",
    "M_V",
    "V_M",
    "V_V",
    "MTE3_MTE1",
    "MTE1_MTE3",
    "MTE1_V",
    "MTE2_M",
    "M_MTE2",
    "V_MTE1",
    "M_FIX",
    "FIX_M",
    "MTE3_MTE2",
    "MTE2_MTE3",
    "S_V",
    "V_S",
    "S_MTE2",
    "MTE2_S",
    "S_MTE3",
    "MTE3_S",
    "MTE2_FIX",
    "FIX_MTE2",
    "FIX_S",
    "M_S",
    "FIX_MTE3",
    "MTE1_FIX",
    "FIX_MTE1",
    "FIX_FIX",
]
EVENT_PIPES = [tuple(LANES.index(pipe) for pipe in event.split("_")) for event in EVENTS]
# pipe_t, of which PIPE_ALL is 6 and PIPE_FIX 10
LANE_OF_PIPE = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: ALL, 10: 6}

PROGRAM = (
    Kind.ISSUED,
    Kind.SET_FLAG,
    Kind.WAIT_FLAG,
    Kind.BARRIER,
    Kind.SET_CROSS_CORE,
    Kind.WAIT_CROSS_CORE,
    Kind.SYNC_ALL,
    Kind.SCALAR,
    Kind.ENDED,
)


class Impossible(Exception):
    """The program cannot come to its end, or does what the memory model calls undefined."""


@dataclass(frozen=True)
class Operation:
    """What a core issues."""

    kind: Kind
    pipe: int
    line: int
    first: int = 0
    second: int = 0
    index: int = 0  # of the core's operations

    def mutated(self, mutation: Mutation) -> "Operation | None":
        """What stands in its place; None where nothing does."""
        changes = Change(mutation.change)
        value = mutation.value
        if self.line not in mutation.lines or self.kind in (Kind.ISSUED, Kind.SCALAR, Kind.ENDED):
            return self
        if changes is Change.SKIP:
            return None
        if changes is Change.OTHER_ID:
            return replace(self, second=value)
        if changes is Change.NEXT_SLOT:
            return replace(self, second=(self.second + 1) % value)
        if changes is Change.OTHER_EVENT:
            return replace(self, first=value, pipe=EVENT_PIPES[value][self.kind is Kind.WAIT_FLAG])
        if changes is Change.OTHER_PIPE:
            return replace(self, pipe=LANE_OF_PIPE[value])
        return replace(self, first=value)


@dataclass(frozen=True)
class Move:
    """A call in `line` stands behind the operations of these lines that follow it, or before those that precede it."""

    line: int
    over: frozenset[int]
    later: bool

    def apply(self, program: list[Operation]) -> list[Operation]:
        """Operations keep their indices, but for those that are moved: theirs are as if all before were complete."""
        forwards = program if self.later else program[::-1]
        moved: list[Operation] = []
        place = 0
        while place < len(forwards):
            operation = forwards[place]
            end = place + 1
            if operation.line == self.line:
                while end < len(forwards) and forwards[end].line in self.over:
                    end += 1
                moved += forwards[place + 1 : end]
            index = operation.index if end == place + 1 else forwards[end - 1].index - (not self.later)
            moved.append(replace(operation, index=index))
            place = end
        return moved if self.later else moved[::-1]


@dataclass
class Access:
    """Bytes that an instruction touches. `space` is a memory of a core, or global memory."""

    space: tuple[int, int]
    begin: int
    end: int
    kind: Kind
    core: int
    pipe: int
    index: int  # of the operation


@dataclass
class Recorded:
    """A trace, taken apart."""

    cores: int  # of each rank
    programs: list[list[Operation]]  # of each core
    # By core, pipe and index of an instruction: the instructions whose counters it read.
    reads_from: dict[tuple[int, int, int], list[tuple[int, int, int]]]
    accesses: list[Access]
    takes_part: list[bool]
    numbered: dict[tuple[int, int], list[int]]  # by core and pipe: the indices of what the device numbers

    @classmethod
    def parse(cls, events: numpy.ndarray, ranks: int) -> "Recorded":
        cores = int(events["core"][events["kind"] == Kind.BEGUN][0])
        programs: list[list[Operation]] = [[] for _ in range(ranks * cores)]
        takes_part = [True] * len(programs)
        numbered: dict[tuple[int, int], list[int]] = defaultdict(list)
        program_kinds = set(map(int, PROGRAM))
        kinds = {int(kind): kind for kind in Kind}
        later = []
        for event in events[events["kind"] != Kind.STARTED].tolist():
            kind, pipe, core, line, number, _, first, second = event
            if kind in program_kinds:
                program = programs[core]
                operation = Operation(kinds[kind], pipe, line, first, second, len(program) + 1)
                program.append(operation)
                if kind in (Kind.ISSUED, Kind.WAIT_FLAG, Kind.SCALAR):
                    numbered[core, pipe].append(operation.index)
                elif kind == Kind.WAIT_CROSS_CORE:
                    # In the lane of a pipe that the core has not; there are no instructions there.
                    numbered[core, LANES.index("M" if core % CORES_OF_BLOCK else "V")].append(operation.index)
                if kind == Kind.ENDED:
                    takes_part[core] = bool(first)
            elif kind != Kind.BEGUN:
                later.append(event)
        reads_from: dict[tuple[int, int, int], list[tuple[int, int, int]]] = defaultdict(list)
        accesses = []
        for kind, pipe, core, line, number, _, first, second in later:
            index = numbered[core, pipe][number - 1]
            if kind == Kind.READ_COUNTER:
                writer, lane = divmod(first, len(LANES))
                reads_from[core, pipe, index].append((writer, lane, numbered[writer, lane][second - 1]))
            else:
                space = (core + 1, line) if line else (0, 0)
                accesses.append(Access(space, first, second, kinds[kind], core, pipe, index))
        return cls(cores, programs, dict(reads_from), accesses, takes_part, dict(numbered))

    def mutated(self, mutation: Mutation | Move) -> "Recorded":
        """The same with other synchronising calls in one line, or elsewhere."""
        if isinstance(mutation, Move):
            return replace(self, programs=[mutation.apply(program) for program in self.programs])
        programs = [
            [changed for each in program if (changed := each.mutated(mutation)) is not None]
            for program in self.programs
        ]
        return replace(self, programs=programs)

    def executes(self, lines: Sequence[int]) -> bool:
        """Any of these."""
        return any(operation.line in lines for program in self.programs for operation in program)


@dataclass
class _Flag:
    sets: deque = field(default_factory=deque)  # clocks of sets that nobody has waited for
    waits: int = 0
    last_wait: int = 0  # index


@dataclass
class _Core:
    """Where a core stands."""

    number: int
    program: Sequence[Operation]
    next: int = 0
    queues: list[deque] = field(default_factory=lambda: [deque() for _ in LANES])
    start: list[numpy.ndarray] = field(default_factory=list)  # of each pipe: known before its next instruction starts
    learnt: list[numpy.ndarray] = field(
        default_factory=list
    )  # of each pipe: from counters, once all so far is complete
    flags: dict[tuple[int, int], _Flag] = field(default_factory=lambda: defaultdict(_Flag))
    arrivals: dict[int, deque] = field(default_factory=lambda: defaultdict(deque))
    cross_core_sets: dict[tuple[int, int], deque] = field(default_factory=lambda: defaultdict(deque))
    passed: int = 0  # waits for other cores
    passed_for: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # by flag: which of them
    arrived: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # by flag
    meets: bool = False  # has come to SyncAll or to its end, and waits for the others
    unfinished: int = 0  # line of an instruction behind the last barrier over all pipes


class HappensBefore:
    """What is known to be complete before each instruction starts.

    `known` has, by core, pipe and index of an instruction, an index for each component: core * PER_CORE + pipe.
    Raises Impossible.
    """

    def __init__(self, recorded: Recorded):
        self.recorded = recorded
        self.known: dict[tuple[int, int, int], numpy.ndarray] = {}
        self._components = len(recorded.programs) * PER_CORE
        nothing = numpy.zeros(self._components, numpy.int64)
        self._nothing = nothing
        self._cores = [_Core(number, program) for number, program in enumerate(recorded.programs)]
        for core in self._cores:
            core.start = [nothing] * len(LANES)
            core.learnt = [nothing] * len(LANES)
        ready = deque(self._cores)
        self._wanted: dict[tuple[int, int, int], list[_Core]] = defaultdict(list)  # who waits for a write to start
        self._woken: list[_Core] = []
        while ready:
            self._run(ready.popleft())
            ready.extend(self._woken)
            self._woken.clear()
        for core in self._cores:
            if core.next < len(core.program) or any(core.queues):
                raise Impossible(f"hang: core {core.number} does not come to its end")
            for (event, id), flag in core.flags.items():
                if flag.sets:
                    raise Impossible(f"unpaired: {EVENTS[event]}({id}) of core {core.number}")
            if any(core.arrivals.values()) or any(core.cross_core_sets.values()):
                raise Impossible(f"unpaired: a flag between cores at core {core.number}")

    # -- the scalar unit --

    def _run(self, core: _Core) -> None:
        """As far as it can go."""
        self._advance(core)
        while core.next < len(core.program) and self._issue(core, core.program[core.next]):
            core.next += 1

    def _issue(self, core: _Core, operation: Operation) -> bool:
        """Whether the scalar unit gets over an operation."""
        kind = operation.kind
        if kind is Kind.SCALAR:
            known = self._join(core.start[SCALAR], {SCALAR: operation.index - 1}, core.number)
            self.known[core.number, SCALAR, operation.index] = known
            core.start[SCALAR] = self._join(known, {SCALAR: operation.index}, core.number)
        elif kind is Kind.BARRIER and operation.pipe == ALL:
            return self._drain(core, operation)
        elif kind is Kind.WAIT_CROSS_CORE:
            return self._wait_cross_core(core, operation)
        elif kind in (Kind.SYNC_ALL, Kind.ENDED):
            return self._meet(core, operation)
        else:
            if kind is Kind.ISSUED:
                core.unfinished = operation.line
            if operation.pipe == SCALAR:
                return self._start(core, SCALAR, operation)
            core.queues[operation.pipe].append(operation)
            self._advance(core)
        return True

    def _drain(self, core: _Core, operation: Operation) -> bool:
        """Every earlier instruction of every pipe is complete before any later one starts."""
        if any(core.queues):
            return False
        everything = self._join(self._nothing, dict.fromkeys(range(len(LANES)), operation.index), core.number)
        for lane in range(len(LANES)):
            everything = numpy.maximum(numpy.maximum(everything, core.start[lane]), core.learnt[lane])
        core.start = [everything] * len(LANES)
        core.unfinished = 0
        return True

    def _wait_cross_core(self, core: _Core, operation: Operation) -> bool:
        """Nothing that is issued later starts before the sets have taken effect."""
        arrivals = core.arrivals[operation.second]
        if not arrivals:
            return False
        brought = arrivals.popleft()
        core.passed += 1
        core.passed_for[operation.second].append(core.passed)
        brought = self._join(brought, {PASSED: core.passed}, core.number)
        for lane, queue in enumerate(core.queues):
            if queue:
                queue.append(brought)
            else:
                core.start[lane] = numpy.maximum(core.start[lane], brought)
        return True

    def _meet(self, core: _Core, operation: Operation) -> bool:
        """SyncAll, or the end of a launch: what any of them did is complete before any goes on."""
        ends = operation.kind is Kind.ENDED
        if core.meets:
            return False
        if ends:
            if any(core.queues):
                return False
            if core.unfinished:
                raise Impossible(f"unfinished: line {core.unfinished} of core {core.number}")
        if not self._drain(core, operation):
            return False
        core.meets = True
        first = core.number // self.recorded.cores * self.recorded.cores
        of_rank = self._cores[first : first + self.recorded.cores]
        everyone = [
            each
            for each in of_rank
            if ends
            or (self.recorded.takes_part[each.number] and (not operation.first or each.number % CORES_OF_BLOCK != 0))
        ]
        if core not in everyone:
            raise Impossible(f"SyncAll<true> on core {core.number}, an AIC")
        for each in everyone:
            at = each.program[each.next] if each.next < len(each.program) else None
            if not each.meets or at is None or at.kind is not operation.kind:
                return False
            if not ends and at.first != operation.first:
                return False
        together = self._nothing
        for each in everyone:
            together = numpy.maximum(together, each.start[SCALAR])
        for each in everyone:
            each.start = [numpy.maximum(each.start[SCALAR], together)] * len(LANES)
            each.meets = False
            if each is not core:
                each.next += 1
                self._woken.append(each)
        return True

    # -- pipes --

    def _advance(self, core: _Core) -> None:
        """Lets the pipes do what they can."""
        moved = True
        while moved:
            moved = False
            for lane, queue in enumerate(core.queues):
                while queue and self._start(core, lane, queue[0]):
                    queue.popleft()
                    moved = True

    def _start(self, core: _Core, lane: int, entry) -> bool:
        if isinstance(entry, numpy.ndarray):
            core.start[lane] = numpy.maximum(core.start[lane], entry)
            return True
        kind = entry.kind
        if kind is Kind.ISSUED:
            return self._start_instruction(core, lane, entry)
        if kind is Kind.WAIT_FLAG:
            flag = core.flags[entry.first, entry.second]
            if not flag.sets:
                return False
            core.start[lane] = numpy.maximum(core.start[lane], flag.sets.popleft())
            flag.waits += 1
            flag.last_wait = entry.index
            return True
        if kind is Kind.BARRIER:
            core.start[lane] = self._complete(core, lane, entry.index)
        elif kind is Kind.SET_FLAG:
            self._set(core, lane, entry)
        else:
            self._set_cross_core(core, lane, entry)
        return True

    def _start_instruction(self, core: _Core, lane: int, entry: Operation) -> bool:
        name = (core.number, lane, entry.index)
        self.known[name] = core.start[lane]
        for waiting in self._wanted.pop(name, ()):
            self._woken.append(waiting)
        for write in self.recorded.reads_from.get(name, ()):
            if write not in self.known:
                self._wanted[write].append(core)
                return False
        for write in self.recorded.reads_from.get(name, ()):
            core.learnt[lane] = numpy.maximum(core.learnt[lane], self.known[write])
        return True

    def _complete(self, core: _Core, lane: int, index: int) -> numpy.ndarray:
        """What is known once all instructions of a pipe that stand before `index` are complete."""
        known = self._join(core.start[lane], {lane: index}, core.number)
        return known if lane == SCALAR else numpy.maximum(known, core.learnt[lane])

    def _set(self, core: _Core, lane: int, entry: Operation) -> None:
        flag = core.flags[entry.first, entry.second]
        clock = self._complete(core, lane, entry.index)
        if flag.sets:
            raise Impossible(f"set twice: {EVENTS[entry.first]}({entry.second}) in line {entry.line}")
        to = EVENT_PIPES[entry.first][1]
        ordered = entry.index if to == SCALAR else clock[core.number * PER_CORE + to]
        if ordered < flag.last_wait:
            raise Impossible(f"set perhaps twice: {EVENTS[entry.first]}({entry.second}) in line {entry.line}")
        flag.sets.append(clock)

    def _set_cross_core(self, core: _Core, lane: int, entry: Operation) -> None:
        mode, id = entry.first, entry.second
        core.cross_core_sets[mode, id].append(self._complete(core, lane, entry.index))
        first = core.number // self.recorded.cores * self.recorded.cores
        of_rank = [
            each for each in self._cores[first : first + self.recorded.cores] if self.recorded.takes_part[each.number]
        ]
        setters = [each for each in of_rank if _sets_together(core, each, mode)]
        if not all(each.cross_core_sets[mode, id] for each in setters):
            return
        together = self._nothing
        for each in setters:
            together = numpy.maximum(together, each.cross_core_sets[mode, id].popleft())
        for each in of_rank:
            if _sets_together(core, each, mode) if mode != 2 else _receives(core, each):
                each.arrived[id] += 1
                ahead = each.arrived[id] - MOST_SETS_AHEAD - 1
                known = together[each.number * PER_CORE + PASSED]
                if ahead >= 0 and (len(each.passed_for[id]) <= ahead or known < each.passed_for[id][ahead]):
                    raise Impossible(f"flag: more than {MOST_SETS_AHEAD} sets ahead in line {entry.line}")
                each.arrivals[id].append(together)
                self._woken.append(each)

    def _join(self, clock: numpy.ndarray, own: dict[int, int], core: int) -> numpy.ndarray:
        made = clock.copy()
        for component, index in own.items():
            place = core * PER_CORE + component
            made[place] = max(made[place], index)
        return made


def _sets_together(core: _Core, other: _Core, mode: int) -> bool:
    same_kind = (core.number % CORES_OF_BLOCK == 0) == (other.number % CORES_OF_BLOCK == 0)
    return same_kind and (mode == 0 or core.number // CORES_OF_BLOCK == other.number // CORES_OF_BLOCK)


def _receives(core: _Core, other: _Core) -> bool:
    """In mode 2."""
    same_block = core.number // CORES_OF_BLOCK == other.number // CORES_OF_BLOCK
    return same_block and (core.number % CORES_OF_BLOCK == 0) != (other.number % CORES_OF_BLOCK == 0)


class Orders:
    """What is complete before each instruction starts, in a form that two programs can be compared in."""

    def __init__(self, recorded: Recorded, happens_before: HappensBefore):
        self.instructions = sorted(happens_before.known)
        indices: list[list[int]] = [[] for _ in range(len(recorded.programs) * len(LANES))]
        for core, lane, index in self.instructions:
            indices[core * len(LANES) + lane].append(index)
        lanes = numpy.arange(len(recorded.programs) * PER_CORE).reshape(-1, PER_CORE)[:, : len(LANES)].ravel()
        clocks = numpy.stack([happens_before.known[name] for name in self.instructions])
        # How many instructions of each pipe are complete.
        self.counts = numpy.stack(
            [numpy.searchsorted(of_lane, clocks[:, lane], "right") for of_lane, lane in zip(indices, lanes)], axis=1
        )
        self.indices = indices


def difference_from_checker(recorded: Recorded, events: numpy.ndarray, clocks: numpy.ndarray) -> str:
    """Where the checker knows something else about the start of an instruction than follows from the trace, or ""."""
    orders = Orders(recorded, HappensBefore(recorded))
    rows = {name: row for row, name in enumerate(orders.instructions)}
    # What the checker has numbered are instructions and waits: how many of the first n are instructions?
    counts = []
    for component, of_lane in enumerate(orders.indices):
        numbered = recorded.numbered.get(divmod(component, len(LANES)), [])
        counts.append(numpy.concatenate([[0], numpy.cumsum(numpy.isin(numbered, of_lane))]).astype(numpy.int64))
    for event in events[events["kind"] == Kind.STARTED]:
        core, pipe = int(event["core"]), int(event["pipe"])
        index = recorded.numbered[core, pipe][int(event["number"]) - 1]
        row = clocks[int(event["first"])]
        known = [of_lane[number] for of_lane, number in zip(counts, row)]
        expected = orders.counts[rows[core, pipe, index]]
        if (expected != known).any():
            component = int(numpy.argmax(expected != known))
            of_core, of_pipe = divmod(component, len(LANES))
            line = recorded.programs[core][index - 1].line
            return (
                f"line {line} on {LANES[pipe]} of core {core}: the checker knows {known[component]} instructions of "
                f"{LANES[of_pipe]} of core {of_core} to be complete, and {expected[component]} are"
            )
    return ""
