"""Where the matrices of a launch lie: in device memory, and on their way there in memory that processes share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from dovetail.runtime import acl
from dovetail.runtime.memory import Memory
from dovetail.runtime.signature import BITS, DTYPES, Parameter, Signature

ALIGNMENT = 512  # of each array in shared memory, in bytes
POISON = 0xFF  # every byte of a fresh output: a NaN in each floating-point type, so that what is not written is seen

PAIRED = [DTYPES[name] for name, bits in BITS.items() if bits < 8]  # numpy has a byte for each number

Bytes = numpy.ndarray  # of uint8


@dataclass(frozen=True)
class Argument:
    """A matrix of one rank, as bytes: an input with what it holds, or an output."""

    name: str
    size: int
    source: Bytes | None


def arguments(
    signature: Signature, inputs: Sequence[numpy.ndarray], sizes: Mapping[str, int], ranks: int
) -> list[Argument]:
    """The arguments of one rank, in the order of the kernel's parameters."""
    given = iter(inputs)
    return [
        Argument(each.name, each.bytes(sizes, ranks), None if each.output else as_bytes(next(given)))
        for each in signature.parameters
    ]


def as_bytes(array: numpy.ndarray) -> Bytes:
    """The memory of an array that lies row after row, or column after column."""
    rows = array if array.flags.c_contiguous else array.T
    bytes = rows.reshape(-1).view(numpy.uint8)
    return bytes[::2] & 15 | bytes[1::2] << 4 if array.dtype in PAIRED else bytes


def matrix(parameter: Parameter, shape: tuple[int, ...], storage: Bytes) -> numpy.ndarray:
    """The matrix whose bytes are `storage`, in the parameter's layout."""
    rows, columns = shape
    if parameter.is_paired:
        storage = numpy.stack((storage & 15, storage >> 4), axis=-1).reshape(-1)
    elements = storage.view(DTYPES[parameter.dtype])
    return elements.reshape(columns, rows).T if parameter.transposed else elements.reshape(rows, columns)


def place(arguments: Sequence[Argument]) -> list[Bytes]:
    """The arguments in memory of the current device: inputs copied, every byte of outputs poisoned."""
    placed = []
    for each in arguments:
        memory = acl.allocate(each.size)
        if each.source is None:
            memory.fill(POISON)
        else:
            acl.copy_to_device(memory, each.source)
        placed.append(memory)
    return placed


class Shared:
    """Memory with room for the arguments of all ranks, which other processes map. Equal inputs lie in it once."""

    def __init__(self, arguments_of_ranks: Sequence[Sequence[Argument]]):
        self._used = 0
        offsets: dict[int, int] = {}
        self.offsets: list[list[int]] = []
        for of_rank in arguments_of_ranks:
            self.offsets.append([])
            for each in of_rank:
                place = self._used if each.source is None else offsets.get(each.source.ctypes.data, self._used)
                if place == self._used:
                    self._used += -(-each.size // ALIGNMENT) * ALIGNMENT
                if each.source is not None:
                    offsets[each.source.ctypes.data] = place
                self.offsets[-1].append(place)
        self.memory = Memory(self._used)
        for of_rank, places in zip(arguments_of_ranks, self.offsets):
            for each, place in zip(of_rank, places):
                if each.source is not None and offsets.pop(each.source.ctypes.data, None) is not None:
                    self.bytes(place, each.size)[:] = each.source

    def bytes(self, offset: int, size: int) -> Bytes:
        return self.memory.array(offset, (size,), numpy.dtype(numpy.uint8))
