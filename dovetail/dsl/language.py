"""The words that kernels are written in.

A kernel is read, never called: the front end takes its syntax tree. So the functions here only carry a name, a
signature and a docstring, and say so when they are called outside a kernel. Nothing here needs MLIR.
"""

from dataclasses import dataclass, replace
from typing import NoReturn


@dataclass(frozen=True)
class DType:
    """The type of a matrix' elements."""

    name: str
    bits: int

    def __repr__(self) -> str:
        return self.name


float16 = DType("float16", 16)
bfloat16 = DType("bfloat16", 16)
float32 = DType("float32", 32)
float8_e4m3fn = DType("float8_e4m3fn", 8)
float8_e5m2 = DType("float8_e5m2", 8)
hifloat8 = DType("hifloat8", 8)
float8_e8m0fnu = DType("float8_e8m0fnu", 8)  # powers of two
float4_e2m1fn = DType("float4_e2m1fn", 4)  # two in a byte; only with scales
FLOAT8 = (float8_e4m3fn, float8_e5m2, hifloat8)
int4 = DType("int4", 4)  # two in a byte
int8 = DType("int8", 8)
int32 = DType("int32", 32)
# Scales, each packed in 64 bits. In a kernel they are float32 with ten bits of mantissa: runtime/packed_scales.py.
int64 = DType("int64", 64)

_DTYPES = (float16, bfloat16, float32, *FLOAT8, float8_e8m0fnu, float4_e2m1fn, int4, int8, int32, int64)
DTYPES = {dtype.name: dtype for dtype in _DTYPES}
# By cube cores, and what these add up in.
MULTIPLIED = {
    **dict.fromkeys((float16, bfloat16), float32),
    **dict.fromkeys((int4, int8), int32),
    **dict.fromkeys((*FLOAT8, float4_e2m1fn), float32),
}
MIXED = {float8_e4m3fn, float8_e5m2}  # that multiply with each other too


def as_dtype(dtype: "DType | str") -> DType:
    """The element type of that name. Raises ValueError, with the names that there are."""
    found = DTYPES.get(dtype) if isinstance(dtype, str) else dtype
    if not isinstance(found, DType):
        raise ValueError(f"unknown dtype {dtype!r}; there are {', '.join(DTYPES)}")
    return found


@dataclass(frozen=True)
class MatrixAnnotation:
    """What `dt.Matrix["m", "k"]` gives. It is checked when the kernel is read, where an error can show the line."""

    items: tuple
    output: bool = False
    optional: bool = False

    def __or__(self, other) -> "MatrixAnnotation":
        return replace(self, optional=True) if other is None else NotImplemented

    __ror__ = __or__


class Matrix:
    """A matrix that a kernel reads: `dt.Matrix["m", "k"]`, with a fixed type `dt.Matrix["m", "k", dt.float16]`.

    Rows and columns are names of sizes that are known when the kernel runs, or 1: `dt.Matrix["m", 1]` is a column.
    `dt.Matrix["depth <= k", "n"]` declares that a size never exceeds another one. `| None` makes it optional: it may be
    left out when compiling, and with the default `= None` it is, unless it is asked for.

    In a kernel, `x.rows` and `x.columns` are what loops run over; `x[i, k]` is a tile, `x[i]` one of all columns, and
    of a matrix of one row `x[:, j]`; `x.on(rank)` is the matrix of another rank.
    """

    def __class_getitem__(cls, items) -> MatrixAnnotation:
        return MatrixAnnotation(items if isinstance(items, tuple) else (items,))


class Output:
    """A matrix that a kernel writes: `dt.Output["ranks * m", "n"]`.

    Its sizes are sizes of inputs, or products of them; `ranks` is the number of ranks.
    """

    def __class_getitem__(cls, items) -> MatrixAnnotation:
        return MatrixAnnotation(items if isinstance(items, tuple) else (items,), output=True)


def _only_in_kernels(name: str) -> NoReturn:
    raise TypeError(f"dt.{name} means something only inside a function marked @dt.kernel")


def gathered(matrix):
    """The rows of `matrix` of all ranks, one below the other. A stage fills it, later stages read it."""
    _only_in_kernels("gathered")


def stage(name):
    """`with dt.stage("matmul"):` a part of the kernel. Stages read as if they ran one after the other."""
    _only_in_kernels("stage")


def ranks():
    """`for rank in dt.ranks():` once for each rank."""
    _only_in_kernels("ranks")


def tiles(*dimensions):
    """`for i, j in dt.tiles(x1.rows, x2.columns):` once for each tile; the schedule says how large tiles are."""
    _only_in_kernels("tiles")


def scaled(tile, scales):
    """A factor of a product of which each 32 numbers along the contraction share a scale, a power of two.

        accumulator += dt.scaled(gathered[i, k], exponents[i, k]) @ dt.scaled(x2[k, j], x2_exponents[j, k])

    `scales` is a tile of a matrix of float8_e8m0fnu with a row for each row of the left matrix, or column of the right
    one, and a column for each 32 numbers along the contraction, an even number: "2 * ceil(k / 64)".
    """
    _only_in_kernels("scaled")


def zeros(dtype=None):
    """A tile that holds zeros, to which `+=` adds products of tiles. Its shape is theirs.

    Products of integers add up in int32, all others in float32; `dtype` says which is expected.
    """
    _only_in_kernels("zeros")
