"""Who touches which bytes: races, and reads of what is not there.

A memory falls into segments, at the borders of everything that any program touches. Each segment keeps its last write
and the reads since. It is enough to compare an access with these: what was ordered before them is ordered before it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dovetail.passes.happens_before import Clock
from dovetail.passes.protocol_steps import Await, Core, Instruction, Program, Region
from dovetail.passes.words import Memory

COUNTER = 4  # bytes
WHOLE_SLOTS = ("L1", "L0A", "L0B", "L0C")


@dataclass(eq=False)
class Access:
    """A read or a write in a run: instruction `number` of pipe `chain`, in a launch. `clock` is known at its start."""

    core: Core
    launch: int
    step: Instruction
    chain: int
    number: int
    clock: Clock
    issue: int  # which step of its core it is
    is_read: bool = False  # whether anyone has read what this wrote

    def is_before(self, clock: Clock) -> bool:
        return clock[self.chain] >= self.number


@dataclass
class Segment:
    write: Access | None = None
    reads: dict[int, Access] = field(default_factory=dict)  # the last one of each pipe
    polls: dict[int, Access] = field(default_factory=dict)  # likewise; they may meet writes of the counter


@dataclass(frozen=True)
class Conflict:
    """Two accesses to bytes of a region, at least one of them a write, that no rule orders."""

    earlier: Access  # in the run that found it
    later: Access
    region: Region
    is_write: bool  # of the later one


@dataclass(frozen=True)
class Stale:
    """A read of bytes that nobody wrote, or that the launch before wrote."""

    read: Access
    region: Region
    write: Access | None


class Memories:
    """The bytes of all memories that any of the programs writes."""

    def __init__(self, programs: Iterable[Mapping[Core, Program]]):
        borders: dict[Memory, set[int]] = {}
        written: set[Memory] = set()
        for program in programs:
            for steps in program.values():
                for step in steps:
                    if isinstance(step, Instruction):
                        written |= {region.memory for region in step.writes}
                        for region in (*step.reads, *step.writes, *map(_word, step.awaits)):
                            at = borders.setdefault(region.memory, set())
                            for run in region.runs():
                                at.update(run)
        self.borders = {memory: sorted(borders[memory]) for memory in written}
        self.kept: dict[Region, list[int]] = {}
        self.segments: dict[tuple[Memory, int], list[Segment]] = {}
        self.compared = 0

    def access(self, access: Access) -> Iterator[Conflict | Stale]:
        """Takes note of what an instruction reads and writes. Gives what is wrong with it."""
        step = access.step
        polled = {number for each in step.awaits for number in self.numbers(_word(each))}
        for region in step.reads:
            for number, segment in self.of(region, access):
                write = segment.write
                if number in polled:
                    segment.polls[access.chain] = access
                    if write is None or write.step.value is not None:
                        continue
                yield from self.compare(segment, region, access, False)
                if write is not None:
                    write.is_read = True
                is_fresh = write is not None and write.launch == access.launch
                # Counters are read to see what others left in them, and what is added to may start from anything.
                if not (is_fresh or step.shown or region in step.writes):
                    yield Stale(access, region, write)
                segment.reads[access.chain] = access
        for region in step.writes:
            for _, segment in self.of(region, access):
                yield from self.compare(segment, region, access, True)
                segment.write, segment.reads = access, {}
                if step.value is None:
                    segment.polls = {}

    def compare(self, segment: Segment, region: Region, access: Access, is_write: bool) -> Iterator[Conflict]:
        parts = region.memory.name in WHOLE_SLOTS  # of which instructions of one pipe use different ones
        others = [segment.write] if segment.write is not None else []
        if is_write:
            others += segment.reads.values()
            if access.step.value is None:
                others += segment.polls.values()
        for other in others:
            if other is access or (parts and other.chain == access.chain):
                continue
            self.compared += 1
            if not other.is_before(access.clock):
                yield Conflict(other, access, region, is_write)

    def numbers(self, region: Region) -> list[int]:
        """Which segments of its memory a region is made of."""
        if region not in self.kept:
            borders = self.borders.get(region.memory, [])
            self.kept[region] = [
                number
                for begin, end in region.runs()
                for number in range(bisect_left(borders, begin), bisect_left(borders, end))
            ]
        return self.kept[region]

    def of(self, region: Region, access: Access) -> Iterator[tuple[int, Segment]]:
        memory = region.memory
        if memory not in self.borders:
            return
        # Nothing survives in the memories of a core from one launch to the next (L1).
        key = (memory, access.launch if isinstance(memory.owner, Core) else 0)
        segments = self.segments.get(key)
        if segments is None:
            segments = self.segments[key] = [Segment() for _ in self.borders[memory]]
        for number in self.numbers(region):
            yield number, segments[number]


def _word(awaited: Await) -> Region:
    return Region(awaited.counter.memory, awaited.counter.byte, COUNTER)
