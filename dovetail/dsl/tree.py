"""A kernel after checking: what the front end understood, before any MLIR.

Values are what names in a kernel stand for; statements are what stages hold, in the order in which they are carried
out. Loops are decided on when all of their uses are known: a loop's role says which extent of the schedule's tile its
steps have.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from dovetail.dsl.errors import Span
from dovetail.dsl.language import DType
from dovetail.target.extents import factors

RANKS = "ranks"  # the one size that every kernel has
ONE = "1"  # the size of what has one row or one column


@dataclass(frozen=True)
class Size:
    """A size known at run time: a name, or a product of names. Equal whatever the order of the factors."""

    text: str = field(compare=False)
    factors: frozenset  # of (name, how often)

    @staticmethod
    def of(*names: str) -> "Size":
        return Size(" * ".join(names), frozenset(Counter(names).items()))

    @property
    def names(self) -> list[str]:
        return [name.strip() for name in self.text.split("*")]

    @property
    def shared(self) -> tuple[str, int]:
        """Of a size that is one of so many to each of another size, that size and the number: of `2 * ceil(k / 64)`, k
        and 32; of `ranks * ceil(m / 128)`, ranks * m and 128, anew for each rank. Otherwise nothing."""
        parts = factors(self.text)
        divided = [(name, divisor) for name, divisor in parts if divisor != 1]
        if len(divided) != 1 or len(parts) > 2:
            return "", 1
        ((of, divisor),) = divided
        (times,) = [name for name, each in parts if each == 1] or [ONE]
        return (of, divisor // int(times)) if times.isdecimal() else (f"{times} * {of}", divisor)

    def __str__(self) -> str:
        return self.text


class Role(Enum):
    """What a loop counts in the stage's result: the place in the schedule's tile is the value."""

    ROWS = 0
    COLUMNS = 1
    CONTRACTION = 2


# -- values --


@dataclass(eq=False)
class Value:
    name: str
    span: Span


@dataclass(eq=False)
class MatrixValue(Value):
    rows: Size
    columns: Size
    dtype: DType
    output: bool = False
    transposed: bool = False
    stored: Span | None = None

    def size(self, axis: int) -> Size:
        return self.columns if axis else self.rows


@dataclass(eq=False)
class GatheredValue(MatrixValue):
    source: MatrixValue = field(kw_only=True)
    filled: "Stage | None" = None


@dataclass(eq=False)
class On:
    """`x1.on`, until it is called."""

    matrix: MatrixValue


@dataclass(eq=False)
class RemoteMatrix:
    """`x1.on(rank)`"""

    matrix: MatrixValue
    rank: "Loop"


@dataclass(eq=False)
class Dimension:
    """`x1.rows` or `x1.columns`"""

    matrix: MatrixValue
    axis: int

    @property
    def size(self) -> Size:
        return self.matrix.size(self.axis)


@dataclass(eq=False)
class LoopRange:
    """`dt.tiles(...)`: a dimension for each loop and where it stands; or `dt.ranks()`: one loop without a dimension."""

    dimensions: list[tuple[Dimension | None, Span]]


# -- statements --


@dataclass(eq=False)
class Loop(Value):
    """A loop and, as a value, its index. Over the ranks where it has no dimension."""

    bound_span: Span
    dimension: Dimension | None
    role: Role | None = None
    uses: set[Role] = field(default_factory=set)  # as a row or column subscript; decides where no product does
    used: bool = False
    carried: list["Accumulator"] = field(default_factory=list)
    body: list = field(default_factory=list)

    @property
    def counted(self) -> Size:
        """What a loop over tiles counts."""
        assert self.dimension is not None
        return self.dimension.size


@dataclass(eq=False)
class Tile(Value):
    """Loads a tile, which is also its value. All columns where it has no column."""

    matrix: MatrixValue
    rank: Loop | None
    row: Loop | None
    column: Loop | None

    @property
    def dtype(self) -> DType:
        return self.matrix.dtype


@dataclass(eq=False)
class Accumulator(Value):
    """Makes an accumulator of zeros inside the loops `within`. Its shape and type are those of the first product added,
    and the type is the one that was asked for, if one was."""

    dtype: DType | None
    within: tuple[Loop, ...]
    row: Loop | None = None
    column: Loop | None = None


@dataclass(eq=False)
class Scaled:
    """`dt.scaled(tile, scales)`: a factor of a product."""

    tile: Tile
    scales: Tile


@dataclass(eq=False)
class Product:
    """`lhs @ rhs`, until it is added to an accumulator. `scales` are those of lhs and rhs, if they have any."""

    lhs: Tile
    rhs: Tile
    scales: tuple[Tile, Tile] | None = None


@dataclass(eq=False)
class Times(Value):
    """Multiplies tiles element by element, in float32; what has one row or one column is repeated."""

    lhs: "Tile | Accumulator | Times"
    rhs: "Tile | Accumulator | Times"
    row: Loop | None
    column: Loop | None


@dataclass(eq=False)
class Plus(Times):
    """Adds tiles in the same way."""


@dataclass(eq=False)
class Accumulate:
    accumulator: Accumulator
    product: Product
    span: Span


@dataclass(eq=False)
class Store:
    value: Tile | Accumulator | Times
    matrix: MatrixValue
    rank: Loop | None
    row: Loop
    column: Loop | None
    span: Span


@dataclass(eq=False)
class Stage(Value):
    body: list = field(default_factory=list)
    reads: list[GatheredValue] = field(default_factory=list)
    stores: int = 0


@dataclass(eq=False)
class Copy:
    """Copies the whole of a gathered matrix to an output, outside the stages."""

    source: GatheredValue
    destination: MatrixValue
    span: Span


@dataclass(eq=False)
class Program:
    """A kernel: its matrices in order, those that it gathers, and its stages and copies."""

    name: str
    span: Span
    matrices: list[MatrixValue]
    limits: dict[str, str]  # size -> the size that it never exceeds
    gathered: list[GatheredValue] = field(default_factory=list)
    body: list[Stage | Copy] = field(default_factory=list)
