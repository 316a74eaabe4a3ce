"""Launches of a kernel on all its ranks, searched for what can go wrong in any interleaving.

No core chooses: what it does next follows from its program, a counter has one value after the other, and whoever may go
on still may when others have gone on before (see `docs/protocol.md`). So all runs consist of the same steps, in any
order that the rules of `docs/memory-model.md` allow. One run, with a clock for each step, stands for all of them: a
deadlock in it is one in all, and two steps happen in either order in some run unless a clock orders them. What this
rests on is checked on the way: that writes of a counter are ordered and never go back, and that a value which is
read once, without polling, is the same in all runs.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dovetail.passes.cross_core_groups import Groups
from dovetail.passes.happens_before import Clock, CoreOrder, chains, joined
from dovetail.passes.protocol_accesses import Access, Conflict, Memories
from dovetail.passes.protocol_findings import (
    Backwards,
    Deadlock,
    Epochs,
    Event,
    Finding,
    Outstanding,
    Race,
    StaleRead,
    Unpaired,
    Unread,
    Waiting,
)
from dovetail.passes.protocol_steps import (
    Await,
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
    counter_name,
)
from dovetail.passes.words import Counter, Shown, difference

Programs = Mapping[Core, Program]


@dataclass(frozen=True)
class CounterWrite:
    value: int
    clock: Clock  # known when the write starts
    event: Event


@dataclass
class _CoreRun:
    """Where a core is: in which launch, at which step."""

    order: CoreOrder
    launch: int = 0
    position: int = 0
    begun: int = 0  # steps of launches before
    showed: dict[Shown, int] = field(default_factory=dict)
    met: bool = False  # whether it has come to the SyncAll at its position
    ended: Clock | None = None
    sets: dict[str, list[Clock]] = field(default_factory=lambda: defaultdict(list))
    waits: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # numbers of the steps
    meetings: list[Clock] = field(default_factory=list)
    told: list[Access] = field(default_factory=list)  # what it wrote to windows since it last wrote a counter


class Run:
    """Runs launches, one after the other on each rank, until all have ended or nothing can move.

    launches: the programs of each. base: what all counters show at first. most_outstanding: the limit of sets of a
    cross-core flag that nobody has waited for. `findings` has what is wrong, in order; nothing, if all is well.
    """

    def __init__(self, launches: Sequence[Programs], most_outstanding: int, base: int = 0):
        self.launches = launches
        self.limit = most_outstanding
        self.base = base
        self.memories = Memories(launches)
        self.chains = chains(launches)
        self.groups = Groups(launches)
        nothing = [0] * len(self.chains)
        self.cores = {core: _CoreRun(CoreOrder(core, self.chains, nothing)) for core in launches[0]}
        self.histories: dict[Counter, list[CounterWrite]] = defaultdict(list)
        self.starts: dict[int, list[tuple[Event, Counter, int]]] = defaultdict(list)
        self.told: list[list[Access]] = []  # data, each with what one write of a counter tells of
        self.events: list[Event] = []  # those that others can see, in the order of the run
        self.showed: dict[tuple[Core, int], Mapping[Shown, int]] = {}  # of each core in each launch that has ended
        self.steps = 0
        self.outstanding = 0  # the most sets that were ahead of their waits
        self.findings: list[Finding] = []

    def run(self) -> "Run":
        self.findings += self.groups.mixed
        if self.findings:
            return self
        try:
            moving = True
            while moving:
                moving = False
                for core in self.cores:
                    while self.advance(core):
                        moving = True
        except _Stuck:
            return self
        if all(self.is_over(core) for core in self.cores):
            self.check_data_is_read()
            self.check_epochs()
        else:
            self.findings.insert(0, Deadlock(tuple(self.waiting())))
        return self

    def statistics(self) -> str:
        """How much was searched, in words."""
        return (
            f"{len(self.cores)} cores, {len(self.launches)} launches, {self.steps} steps, "
            f"{self.memories.compared} pairs of accesses compared, at most {self.outstanding} sets outstanding"
        )

    def numbers_of(self, core: Core, launch: int) -> Mapping[Shown, int]:
        """What counters showed to a core in a launch, where it reads them once."""
        return self.showed.get((core, launch), self.cores[core].showed)

    # -- steps --

    def program(self, core: Core) -> Program:
        return self.launches[self.cores[core].launch][core]

    def is_over(self, core: Core) -> bool:
        return self.cores[core].launch == len(self.launches)

    def at(self, core: Core) -> Step | None:
        """The step that a core is at, or None at the end of a launch."""
        state = self.cores[core]
        program = self.program(core)
        return program[state.position] if state.position < len(program) else None

    def event(self, core: Core) -> Event:
        state, step = self.cores[core], self.at(core)
        assert step is not None
        return Event(core, state.launch, step, state.begun + state.position + 1)

    def last_event(self, core: Core) -> Event:
        """The last step of a core in its launch."""
        state, program = self.cores[core], self.program(core)
        return Event(core, state.launch, program[-1], state.begun + len(program))

    def advance(self, core: Core) -> bool:
        """One step of a core, or the end of its launch. Returns False if it has to wait."""
        if self.is_over(core):
            return False
        state, step = self.cores[core], self.at(core)
        if step is None:
            return self.end_launch(core)
        if isinstance(step, SyncAll):
            if not self.meet(core):
                return False
        elif any(True for _ in self.missing(core, step)):
            return False
        event = self.event(core)
        state.order.issue()
        self.steps += 1
        if _is_visible(step):
            self.events.append(event)
        match step:
            case Instruction():
                self.execute(event, step)
            case SetFlag():
                if not state.order.set_flag(step.event, step.id):
                    self.stop(
                        Unpaired(event, f"set twice: SetFlag<{step.event}>({step.id}) sets a flag that is set already")
                    )
            case WaitFlag():
                if not state.order.wait_flag(step.event, step.id):
                    self.stop(Unpaired(event, f"wait without a set: no SetFlag<{step.event}>({step.id}) stands before"))
            case PipeBarrier():
                state.order.barrier(step.pipe)
            case CrossCoreSet():
                self.set(event, step)
            case CrossCoreWait():
                taken = state.waits[step.flag]
                for producer in self.producers(core, step.flag):
                    state.order.learn(self.cores[producer].sets[step.flag][len(taken)])
                taken.append(event.number)
            case SyncAll():
                state.met = False
                meeting = len(state.meetings) - 1
                state.order.learn(joined(*(self.cores[each].meetings[meeting] for each in self.company(core))))
        state.position += 1
        return True

    def stop(self, finding: Finding) -> None:
        """What comes after this finding would say nothing."""
        self.findings.append(finding)
        raise _Stuck

    # -- instructions --

    def execute(self, event: Event, step: Instruction) -> None:
        state = self.cores[event.core]
        order = state.order
        clock, chain, number = order.start(step.pipe)
        for awaited in step.awaits:
            write = self.first_to_reach(awaited, state.showed)
            if write is not None:
                order.completes_after(step.pipe, write.clock)
        access = Access(event.core, event.launch, step, chain, number, clock, event.number)
        for wrong in self.memories.access(access):
            self.findings.append(Race(wrong) if isinstance(wrong, Conflict) else StaleRead(wrong))
        if step.value is not None:
            self.count(event, step, clock)
            self.told.append(state.told)
            state.told = []
        elif any(region.memory.name == "window" for region in step.writes):
            state.told.append(access)
        if not step.awaits:
            for shown in step.shown:
                state.showed[shown] = value = self.value(shown.counter)
                self.starts[event.launch].append((event, shown.counter, value))

    def value(self, counter: Counter) -> int:
        history = self.histories.get(counter)
        return history[-1].value if history else self.base

    def first_to_reach(self, awaited: Await, showed: Mapping[Shown, int]) -> CounterWrite | None:
        """The write after which a poll may succeed: it does so no earlier in any run. None if there need be none."""
        target = awaited.target.value(showed)
        if difference(self.base, target) >= 0:
            return None
        return next(write for write in self.histories[awaited.counter] if difference(write.value, target) >= 0)

    def count(self, event: Event, step: Instruction, clock: Clock) -> None:
        assert step.value is not None
        (region,) = step.writes
        counter = Counter(region.memory, region.begin)
        value, before = step.value.value(self.cores[event.core].showed), self.value(counter)
        if difference(value, before) < 0:
            self.findings.append(Backwards(event, counter, before, value))
        self.histories[counter].append(CounterWrite(value, clock, event))

    # -- flags between cores --

    def set(self, event: Event, step: CrossCoreSet) -> None:
        state = self.cores[event.core]
        clock = state.order.complete(step.pipe)
        state.sets[step.flag].append(clock)
        for consumer in self.cores:
            if consumer.rank == event.core.rank and event.core in self.producers(consumer, step.flag):
                chain = self.cores[consumer].order.chain
                waited = bisect_right(self.cores[consumer].waits[step.flag], clock[chain])
                count = len(state.sets[step.flag]) - waited
                self.outstanding = max(self.outstanding, count)
                if count > self.limit:
                    self.findings.append(Outstanding(event, consumer, count))

    def producers(self, consumer: Core, flag: str) -> tuple[Core, ...]:
        return self.groups.producers.get((consumer, flag), ())

    # -- meetings --

    def company(self, core: Core) -> list[Core]:
        return [each for each in self.cores if each.rank == core.rank and each.kind == core.kind]

    def meet(self, core: Core) -> bool:
        """SyncAll (S1): whether all vector cores of the rank have come to it."""
        state = self.cores[core]
        if not state.met:
            state.met = True
            state.meetings.append(state.order.all_complete())
        return all(len(self.cores[each].meetings) >= len(state.meetings) for each in self.company(core))

    def end_launch(self, core: Core) -> bool:
        """L2, L3: the next kernel starts when all cores of the rank have ended, each with a barrier over its pipes."""
        state = self.cores[core]
        if state.ended is None:
            state.ended = state.order.issued
            pending = [f"{event}>({number})" for event, number in state.order.flags]
            wrong = [f"set without a wait: nothing waits for SetFlag<{each} before the kernel ends" for each in pending]
            if state.order.all_complete() != state.ended:
                wrong.append("not drained: the kernel ends without PipeBarrier<PIPE_ALL>, with instructions under way")
            self.findings += [Unpaired(self.last_event(core), message) for message in wrong]
        rank = [each for each in self.cores if each.rank == core.rank]
        if not all(self.cores[each].ended for each in rank):
            return False
        together = joined(*(self.cores[each].ended for each in rank))  # type: ignore[arg-type]
        self.check_flags_between_cores(rank)
        for each in rank:
            other = self.cores[each]
            self.showed[each, other.launch] = other.showed
            other.order.learn(together)
            other.begun += len(self.program(each))
            other.launch, other.position, other.ended, other.showed = other.launch + 1, 0, None, {}
        return True

    def check_flags_between_cores(self, rank: list[Core]) -> None:
        for (consumer, flag), producers in self.groups.producers.items():
            waits = len(self.cores[consumer].waits[flag])
            for producer in producers if consumer in rank else ():
                sets = len(self.cores[producer].sets[flag])
                if sets != waits:
                    message = f"left over: {producer} sets {flag} {sets} times, and {consumer} waits {waits} times"
                    self.findings.append(Unpaired(self.last_event(producer if sets > waits else consumer), message))

    # -- waiting --

    def missing(self, core: Core, step: Step) -> Iterator[tuple[str, list[Core]]]:
        """What a core waits for, and who would have to do it."""
        state = self.cores[core]
        if isinstance(step, CrossCoreWait):
            wanted = len(state.waits[step.flag]) + 1
            producers = self.producers(core, step.flag)
            if not producers:
                yield f"{step.flag}, which no core sets", []
            for producer in producers:
                sets = len(self.cores[producer].sets[step.flag])
                if sets < wanted:
                    yield f"{step.flag} from {producer}, set {sets} times and wanted {wanted} times", [producer]
        elif isinstance(step, Instruction):
            for awaited in step.awaits:
                target, seen = awaited.target.value(state.showed), self.value(awaited.counter)
                if difference(seen, target) < 0:
                    yield (
                        f"{counter_name(awaited.counter)}, which shows {seen} and is wanted at {target}",
                        self.writers(awaited.counter),
                    )
        elif isinstance(step, SyncAll):
            for each in self.company(core):
                if len(self.cores[each].meetings) < len(state.meetings):
                    yield f"{each} to come to SyncAll", [each]

    def writers(self, counter: Counter) -> list[Core]:
        """Cores that still write a counter in what is left of their launch or of later ones."""
        found = []
        for core, state in self.cores.items():
            for launch in range(state.launch, len(self.launches)):
                program = self.launches[launch][core]
                rest = program[state.position :] if launch == state.launch else program
                if any(isinstance(step, Instruction) and _counts(step, counter) for step in rest):
                    found.append(core)
                    break
        return found

    def waiting(self) -> Iterator[Waiting]:
        for core in self.cores:
            if self.is_over(core):
                continue
            step = self.at(core)
            if step is not None:
                missing = list(self.missing(core, step))
                on = tuple(each for _, cores in missing for each in cores)
                yield Waiting(self.event(core), tuple(text for text, _ in missing), on)

    # -- at the end --

    def check_data_is_read(self) -> None:
        for accesses in self.told:
            if accesses and not any(access.is_read for access in accesses):
                self.findings.append(Unread(accesses[0], True))
        for state in self.cores.values():
            if state.told:
                self.findings.append(Unread(state.told[0], False))

    def check_epochs(self) -> None:
        """All cores of all ranks start a launch from one number, and no counter is ahead of where the next starts."""
        for starts in self.starts.values():
            first, _, expected = starts[0]
            for event, counter, value in starts:
                if value != expected:
                    self.findings.append(Epochs(event, counter, value, first, expected))
        counters = {counter for starts in self.starts.values() for _, counter, _ in starts}
        if not counters:
            return
        base = min(counters, key=lambda counter: counter.byte)
        end = self.value(base)
        for counter, history in self.histories.items():
            ahead = difference(history[-1].value, end)
            if ahead > 0 or (counter in counters and ahead):
                event = history[-1].event
                origin = self.histories[base][-1].event if self.histories.get(base) else event
                self.findings.append(Epochs(event, counter, history[-1].value, origin, end))


class _Stuck(Exception):
    """The run cannot go on in a way that says anything."""


def _is_visible(step: Step) -> bool:
    """Whether other cores have to do with a step."""
    if isinstance(step, Instruction):
        return any(region.memory.name == "window" for region in (*step.reads, *step.writes))
    return isinstance(step, (CrossCoreSet, CrossCoreWait, SyncAll))


def _counts(step: Instruction, counter: Counter) -> bool:
    return step.value is not None and any(
        (region.memory, region.begin) == (counter.memory, counter.byte) for region in step.writes
    )
