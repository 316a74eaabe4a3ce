"""What the caller of a kernel must know of it: its parameters, with their symbolic sizes and types."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ml_dtypes
import numpy

from dovetail.runtime import hifloat8
from dovetail.target.element_types import TYPES
from dovetail.target.extents import CEIL

DTYPES = {
    "float16": numpy.dtype(numpy.float16),
    "bfloat16": numpy.dtype(ml_dtypes.bfloat16),
    "float32": numpy.dtype(numpy.float32),
    "float8_e4m3fn": numpy.dtype(ml_dtypes.float8_e4m3fn),
    "float8_e5m2": numpy.dtype(ml_dtypes.float8_e5m2),
    "hifloat8": numpy.dtype(numpy.uint8),  # codes
    "float8_e8m0fnu": numpy.dtype(ml_dtypes.float8_e8m0fnu),
    "int32": numpy.dtype(numpy.int32),
    "float4_e2m1fn": numpy.dtype(ml_dtypes.float4_e2m1fn),
    "int4": numpy.dtype(ml_dtypes.int4),
    "int8": numpy.dtype(numpy.int8),
    "int64": numpy.dtype(numpy.int64),  # packed scales
}
CODES = DTYPES["hifloat8"]  # the one type whose numbers numpy does not know
BITS = {type.dtype: type.bits for type in TYPES.values() if type.dtype}  # in a matrix; numpy has whole bytes
RANKS = "ranks"
PACKED = "int64"  # scales, of which each stands for a float32


class ArgumentError(ValueError):
    """An argument does not fit the kernel; the message names it, what was given and what is allowed."""


@dataclass(frozen=True)
class Extent:
    """Rows or columns: a product of sizes by name, of an input one size, which may be the number 1, or made of one:
    `2 * ceil(k / 64)`. The name `ranks` is the number of ranks."""

    factors: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Extent":
        return cls(tuple(factor.strip() for factor in text.split("*")))

    def value(self, sizes: Mapping[str, int], ranks: int) -> int:
        numbers = {RANKS: ranks, **sizes}

        def number(factor: str) -> int:
            divided = CEIL.fullmatch(factor)
            if divided:
                return -(-numbers[divided[1]] // int(divided[2]))
            return int(factor) if factor.isdecimal() else numbers[factor]

        return math.prod(map(number, self.factors))

    @property
    def is_derived(self) -> bool:
        """Whether it is none of the kernel's sizes, but made of one."""
        return any(CEIL.fullmatch(factor) for factor in self.factors)

    def __str__(self) -> str:
        return " * ".join(self.factors)


@dataclass(frozen=True)
class Parameter:
    """A matrix that a kernel reads or writes. Where it is `transposed`, memory holds column after column."""

    name: str
    dtype: str
    rows: Extent
    columns: Extent
    output: bool = False
    transposed: bool = False
    gathered: bool = False  # an input that the kernel reads of all ranks
    added: bool = False  # a row that products are added to

    @property
    def is_integer(self) -> bool:
        """Whether its numbers are multiplied as integers."""
        return self.dtype in ("int8", "int4")

    @property
    def is_paired(self) -> bool:
        """Whether two numbers share a byte, the first one in its lower half."""
        return BITS[self.dtype] < 8

    @property
    def is_scale(self) -> bool:
        """Whether it is one row or one column of scales."""
        return "1" in (str(self.rows), str(self.columns)) and not self.added

    def shape(self, sizes: Mapping[str, int], ranks: int) -> tuple[int, int]:
        return self.rows.value(sizes, ranks), self.columns.value(sizes, ranks)

    def bytes(self, sizes: Mapping[str, int], ranks: int) -> int:
        rows, columns = self.shape(sizes, ranks)
        return rows * columns * BITS[self.dtype] // 8

    def __str__(self) -> str:
        return f"{self.name} [{self.rows}, {self.columns}] of {self.dtype}"


def narrowed(values: numpy.ndarray, parameter: Parameter) -> numpy.ndarray:
    """Numbers in the type of a parameter, rounded."""
    return hifloat8.encode(values) if parameter.dtype == "hifloat8" else values.astype(DTYPES[parameter.dtype])


def widened(matrix: numpy.ndarray, dtype: type) -> numpy.ndarray:
    """The numbers of a matrix in a wider type."""
    return (hifloat8.decode(matrix) if matrix.dtype == CODES else matrix).astype(dtype)


@dataclass(frozen=True)
class Signature:
    """A variant's parameters in the order of its entry point, and its sizes in the order of its tiling function.

    `limits` has, for a size that must not exceed another one, that other one.
    """

    name: str
    parameters: tuple[Parameter, ...]
    sizes: tuple[str, ...]
    limits: Mapping[str, str] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        return tuple(each for each in self.parameters if not each.output)

    @property
    def outputs(self) -> tuple[Parameter, ...]:
        return tuple(each for each in self.parameters if each.output)

    def bind(self, arguments: Sequence, ranks: int) -> tuple[dict[str, int], list[list[numpy.ndarray]]]:
        """The sizes that `arguments` have, and the arrays of each rank, in the order of `inputs`.

        An argument is one array, which all ranks share, or a sequence of one array per rank. Arrays that lie in
        memory as the kernel reads them are used where they are. Raises ArgumentError.
        """
        if len(arguments) != len(self.inputs):
            wanted = ", ".join(each.name for each in self.inputs)
            raise ArgumentError(f"{self.name} takes {len(self.inputs)} inputs ({wanted}), not {len(arguments)}")
        sizes = _Sizes()
        per_rank: list[list[numpy.ndarray]] = [[] for _ in range(ranks)]
        for parameter, argument in zip(self.inputs, arguments):
            laid_out: dict[int, numpy.ndarray] = {}
            for rank, array in enumerate(_of_each_rank(parameter, argument, ranks)):
                if id(array) not in laid_out:
                    _check_type(parameter, array)
                    sizes.learn(parameter, array.shape)
                    laid_out[id(array)] = _as_read(parameter, array)
                per_rank[rank].append(laid_out[id(array)])
        self.check_sizes(sizes.known)
        return {name: sizes.known[name] for name in self.sizes}, per_rank

    def check_sizes(self, sizes: Mapping[str, int]) -> None:
        """Raises ArgumentError where a size is not positive, exceeds its limit, or is odd where numbers share bytes."""
        for name in self.sizes:
            if sizes[name] < 1:
                raise ArgumentError(f"{name} = {sizes[name]}: sizes are at least 1")
        for name, limit in self.limits.items():
            if sizes[name] > sizes[limit]:
                raise ArgumentError(f"{name} = {sizes[name]} exceeds {limit} = {sizes[limit]}")
        for each in filter(lambda each: each.is_paired, self.inputs):
            (name,) = (each.rows if each.transposed else each.columns).factors
            if sizes[name] % 2:
                of = f"{each.name}, whose numbers of {each.dtype} share bytes"
                raise ArgumentError(f"{name} = {sizes[name]} is odd; allowed is an even number, because of {of}")


class _Sizes:
    """The sizes that inputs have said so far, and which input said each."""

    def __init__(self):
        self.known: dict[str, int] = {}
        self._said_by: dict[str, str] = {}

    def learn(self, parameter: Parameter, shape: tuple[int, ...]) -> None:
        for given, extent, which in zip(shape, (parameter.rows, parameter.columns), ("rows", "columns")):
            if given < 1:
                raise ArgumentError(f"{parameter.name} has no {which}; allowed is at least 1")
            if extent.is_derived:
                wanted = extent.value(self.known, 0)
                if given != wanted:
                    raise ArgumentError(f"{parameter.name} has {given} {which}; allowed is {extent} = {wanted}")
                continue
            (symbol,) = extent.factors  # of an input
            if symbol.isdecimal():
                if given != int(symbol):
                    raise ArgumentError(f"{parameter.name} has {given} {which}; allowed is {symbol}")
                continue
            if self.known.setdefault(symbol, given) != given:
                raise ArgumentError(
                    f"{parameter.name} has {given} {which}; allowed is {symbol} = {self.known[symbol]}, as "
                    f"{self._said_by[symbol]} has"
                )
            self._said_by.setdefault(symbol, parameter.name)


def _of_each_rank(parameter: Parameter, argument, ranks: int) -> list[numpy.ndarray]:
    if isinstance(argument, numpy.ndarray):
        return [argument] * ranks
    if not isinstance(argument, (list, tuple)):
        raise ArgumentError(
            f"{parameter.name} must be a numpy array or a list of one array per rank, not {type(argument).__name__}"
        )
    if len(argument) != ranks:
        raise ArgumentError(f"{parameter.name} has {len(argument)} arrays for {ranks} ranks; allowed is one per rank")
    for rank, array in enumerate(argument):
        if not isinstance(array, numpy.ndarray):
            raise ArgumentError(f"{parameter.name} of rank {rank} must be a numpy array, not {type(array).__name__}")
    return list(argument)


def _check_type(parameter: Parameter, array: numpy.ndarray) -> None:
    wanted = DTYPES[parameter.dtype]
    if array.dtype != wanted:
        raise ArgumentError(f"{parameter.name} is of {array.dtype}; allowed, by what was compiled, is {wanted}")
    if array.ndim != 2:
        shape = f"[{parameter.rows}, {parameter.columns}]"
        raise ArgumentError(f"{parameter.name} has {array.ndim} dimensions; allowed are the two of {shape}")


def _as_read(parameter: Parameter, array: numpy.ndarray) -> numpy.ndarray:
    """The array, in the layout that the kernel reads: itself where it has that layout, otherwise a copy."""
    return numpy.ascontiguousarray(array.T).T if parameter.transposed else numpy.ascontiguousarray(array)
