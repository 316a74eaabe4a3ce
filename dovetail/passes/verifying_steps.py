"""Steps: what the program of a core is made of, as far as accesses to memory and their order go."""

from dataclasses import dataclass, field
from typing import TypeAlias

from dovetail.dialect.bindings import ir

# An element of a slot: the first (0), one whose number is a value, or one that cannot be told.
Start: TypeAlias = "int | ir.Value | None"


@dataclass(eq=False, slots=True)
class Ring:
    """Memory that is one buffer: slots with numbers, and `current`, the slot whose number is a value of the program.

    What is known of an access to a slot is a bit. Those of one access lie side by side: `current`, slot 0, slot 1, ...
    """

    name: str
    slots: int
    accesses: list["Access"] = field(default_factory=list)

    def mask(self, place: int) -> int:
        """Every access to the current slot (0), or to a slot (1 + its number)."""
        return sum(1 << (access.first + place) for access in self.accesses)


@dataclass(eq=False, slots=True)
class Flag:
    """A flag between two pipes; one whose number depends on a slot is another one than those it may be."""

    name: str
    source: str
    destination: str
    index: int


@dataclass(eq=False, slots=True)
class Step:
    op: ir.Operation


@dataclass(eq=False, slots=True)
class Access(Step):
    """One operand of an instruction. `slots` are those it may touch, as numbers; None is the current one."""

    pipe: str
    ring: Ring
    slots: tuple[int | None, ...]
    writes: bool
    start: Start  # where in the slot it begins
    publishes: bool = False
    sizes: tuple[ir.Value, ir.Value] | None = None  # rows and columns of a product into this slot
    first: int = 0  # the first bit of this access
    bits: int = 0  # those that it sets
    anywhere: int = 0  # those that it may have set, whatever the slot
    conflicts: int = 0  # the bits of earlier accesses that must be complete when this one starts


@dataclass(eq=False, slots=True)
class SetFlag(Step):
    flag: Flag


@dataclass(eq=False, slots=True)
class WaitFlag(Step):
    flag: Flag


@dataclass(eq=False, slots=True)
class Barrier(Step):
    """Of one pipe, or of all. `after` says that it stands where products as small as that one need it."""

    pipe: str
    after: Access | None = None


@dataclass(eq=False, slots=True)
class Signal(Step):
    """A cross-core flag that is set (with a pipe) or waited for (without); SyncAll has neither name nor pipe."""

    name: str = ""
    pipe: str | None = None
    mode: int | None = None
    meeting: Flag | None = None  # where who sets the flag waits for it too: what it tells of the core's own accesses

    @property
    def is_of_all_blocks(self) -> bool:
        return not self.name or self.mode == 0


@dataclass(eq=False, slots=True)
class Take(Step):
    """From here on a slot whose number is a value is in use, in these rings and with these flags.

    `flags` has for each one that depends on the slot the flags it may be, by number.
    """

    name: str
    count: int
    rings: list[Ring] = field(default_factory=list)
    flags: dict[Flag, list[Flag]] = field(default_factory=dict)
    current: int = 0  # the bits of accesses to the slot in these rings
    slots: list[int] = field(default_factory=list)  # and, by number, of accesses to each slot that it may be
    owned: list[Ring | Flag] = field(default_factory=list)  # what has no other use meanwhile


@dataclass(eq=False, slots=True)
class Leave(Step):
    """The end of the block where the number of a slot is known: its use is over."""

    take: Take


@dataclass(eq=False, slots=True)
class Nest(Step):
    """A loop ("scf.for", "scf.while"), a condition ("scf.if") or a call, with the steps of its regions."""

    kind: str
    bodies: tuple[list[Step], ...]
    signals: bool = False  # whether a cross-core flag is below
