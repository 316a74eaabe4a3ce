"""What a kernel's outputs should be, by the numpy `reference` of its kernel file.

A reference takes the kernel's inputs under their names and returns its outputs by name. An input that the kernel
gathers comes as a list of one matrix per rank, every other one as the own rank's matrix:

    def reference(x1, x2):
        gathered = numpy.concatenate(x1)
        return {"output": gathered @ x2, "gather_out": gathered}

It is called with float64 matrices, which gives the exact result; with the absolute values of these, which gives
sum|a||b|; with ones, which gives k, the number of products in a sum; and with float32 matrices, which, rounded once,
gives what the best kernel is expected to give.

Where integers are multiplied, the result is one of exact arithmetic and a few roundings, and outputs must have
its bits. The reference then gets integers as float64 matrices, whose products are exact, and scales as float32 ones,
packed ones unpacked: it converts a product to the type of a scale before it multiplies by it, and so multiplies in
float32.

Large matrices are gone through in blocks of rows: those of a size that is the rows of inputs, and the rows of every
output once for each rank.
"""

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ml_dtypes
import numpy

from dovetail.runtime.packed_scales import pack, unpack
from dovetail.runtime.signature import BITS, DTYPES, PACKED, RANKS, Parameter, Signature, narrowed, widened

BLOCK_ELEMENTS = 1 << 22  # of the largest output, in one block
FLOAT32_UNIT = 2.0**-24
EXPONENT_OF_FLOAT64 = numpy.uint64(0x7FF0000000000000)

Reference = Callable[..., Mapping[str, numpy.ndarray]]
Arguments = dict[str, Any]  # by parameter: a matrix, or a list of one per rank


class ReferenceError(ValueError):
    """A reference failed, or gave something else than the kernel's outputs."""


class Data(enum.Enum):
    """What inputs hold."""

    RANDOM = "random"  # standard normal; integers of all their range; scales around 2^-8
    INTEGERS = "integers"  # from -4 to 4: every sum of less than 2^20 products is exact in float32


def draw(parameter: Parameter, shape: tuple[int, int], data: Data, seed: Sequence[int]) -> numpy.ndarray:
    """A matrix for a parameter, in its layout."""
    random = numpy.random.default_rng(seed)
    rows, columns = shape
    made = numpy.empty((columns, rows) if parameter.transposed else shape, DTYPES[parameter.dtype])
    step = max(1, BLOCK_ELEMENTS // made.shape[1])
    for start in range(0, made.shape[0], step):
        part = made[start : start + step]
        if data is Data.INTEGERS and parameter.dtype == "float8_e8m0fnu":
            part[...] = numpy.ones(part.shape, DTYPES[parameter.dtype])
        elif data is Data.INTEGERS:
            small = random.integers(-4, 5, part.shape, numpy.int8)
            small = small.astype(numpy.float32)
            part[...] = pack(small) if parameter.dtype == PACKED else narrowed(small, parameter)
        elif parameter.is_integer:
            limit = 1 << (BITS[parameter.dtype] - 1)
            part[...] = random.integers(-limit, limit, part.shape, numpy.int8)
        elif parameter.dtype == "float8_e8m0fnu":
            part[...] = (2.0 ** random.integers(-4, 5, part.shape)).astype(DTYPES[parameter.dtype])
        elif parameter.is_scale:
            scales = random.uniform(2.0**-9, 2.0**-7, part.shape).astype(numpy.float32)
            part[...] = pack(scales) if parameter.dtype == PACKED else scales
        else:
            part[...] = narrowed(random.standard_normal(part.shape, numpy.float32), parameter)
    return made.T if parameter.transposed else made


@dataclass(frozen=True)
class Expected:
    """The oracle's word on one block of an output, for `ranks`, whose inputs are equal.

    An element may be `allowed` away from the `exact` one; without `allowed` it must have the bits of `rounded`.
    `squares` is the sum of the squares of the errors of the reference in float32, rounded once.
    """

    output: str
    ranks: tuple[int, ...]
    rows: "Rows"
    exact: numpy.ndarray
    rounded: numpy.ndarray
    allowed: numpy.ndarray | None
    squares: float


@dataclass(frozen=True)
class Rows:
    """Of each part of `size` rows of a matrix, the rows from `start` to `stop`."""

    size: int
    start: int
    stop: int

    def of(self, matrix: numpy.ndarray) -> numpy.ndarray:
        if self.start == 0 and self.stop == self.size:
            return matrix
        rows, columns = matrix.shape
        return matrix.reshape(rows // self.size, self.size, columns)[:, self.start : self.stop].reshape(-1, columns)

    def row(self, index: int) -> int:
        """The row of the whole matrix that is row `index` of these."""
        part, within = divmod(index, self.stop - self.start)
        return part * self.size + self.start + within


def expectations(
    signature: Signature, reference: Reference, arguments: Sequence, ranks: int, data: Data = Data.RANDOM
) -> Iterator[Expected]:
    """What the outputs of a launch with these arguments should be. Raises ReferenceError."""
    sizes, inputs = signature.bind(arguments, ranks)
    symbol = _sliced_size(signature)
    blocks = _blocks(signature, sizes, ranks, symbol)
    widen = _Widener()
    if any(parameter.is_integer for parameter in signature.inputs):
        for group in _ranks_with_equal_inputs(signature, inputs):
            given = _arguments(signature, inputs, group[0], widen.exactly)
            for rows in blocks:
                made = _Question(signature, reference, symbol, rows, sizes, ranks)(given)
                for output in signature.outputs:
                    sums = made[output.name]
                    with numpy.errstate(over="ignore"):  # infinite, as it is on the device
                        bits = sums.astype(DTYPES[output.dtype])
                    yield Expected(output.name, group, rows, sums.astype(numpy.float64), bits, None, 0.0)
        return
    for group in _ranks_with_equal_inputs(signature, inputs):
        single = _arguments(signature, inputs, group[0], lambda matrix: widen(matrix, numpy.float32))
        if data is Data.RANDOM:
            double = _arguments(signature, inputs, group[0], lambda matrix: widen(matrix, numpy.float64))
        for rows in blocks:
            ask = _Question(signature, reference, symbol, rows, sizes, ranks)
            rounded = ask(single)
            if data is Data.INTEGERS:
                for output in signature.outputs:
                    sums = rounded[output.name]
                    yield Expected(output.name, group, rows, sums, narrowed(sums, output), None, 0.0)
                continue
            ask_first = replace(ask, rows=replace(rows, stop=rows.start + 1))  # all rows are sums of as many products
            exact, magnitude, depth = ask(double), ask(double, numpy.abs), ask_first(single, _ones)
            for output in signature.outputs:
                name = output.name
                yield _bounds(output, group, rows, exact[name], rounded[name], magnitude[name], depth[name])


def _ones(matrix: numpy.ndarray) -> numpy.ndarray:
    return numpy.broadcast_to(numpy.float32(1), matrix.shape)


def _bounds(output: Parameter, ranks, rows: Rows, exact, single, magnitude, depth) -> Expected:
    rounded = narrowed(single, output)
    squares = float(numpy.sum(numpy.square(widened(rounded, numpy.float64) - exact)))
    if _holds(output, exact[:1]) and _holds(output, exact) and _sums_exactly(magnitude, depth):
        # Only copies and small integers give nothing but numbers of the output's type, and sums that are exact.
        return Expected(output.name, ranks, rows, exact, narrowed(exact, output), None, squares)
    allowed = unit_in_last_place(exact, DTYPES[output.dtype]) + depth.max() * FLOAT32_UNIT * magnitude
    return Expected(output.name, ranks, rows, exact, rounded, allowed, squares)


def _sums_exactly(magnitude: numpy.ndarray, depth: numpy.ndarray) -> bool:
    """Whether partial sums may be taken to be float32 numbers: their size is that of numbers that are."""
    return depth.max() <= 1 or numpy.array_equal(magnitude.astype(numpy.float32).astype(numpy.float64), magnitude)


def _holds(output: Parameter, values: numpy.ndarray) -> bool:
    """Whether all values are numbers of the output's type."""
    return numpy.array_equal(widened(narrowed(values, output), numpy.float64), values)


def unit_in_last_place(values: numpy.ndarray, dtype: numpy.dtype) -> numpy.ndarray:
    """The distance between neighbouring numbers of `dtype` at each of `values` (float64)."""
    info = ml_dtypes.finfo(dtype)
    power_of_two = (values.view(numpy.uint64) & EXPONENT_OF_FLOAT64).view(numpy.float64)
    return numpy.maximum(power_of_two, 2.0**info.minexp) * 2.0**-info.nmant


class _Widener:
    """Matrices in wider types, each made once."""

    def __init__(self):
        self._made: dict[tuple[int, type], numpy.ndarray] = {}

    def __call__(self, matrix: numpy.ndarray, dtype: type) -> numpy.ndarray:
        key = (id(matrix), dtype)
        if key not in self._made:
            self._made[key] = widened(matrix, dtype)
        return self._made[key]

    def exactly(self, matrix: numpy.ndarray) -> numpy.ndarray:
        """Integers in a type that holds their products, scales in the one in which they multiply."""
        if matrix.dtype == DTYPES[PACKED]:
            return unpack(matrix)
        return matrix if matrix.dtype == numpy.float32 else self(matrix, numpy.float64)


def _arguments(signature: Signature, inputs, rank: int, convert: Callable[[numpy.ndarray], numpy.ndarray]) -> Arguments:
    """What a reference takes for a rank."""
    made: Arguments = {}
    for position, parameter in enumerate(signature.inputs):
        if parameter.gathered:
            made[parameter.name] = [convert(matrices[position]) for matrices in inputs]
        else:
            made[parameter.name] = convert(inputs[rank][position])
    return made


@dataclass(frozen=True)
class _Question:
    """Asks the reference for a block of rows."""

    signature: Signature
    reference: Reference
    symbol: str | None
    rows: Rows
    sizes: Mapping[str, int]
    ranks: int

    def __call__(self, given: Arguments, convert: Callable = lambda matrix: matrix) -> Mapping[str, numpy.ndarray]:
        """The outputs for these rows of `given`, each matrix converted. Raises ReferenceError."""
        name = self.signature.name
        try:
            results = self.reference(**self._converted(given, convert))
        except Exception as error:
            raise ReferenceError(f"reference of {name} failed: {type(error).__name__}: {error}") from error
        if not isinstance(results, Mapping):
            raise ReferenceError(f"reference of {name} must return a dict of outputs, not {type(results).__name__}")
        share = {self.symbol: self.rows.stop - self.rows.start} if self.symbol else {}
        for output in self.signature.outputs:
            if output.name not in results:
                raise ReferenceError(f"reference of {name} gives {', '.join(results)}, but no {output.name!r}")
            wanted, shape = output.shape({**self.sizes, **share}, self.ranks), numpy.shape(results[output.name])
            if shape != wanted:
                raise ReferenceError(f"reference of {name} gives {output.name} as {shape}, not as {wanted}")
        return results

    def _converted(self, given: Arguments, convert: Callable) -> Arguments:
        made: Arguments = {}
        for parameter in self.signature.inputs:
            value = given[parameter.name]
            sliced = self.symbol in parameter.rows.factors
            matrices = value if parameter.gathered else [value]
            matrices = [convert(self.rows.of(matrix) if sliced else matrix) for matrix in matrices]
            made[parameter.name] = matrices if parameter.gathered else matrices[0]
        return made


def _sliced_size(signature: Signature) -> str | None:
    """A size that is the rows of some inputs, and the rows for each rank of every output, and nothing else."""
    for size in signature.sizes:
        as_rows = [each for each in signature.parameters if size in each.rows.factors]
        if any(size in each.columns.factors for each in signature.parameters):
            continue
        if not set(signature.outputs) <= set(as_rows):
            continue
        if all(each.rows.factors in ((size,), (RANKS, size), (size, RANKS)) for each in as_rows) and all(
            each.output or each.rows.factors == (size,) for each in as_rows
        ):
            return size
    return None


def _blocks(signature: Signature, sizes: Mapping[str, int], ranks: int, symbol: str | None) -> list[Rows]:
    if symbol is None:
        return [Rows(1, 0, 1)]
    size = sizes[symbol]
    elements = max(rows * columns for rows, columns in (each.shape(sizes, ranks) for each in signature.outputs))
    step = max(1, min(size, size * BLOCK_ELEMENTS // elements))
    return [Rows(size, start, min(start + step, size)) for start in range(0, size, step)]


def _ranks_with_equal_inputs(signature: Signature, inputs) -> list[tuple[int, ...]]:
    """Ranks, grouped by the matrices of their own."""
    own = [position for position, parameter in enumerate(signature.inputs) if not parameter.gathered]
    groups: dict[tuple[int, ...], list[int]] = {}
    for rank, matrices in enumerate(inputs):
        groups.setdefault(tuple(id(matrices[position]) for position in own), []).append(rank)
    return [tuple(group) for group in groups.values()]
