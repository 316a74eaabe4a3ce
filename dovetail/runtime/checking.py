"""Checked execution from Python: how a launch is checked, and what is known of its tensors."""

import ctypes
import mmap
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from dovetail.runtime.trace import NativeTrace, Trace

MUTATED_LINES = 16
"""The most lines of one mutation."""


class Access(IntFlag):
    """What a kernel may do with a tensor. One that is no input holds nothing when the launch begins."""

    INPUT = 1
    OUTPUT = 2
    BOTH = 3


@dataclass(frozen=True)
class Region:
    """A tensor of one rank in global memory: `bytes` bytes at `address`."""

    name: str
    address: int
    bytes: int
    access: Access | str = Access.BOTH
    rank: int = 0


class Change(IntEnum):
    """What a mutation does to a synchronising call."""

    SKIP = 1
    OTHER_ID = 2
    OTHER_EVENT = 3
    OTHER_PIPE = 4
    OTHER_MODE = 5
    NEXT_SLOT = 6  # the id behind it, in a ring of `value`


@dataclass(frozen=True)
class Mutation:
    """The synchronising calls in `lines` of the kernel's source do something else: for tests of the checker."""

    lines: tuple[int, ...]
    change: Change
    value: int = 0

    def __post_init__(self):
        if len(self.lines) > MUTATED_LINES:
            raise ValueError(f"a mutation of {len(self.lines)} lines; allowed are {MUTATED_LINES}")


@dataclass(frozen=True)
class Check:
    """How a launch is checked.

    seed: of the order in which things happen; the same seed gives the same run. passes_races: races are no errors, so
    that what comes of them can be seen. moves_no_data: nothing but counters moves, for the protocol alone.
    """

    seed: int = 0
    passes_races: bool = False
    moves_no_data: bool = False
    mutation: Mutation | None = None


class _Mutation(ctypes.Structure):
    _fields_ = [("lines", ctypes.c_uint32 * MUTATED_LINES), ("change", ctypes.c_uint32), ("value", ctypes.c_uint32)]


class _Tensor(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
        ("bytes", ctypes.c_uint64),
        ("rank", ctypes.c_uint32),
        ("access", ctypes.c_uint32),
    ]


class NativeCheck(ctypes.Structure):
    """DovetailCheck."""

    _fields_ = [
        ("seed", ctypes.c_uint64),
        ("passes_races", ctypes.c_uint32),
        ("moves_no_data", ctypes.c_uint32),
        ("mutation", _Mutation),
        ("tensors", ctypes.POINTER(_Tensor)),
        ("tensor_count", ctypes.c_uint32),
        ("source_lines", ctypes.c_char_p),
        ("memory", ctypes.c_void_p),
        ("trace", ctypes.POINTER(NativeTrace)),
    ]


@dataclass
class CheckMemory:
    """What launches of one communicator know of each other: `bytes` of it, zeroed."""

    bytes: int
    _mapped: mmap.mmap = field(init=False)

    def __post_init__(self):
        self._mapped = mmap.mmap(-1, self.bytes)

    @property
    def address(self) -> int:
        return ctypes.addressof(ctypes.c_char.from_buffer(self._mapped))


def _native_mutation(mutation: Mutation) -> _Mutation:
    return _Mutation((ctypes.c_uint32 * MUTATED_LINES)(*mutation.lines), mutation.change, mutation.value)


def native(
    check: Check, regions: Sequence[Region] = (), memory: CheckMemory | None = None, trace: Trace | None = None
) -> NativeCheck:
    """The C structure, which keeps alive what it points to."""
    tensors = [
        _Tensor(
            each.name.encode(),
            each.address,
            each.bytes,
            each.rank,
            Access[each.access.upper()] if isinstance(each.access, str) else each.access,
        )
        for each in regions
    ]
    mutation = check.mutation
    return NativeCheck(
        seed=check.seed,
        passes_races=check.passes_races,
        moves_no_data=check.moves_no_data,
        mutation=_Mutation() if mutation is None else _native_mutation(mutation),
        tensors=(_Tensor * len(tensors))(*tensors),
        tensor_count=len(tensors),
        memory=None if memory is None else memory.address,
        trace=None if trace is None else ctypes.pointer(trace.native),
    )
