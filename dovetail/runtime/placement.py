"""Where the arguments of a launch lie: in this process as they are, or in memory that processes share."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy

from dovetail.runtime.memory import Memory
from dovetail.runtime.signature import DTYPES, Parameter, Signature

ALIGNMENT = 512  # of each array that is placed, in bytes
POISON = 0xFF  # every byte of a fresh output: a NaN in each floating-point type, so that what is not written is seen


class Private:
    """Memory of this process. Inputs stay where they are."""

    def allocate(self, size: int) -> numpy.ndarray:
        return numpy.empty(size, numpy.uint8)

    def place(self, parameter: Parameter, array: numpy.ndarray) -> numpy.ndarray:
        return array


class Shared:
    """Memory of `size` bytes that other processes map. Inputs are copied into it, each once."""

    def __init__(self, size: int):
        self.memory = Memory(size, shared=True)
        self._used = 0
        self._placed: dict[int, numpy.ndarray] = {}

    def allocate(self, size: int) -> numpy.ndarray:
        offset = self._used
        self._used += aligned(size)
        return self.memory.array(offset, (size,), numpy.dtype(numpy.uint8))

    def place(self, parameter: Parameter, array: numpy.ndarray) -> numpy.ndarray:
        if id(array) not in self._placed:
            copy = _matrix(parameter, array.shape, self.allocate(array.nbytes))
            copy[...] = array
            self._placed[id(array)] = copy
        return self._placed[id(array)]


@dataclass(frozen=True)
class Placed:
    """The matrices of each rank, in the order of the kernel's parameters, and the tiling struct."""

    matrices: list[list[numpy.ndarray]]
    tiling: numpy.ndarray

    @property
    def addresses(self) -> list[list[int]]:
        """Each rank's arguments of the entry point: matrices, workspace (none: 0), tiling."""
        return [
            [*(matrix.ctypes.data for matrix in matrices), 0, self.tiling.ctypes.data] for matrices in self.matrices
        ]


def aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def shared_for(
    signature: Signature, inputs: list[list[numpy.ndarray]], sizes: Mapping[str, int], tiling: bytes
) -> Shared:
    """Shared memory with room for the arguments of a launch."""
    ranks = len(inputs)
    distinct = {id(array): array.nbytes for arrays in inputs for array in arrays}
    outputs = [each.bytes(sizes, ranks) for each in signature.outputs] * ranks
    return Shared(sum(aligned(size) for size in [*distinct.values(), *outputs, len(tiling)]))


def place(
    signature: Signature,
    inputs: list[list[numpy.ndarray]],
    sizes: Mapping[str, int],
    tiling: bytes,
    storage: Private | Shared,
) -> Placed:
    """Inputs, fresh outputs with every byte poisoned, and the tiling struct, in `storage`."""
    ranks = len(inputs)
    matrices = []
    for given in inputs:
        unused = iter(given)
        row: list[numpy.ndarray] = []
        for parameter in signature.parameters:
            if parameter.output:
                fresh = storage.allocate(parameter.bytes(sizes, ranks))
                fresh.fill(POISON)
                row.append(_matrix(parameter, parameter.shape(sizes, ranks), fresh))
            else:
                row.append(storage.place(parameter, next(unused)))
        matrices.append(row)
    placed_tiling = storage.allocate(len(tiling))
    placed_tiling[:] = numpy.frombuffer(tiling, numpy.uint8)
    return Placed(matrices, placed_tiling)


def _matrix(parameter: Parameter, shape: tuple[int, ...], storage: numpy.ndarray) -> numpy.ndarray:
    """The matrix whose bytes are `storage`, in the parameter's layout."""
    rows, columns = shape
    elements = storage.view(DTYPES[parameter.dtype])
    return elements.reshape(columns, rows).T if parameter.transposed else elements.reshape(rows, columns)
