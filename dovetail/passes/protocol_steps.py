"""Steps: the calls of Ascend C that a core makes in a launch, with the bytes that they touch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.dialect.diagnostics import file_location
from dovetail.passes.words import Counter, Memory, Shown, Word
from dovetail.target import window


@dataclass(frozen=True, order=True)
class Core:
    """A core of a rank: the cube core (AIC) of a block, or one of its two vector cores (AIV 0, AIV 1)."""

    rank: int
    block: int
    unit: str

    def __str__(self) -> str:
        return f"rank {self.rank} block {self.block} {self.unit}"

    @property
    def kind(self) -> str:
        return self.unit[:3]


@dataclass(frozen=True)
class Launch:
    """The numbers of a launch: ranks, blocks of each, and the fields of the tiling struct."""

    ranks: int
    blocks: int
    fields: Mapping[str, int]

    def cores(self) -> list[Core]:
        units = ("AIC", "AIV 0", "AIV 1")
        return [Core(r, b, unit) for r in range(self.ranks) for b in range(self.blocks) for unit in units]


@dataclass(frozen=True)
class Place:
    """An operation, and the calls by which its function was reached, the outermost first."""

    operation: ir.Operation
    calls: tuple[ir.Operation, ...] = ()

    def __str__(self) -> str:
        """File and line of the user's source, or nothing."""
        for operation in (self.operation, *reversed(self.calls)):
            place = file_location(operation.location)
            if place is not None:
                return f"{place.filename.rpartition('/')[2]}:{place.start_line}"
        return ""

    @property
    def location(self) -> ir.Location:
        """Where in the user's source this comes from; of functions that cores share, where they are called."""
        for operation in (self.operation, *reversed(self.calls)):
            if file_location(operation.location) is not None:
                return operation.location
        return self.operation.location

    @property
    def comment(self) -> str:
        """What the generated source says there, of the nearest statement around that says anything."""
        for operation in (self.operation, *reversed(self.calls)):
            while operation is not None and operation.name != "func.func":
                if build.COMMENT in operation.attributes:
                    return ir.StringAttr(operation.attributes[build.COMMENT]).value
                parent = operation.parent
                operation = parent.operation if parent is not None else None
        return ""


@dataclass(frozen=True)
class Region:
    """Bytes of a memory: `rows` runs of `length` bytes each, `stride` bytes from start to start."""

    memory: Memory
    begin: int
    length: int
    rows: int = 1
    stride: int = 0

    def runs(self) -> list[tuple[int, int]]:
        """First byte and end of each run; runs that touch are one."""
        if self.rows == 1 or self.stride == self.length:
            return [(self.begin, self.begin + self.rows * self.length)]
        starts = [self.begin + row * self.stride for row in range(self.rows)]
        return [(start, start + self.length) for start in starts]

    def __str__(self) -> str:
        end = self.begin + (self.rows - 1) * self.stride + self.length
        return f"bytes {self.begin} to {end} of the {self.memory}"


@dataclass(frozen=True)
class Await:
    """Until a counter has come to a target, by signed difference."""

    counter: Counter
    target: Word


@dataclass(eq=False)
class Step:
    """One call. `at` is where it stands."""

    at: Place


@dataclass(eq=False)
class Instruction(Step):
    """What a pipe executes, and which bytes it reads and writes; of L1, L0A, L0B and L0C always whole slots.

    A copy to a window that writes a counter has its `value`. A copy from counters lists in `shown` those whose values
    are looked at, and in `awaits` what it is repeated for: it is the last one of a loop that polls.
    """

    pipe: str
    reads: tuple[Region, ...] = ()
    writes: tuple[Region, ...] = ()
    value: Word | None = None
    shown: list[Shown] = field(default_factory=list)
    awaits: list[Await] = field(default_factory=list)


@dataclass(eq=False)
class SetFlag(Step):
    """SetFlag<event>(id), where the event is `writer_reader`."""

    event: str
    id: int


@dataclass(eq=False)
class WaitFlag(Step):
    """WaitFlag<event>(id)."""

    event: str
    id: int


@dataclass(eq=False)
class PipeBarrier(Step):
    """PipeBarrier; the pipe may be ALL."""

    pipe: str


@dataclass(eq=False)
class CrossCoreSet(Step):
    flag: str
    mode: int
    pipe: str


@dataclass(eq=False)
class CrossCoreWait(Step):
    flag: str


@dataclass(eq=False)
class SyncAll(Step):
    """SyncAll<true>: all vector cores of the rank."""


Program = list[Step]


def counter_name(counter: Counter) -> str:
    """A counter as the tables of the window call it: `ARRIVALS[source 0, lane 1] of rank 2`."""
    number, rest = divmod(counter.byte, window.COUNTER_BYTES)
    owner = f"of rank {counter.memory.owner}"
    if counter.memory.name != "window" or rest or number >= window.COUNTERS:
        return f"byte {counter.byte} of the {counter.memory}"
    if number < window.ARRIVALS:
        return f"FINISHED[rank {number}] {owner}"
    table, first, names = (
        ("ARRIVALS", window.ARRIVALS, ("source", "lane"))
        if number < window.RELEASES
        else ("RELEASES", window.RELEASES, ("rank", "block"))
    )
    row, column = divmod(number - first, window.MOST_BLOCKS)
    return f"{table}[{names[0]} {row}, {names[1]} {column}] {owner}"
