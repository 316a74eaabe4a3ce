"""What can go wrong between cores and ranks, as values: each says which steps of which cores it is about."""

from dataclasses import dataclass

from dovetail.passes.protocol_accesses import Access, Conflict, Stale
from dovetail.passes.protocol_steps import Core, Step
from dovetail.passes.words import Counter


@dataclass(frozen=True)
class Event:
    """A step of a core in a run: the how manieth of its core, in which launch."""

    core: Core
    launch: int
    step: Step
    number: int


@dataclass(frozen=True)
class Waiting:
    """A core that waits: for which step, and for whom; each with what it has and what is wanted."""

    event: Event
    wants: tuple[str, ...]
    on: tuple[Core, ...]


@dataclass(frozen=True)
class Deadlock:
    """No core can go on. In no run can any of them."""

    waiting: tuple[Waiting, ...]


@dataclass(frozen=True)
class Race:
    conflict: Conflict


@dataclass(frozen=True)
class StaleRead:
    stale: Stale


@dataclass(frozen=True)
class Outstanding:
    """A set with too many before it that the consumer need not have waited for."""

    event: Event
    consumer: Core
    count: int


@dataclass(frozen=True)
class Unread:
    """Data that a counter told of and nobody has read, or that no counter told of (`told` is false)."""

    write: Access
    told: bool


@dataclass(frozen=True)
class Backwards:
    """A counter that goes back."""

    event: Event
    counter: Counter
    before: int
    value: int


@dataclass(frozen=True)
class Epochs:
    """Two cores that start a launch from different numbers, or a counter that is ahead of where the next one starts."""

    event: Event
    counter: Counter
    value: int
    other: Event
    expected: int


@dataclass(frozen=True)
class Unpaired:
    """A flag set twice, waited for without a set, left over at the end, or set on several pipes."""

    event: Event
    message: str


Finding = Deadlock | Race | StaleRead | Outstanding | Unread | Backwards | Epochs | Unpaired
