"""The dialect `dovetail`: tiles, and what passes between ranks and between the cores of a block.

Two levels use it. At the level *tiles* it says what a kernel computes: tiles are loaded from matrices, multiplied,
stored. At the level *fused* it also says how ranks cooperate: chunks of a gathered matrix are pushed into the windows
of peers, arrivals and releases are counted, and the vector cores tell the cube core of their block what has arrived.
`docs/design.md` has an example of each level and the protocol.

Matrices are memrefs of two dimensions. Structure (functions, loops, conditions, index arithmetic) is upstream's.
"""

from collections.abc import Sequence
from typing import TypeVar

from dovetail.dialect.bindings import ext, ir
from dovetail.dialect.definition import Pure, build_quickly, effects, optional_attribute, verified

Operand, Result = ext.Operand, ext.Result
Index = ir.IndexType
Matrix = ir.MemRefType

GATHERED = "gathered"  # the memory space of a gathered matrix: the windows of all ranks


@build_quickly
class Dovetail(ext.Dialect, name="dovetail"):
    pass


class TileType(Dovetail.Type, name="tile"):
    """A tile of a matrix as a value. A dynamic extent means: all of the matrix in that dimension."""

    data: ir.TypeAttr

    @classmethod
    def of(cls, sizes: Sequence[int], element: ir.Type) -> "TileType":
        return cls.get(ir.TypeAttr.get(ir.RankedTensorType.get(sizes, element)))

    @property
    def tensor(self) -> ir.RankedTensorType:
        return ir.RankedTensorType(ir.TypeAttr(self.data).value)

    @property
    def sizes(self) -> list[int]:
        return list(self.tensor.shape)

    @property
    def element(self) -> ir.Type:
        return self.tensor.element_type


def is_gathered(matrix: ir.Value) -> bool:
    space = ir.MemRefType(matrix.type).memory_space
    return space is not None and ir.StringAttr(space).value == GATHERED


def _require(condition, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _tile(value: ir.Value) -> TileType:
    _require(isinstance(value.type, TileType), f"expects a tile, not {value.type}")
    return value.type


def _two_offsets(op) -> None:
    _require(len(op.offsets) == 2, f"takes two offsets, row and column, not {len(op.offsets)}")
    _require(len(op.matrix.type.shape) == 2, f"works on matrices of two dimensions, not on {op.matrix.type}")


def _on_gathered(op) -> None:
    _require(is_gathered(op.gathered), f"works on a gathered matrix, not on {op.gathered.type}")


def _elementwise(op) -> None:
    lhs, rhs, result = _tile(op.lhs), _tile(op.rhs), _tile(op.result)
    does = "multiplies" if op.OPERATION_NAME.endswith("times") else "adds"
    for left, right, made in zip(lhs.sizes, rhs.sizes, result.sizes):
        fits = left == right or 1 in (left, right)
        _require(fits, f"{does} extents that are alike or 1, not {left} and {right}")
        _require(made == max(left, right), f"gives an extent of {max(left, right)}, not {made}")
    _require(str(result.element) == "f32", f"gives f32, not {result.element}")


# -- what a kernel computes --


class SizeOp(Dovetail.Operation, name="size", traits=[Pure]):
    """A symbolic size of the kernel's matrices, known at run time: a field of the tiling struct."""

    symbol: ir.StringAttr
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$symbol attr-dict"


class RankOp(Dovetail.Operation, name="rank", traits=[Pure]):
    """The rank that runs this kernel."""

    value: Result[Index]
    assembly = "attr-dict"


class RanksOp(Dovetail.Operation, name="ranks", traits=[Pure]):
    """How many ranks the communicator has."""

    value: Result[Index]
    assembly = "attr-dict"


class GatheredOp(Dovetail.Operation, name="gathered"):
    """The rows of `matrix` of all ranks, one below the other: a matrix that stages fill and read.

    `bound-window` attaches `slots`, the most chunks of a source that a window holds at a time, and `fuse-stages`
    `chunk`, the most rows of a chunk; without `chunk` the matrix travels whole. With `with %leader` it has as many rows
    as that other one, or one for each block of its rows, and travels with it: its rows are pushed with the leader's, in
    the same chunks and slots, and the arrivals and releases of the leader are those of both.
    """

    matrix: Operand[Matrix]
    leader: Operand[Matrix] | None = None
    gathered: Result[Matrix] = ext.result(kw_only=True)
    chunk = optional_attribute()
    slots = optional_attribute()
    lanes = optional_attribute()
    assembly = "$matrix (`with` $leader^)? attr-dict `:` type($matrix) `->` type($gathered) (`,` type($leader)^)?"

    @property
    def is_whole(self) -> bool:
        """Whether it travels whole, and not in chunks."""
        return self.chunk is None

    @verified
    def verify_invariants(op):
        _require(is_gathered(op.gathered), f"gives a matrix in memory space '{GATHERED}', not {op.gathered.type}")
        given, made = op.matrix.type.element_type, op.gathered.type.element_type
        _require(given == made, f"gathers elements of type {given}, not {made}")
        if op.leader is not None:
            _require(is_gathered(op.leader), f"travels with a gathered matrix, not with {op.leader.type}")
            own = [name for name in ("chunk", "slots", "lanes") if name in op.operation.attributes]
            _require(not own, f"has the {own and own[0]} of the matrix that it travels with, and none of its own")
        for name in ("chunk", "slots", "lanes"):
            if name in op.operation.attributes:
                _require(ir.IntegerAttr(op.operation.attributes[name]).value > 0, f"needs a positive '{name}'")


class RowsOp(Dovetail.Operation, name="rows", traits=[Pure]):
    """How many rows a gathered matrix has: those of all ranks."""

    gathered: Operand[Matrix]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$gathered attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class BlockRowOp(Dovetail.Operation, name="block_row", traits=[Pure]):
    """Of a gathered matrix with a row for each block of rows of its leader, the row that a row of the leader belongs
    to. A rank has `rows` rows there. `block` of them make a block, and those of the next rank begin a new one."""

    row: Operand[Index]
    rows: Operand[Index]
    block: ir.IntegerAttr
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$row `of` $rows `by` $block attr-dict"

    @verified
    def verify_invariants(op):
        _require(op.block.value > 0, f"needs blocks of some rows, not of {op.block.value}")


class LoadOp(Dovetail.Operation, name="load", traits=[effects(reads=(0,))]):
    """A tile of `matrix` whose first element stands at the offsets, clipped at the edges of the matrix.

    With `of %rank` it is a tile of the matrix of that rank. With `rows %count` it holds so many rows at most.
    """

    matrix: Operand[Matrix]
    offsets: Sequence[Operand[Index]]
    rank: Operand[Index] | None = None
    rows: Operand[Index] | None = None
    tile: Result[TileType] = ext.result(kw_only=True)
    assembly = "$matrix `[` $offsets `]` (`of` $rank^)? (`rows` $rows^)? attr-dict `:` type($matrix) `->` type($tile)"

    @verified
    def verify_invariants(op):
        _two_offsets(op)
        matrix, tile = op.matrix.type, _tile(op.tile)
        _require(matrix.element_type == tile.element, f"loads elements of type {matrix.element_type} as {tile.element}")


class ZerosOp(Dovetail.Operation, name="zeros", traits=[Pure]):
    """An accumulator that holds zeros."""

    tile: Result[TileType]
    assembly = "attr-dict `:` type($tile)"


class BroadcastOp(Dovetail.Operation, name="broadcast", traits=[Pure]):
    """An accumulator of which each row is `row`, a tile of one row."""

    row: Operand[TileType]
    tile: Result[TileType] = ext.result(kw_only=True)
    assembly = "$row attr-dict `:` type($row) `->` type($tile)"

    @verified
    def verify_invariants(op):
        (rows, columns), (_, width) = _tile(op.row).sizes, _tile(op.tile).sizes
        _require(rows == 1, f"repeats a tile of one row, not of {rows}")
        _require(columns == width, f"gives {columns} columns, not {width}")


Accumulator = TypeVar("Accumulator", bound=TileType)
MIXED = ("f8E4M3FN", "f8E5M2")  # that are multiplied with each other too


class MultiplyOp(Dovetail.Operation, name="multiply", traits=[Pure]):
    """`accumulator + lhs @ rhs`, each product and sum in the accumulator's type.

    With scales, each so many numbers along the contraction of a row of `lhs`, or of a column of `rhs`, are multiplied
    by one: the scales of `rhs` have a row for each of its columns.
    """

    lhs: Operand[TileType]
    rhs: Operand[TileType]
    accumulator: Operand[Accumulator]
    result: Result[Accumulator]
    lhs_scales: Operand[TileType] | None = None
    rhs_scales: Operand[TileType] | None = None
    assembly = (
        "$lhs `,` $rhs `,` $accumulator (`scaled` $lhs_scales^)? (`by` $rhs_scales^)? attr-dict "
        "`:` type($lhs) `,` type($rhs) `->` type($result) (`scaled` type($lhs_scales)^)? (`by` type($rhs_scales)^)?"
    )

    @verified
    def verify_invariants(op):
        lhs, rhs, accumulator = _tile(op.lhs), _tile(op.rhs), _tile(op.accumulator)
        (m, k), (depth, n) = lhs.sizes, rhs.sizes
        _require(k == depth, f"contraction mismatch: {m}x{k} times {depth}x{n}")
        mixed = str(lhs.element) in MIXED and str(rhs.element) in MIXED
        _require(
            lhs.element == rhs.element or mixed, f"multiplies tiles of one type, not {lhs.element} by {rhs.element}"
        )
        _require(
            accumulator.sizes == [m, n], f"accumulates {m}x{n}, not {'x'.join(str(size) for size in accumulator.sizes)}"
        )
        _require(op.result.type == op.accumulator.type, f"gives {op.accumulator.type}, not {op.result.type}")


class TimesOp(Dovetail.Operation, name="times", traits=[Pure]):
    """`lhs * rhs`, element by element, in f32: integers are converted first, packed scales unpacked.

    A tile of one row or one column stands for as many alike.
    """

    lhs: Operand[TileType]
    rhs: Operand[TileType]
    result: Result[TileType] = ext.result(kw_only=True)
    assembly = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)"
    verify_invariants = verified(_elementwise)


class PlusOp(Dovetail.Operation, name="plus", traits=[Pure]):
    """`lhs + rhs`, element by element, in f32, as `times` multiplies."""

    lhs: Operand[TileType]
    rhs: Operand[TileType]
    result: Result[TileType] = ext.result(kw_only=True)
    assembly = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)"
    verify_invariants = verified(_elementwise)


class AddScaledOp(Dovetail.Operation, name="add_scaled", traits=[Pure]):
    """`accumulator + lhs_scale * rhs_scales * tile`, in f32: scales of a block of rows and of blocks of columns."""

    tile: Operand[TileType]
    lhs_scale: Operand[TileType]
    rhs_scales: Operand[TileType]
    accumulator: Operand[Accumulator]
    result: Result[Accumulator]
    assembly = (
        "$tile `,` $accumulator `scaled` $lhs_scale `by` $rhs_scales attr-dict "
        "`:` type($tile) `->` type($result) `scaled` type($lhs_scale) `by` type($rhs_scales)"
    )

    @verified
    def verify_invariants(op):
        tile, rows, columns = _tile(op.tile), _tile(op.lhs_scale), _tile(op.rhs_scales)
        _require(op.result.type == op.accumulator.type == tile, "adds a tile to a sum of the same type")
        _require(str(tile.element) == "f32", f"adds f32, not {tile.element}")
        for scales in (rows, columns):
            _require(str(scales.element) == "f32", f"scales by f32, not by {scales.element}")
        _require(columns.sizes[0] == 1, f"takes one scale for each block of columns, not {columns.sizes[0]}")


class StoreOp(Dovetail.Operation, name="store", traits=[effects(writes=(1,))]):
    """Writes a tile at the offsets, clipped at the edges of the matrix, rounded once to the matrix' element type.

    With `rows %count` it writes so many rows at most. With `scaled %scales`, one row of packed scales, each column is
    multiplied by its scale before it is rounded.
    """

    tile: Operand[TileType]
    matrix: Operand[Matrix]
    offsets: Sequence[Operand[Index]]
    rank: Operand[Index] | None = None
    rows: Operand[Index] | None = None
    scales: Operand[TileType] | None = None
    assembly = (
        "$tile `,` $matrix `[` $offsets `]` (`of` $rank^)? (`rows` $rows^)? (`scaled` $scales^)? attr-dict "
        "`:` type($tile) `,` type($matrix) (`,` type($scales)^)?"
    )

    @verified
    def verify_invariants(op):
        _two_offsets(op)
        _tile(op.tile)


class CopyOp(Dovetail.Operation, name="copy", traits=[effects(reads=(0,), writes=(1,))]):
    """Copies a whole matrix: here, the gathered matrix to an output that wants it."""

    source: Operand[Matrix]
    destination: Operand[Matrix]
    assembly = "$source `,` $destination attr-dict `:` type($source) `,` type($destination)"

    @verified
    def verify_invariants(op):
        source, destination = op.source.type.element_type, op.destination.type.element_type
        _require(source == destination, f"copies elements of one type, not {source} to {destination}")


class BarrierOp(Dovetail.Operation, name="barrier"):
    """All cores of all ranks: what the stage before wrote is there when the stage after starts."""

    assembly = "attr-dict"


# -- how ranks cooperate --


class ChunksOp(Dovetail.Operation, name="chunks", traits=[Pure]):
    """How many chunks each rank's part of the gathered matrix travels in."""

    gathered: Operand[Matrix]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$gathered attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class PeerOp(Dovetail.Operation, name="peer", traits=[Pure]):
    """The peer at a position: whom a chunk goes to (`to`) or comes from (`from`). Position 0 is the rank itself.

    `order-tiles` chooses the order. Both ends choose by one rule, so that what is sent first is expected first.
    """

    gathered: Operand[Matrix]
    role: ir.StringAttr["to"] | ir.StringAttr["from"]
    position: Operand[Index]
    rank: Result[Index] = ext.result(kw_only=True)
    assembly = "$gathered $role $position attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class PushOp(Dovetail.Operation, name="push", traits=[effects(reads=(0,), writes=(1,))]):
    """Writes a chunk of the own rows into the window of `rank`."""

    matrix: Operand[Matrix]
    gathered: Operand[Matrix]
    chunk: Operand[Index]
    rank: Operand[Index]
    assembly = "$matrix `,` $gathered `[` $chunk `]` `to` $rank attr-dict `:` type($matrix) `,` type($gathered)"
    verify_invariants = verified(_on_gathered)


class ArriveOp(Dovetail.Operation, name="arrive"):
    """Tells `rank` that the chunk is there: counts its arrival counter up, behind the data."""

    gathered: Operand[Matrix]
    chunk: Operand[Index]
    rank: Operand[Index]
    assembly = "$gathered `[` $chunk `]` `at` $rank attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class AwaitArrivalOp(Dovetail.Operation, name="await_arrival"):
    """A vector core polls the arrival counters of `rank` until the chunk is there."""

    gathered: Operand[Matrix]
    chunk: Operand[Index]
    rank: Operand[Index]
    assembly = "$gathered `[` $chunk `]` `from` $rank attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class AwaitReleaseOp(Dovetail.Operation, name="await_release"):
    """A sending core polls the release counters of `rank` until the slot that the chunk takes is free there."""

    gathered: Operand[Matrix]
    chunk: Operand[Index]
    rank: Operand[Index]
    assembly = "$gathered `[` $chunk `]` `of` $rank attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class ReleaseOp(Dovetail.Operation, name="release"):
    """Tells `rank` that this block has read the chunk that came from it for the last time."""

    gathered: Operand[Matrix]
    chunk: Operand[Index]
    rank: Operand[Index]
    assembly = "$gathered `[` $chunk `]` `to` $rank attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class KeepOp(Dovetail.Operation, name="keep", traits=[effects(reads=(0,), writes=(3,))]):
    """Copies this block's share of a chunk of `rank` from its slot to the rows of `destination` that it belongs to."""

    gathered: Operand[Matrix]
    chunk: Operand[Index]
    rank: Operand[Index]
    destination: Operand[Matrix]
    assembly = (
        "$gathered `[` $chunk `]` `of` $rank `,` $destination attr-dict `:` type($gathered) `,` type($destination)"
    )
    verify_invariants = verified(_on_gathered)


class KeepOwnOp(Dovetail.Operation, name="keep_own", traits=[effects(reads=(0,), writes=(1,))]):
    """Copies this block's share of the own rows of `matrix` to the rows of `destination` that they belong to."""

    matrix: Operand[Matrix]
    destination: Operand[Matrix]
    assembly = "$matrix `,` $destination attr-dict `:` type($matrix) `,` type($destination)"


class GroupsOp(Dovetail.Operation, name="groups", traits=[Pure]):
    """How many groups of rows the consumers of a gathered matrix take it in."""

    gathered: Operand[Matrix]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$gathered attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class GroupOp(Dovetail.Operation, name="group", traits=[Pure]):
    """One group of rows: the matrix in which they lie and the first of them there, the row of the gathered matrix that
    this is, how many they are, and how many arrivals beyond those of earlier groups they need.

    `order-tiles` chooses the groups and their order.
    """

    gathered: Operand[Matrix]
    group: Operand[Index]
    rows: Result[Matrix] = ext.result(kw_only=True)
    origin: Result[Index] = ext.result(kw_only=True)
    first: Result[Index] = ext.result(kw_only=True)
    count: Result[Index] = ext.result(kw_only=True)
    arrivals: Result[Index] = ext.result(kw_only=True)
    assembly = "$gathered `[` $group `]` attr-dict `:` type($gathered) `->` type($rows)"
    verify_invariants = verified(_on_gathered)


class PartOp(Dovetail.Operation, name="part", traits=[Pure]):
    """The rows of a chunk of `rank` where they lie in the own window."""

    gathered: Operand[Matrix]
    chunk: Operand[Index]
    rank: Operand[Index]
    rows: Result[Matrix] = ext.result(kw_only=True)
    assembly = "$gathered `[` $chunk `]` `of` $rank attr-dict `:` type($gathered) `->` type($rows)"
    verify_invariants = verified(_on_gathered)


class ChunkRowsOp(Dovetail.Operation, name="chunk_rows", traits=[Pure]):
    """How many rows a chunk has; the last of a rank may have fewer."""

    gathered: Operand[Matrix]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$gathered attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class AwaitArrivalsOp(Dovetail.Operation, name="await_arrivals"):
    """The cube core waits until `count` further chunks have arrived."""

    gathered: Operand[Matrix]
    count: Operand[Index]
    assembly = "$gathered `,` $count attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class ConsumeOp(Dovetail.Operation, name="consume"):
    """The cube core has read `count` further chunks for the last time."""

    gathered: Operand[Matrix]
    count: Operand[Index]
    assembly = "$gathered `,` $count attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class BesideOp(Dovetail.Operation, name="beside", traits=[Pure]):
    """The matrix in which rows of one group lie, of a gathered matrix that travels with another one. They begin at the
    origin of the group."""

    gathered: Operand[Matrix]
    group: Operand[Index]
    rows: Result[Matrix] = ext.result(kw_only=True)
    assembly = "$gathered `[` $group `]` attr-dict `:` type($gathered) `->` type($rows)"
    verify_invariants = verified(_on_gathered)


class ForwardOp(Dovetail.Operation, name="forward"):
    """A vector core tells the cube core of its block that the next chunk has arrived."""

    assembly = "attr-dict"


class AwaitConsumedOp(Dovetail.Operation, name="await_consumed"):
    """A vector core waits until the cube core of its block has consumed the next chunk."""

    assembly = "attr-dict"


# -- which cores run what --


class BlockOp(Dovetail.Operation, name="block", traits=[Pure]):
    """The block that this core belongs to."""

    value: Result[Index]
    assembly = "attr-dict"


class BlocksOp(Dovetail.Operation, name="blocks", traits=[Pure]):
    """How many blocks run the kernel on this rank."""

    value: Result[Index]
    assembly = "attr-dict"


class LanesOp(Dovetail.Operation, name="lanes", traits=[Pure]):
    """How many blocks of each rank send: each sends its share of every chunk and has an arrival counter of its own."""

    gathered: Operand[Matrix]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$gathered attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class AheadOp(Dovetail.Operation, name="ahead", traits=[Pure]):
    """How many chunks a vector core forwards before it waits for the cube core to have consumed the first of them.

    Not more than cross-core flags can be outstanding, and not more than the slots hold, or where there are several, all
    but one: a core that waited for the arrival of a chunk whose slot it has yet to release would wait for ever.
    """

    gathered: Operand[Matrix]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$gathered attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class EnterLaunchOp(Dovetail.Operation, name="enter_launch"):
    """Reads from the own window how far the counters have come: what this launch counts on from."""

    gathered: Operand[Matrix]
    assembly = "$gathered attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class LeaveLaunchOp(Dovetail.Operation, name="leave_launch"):
    """All vector cores of the rank are done: one of them records how far the counters have come."""

    gathered: Operand[Matrix]
    assembly = "$gathered attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


# -- epilogues: what the vector cores of a block make of the tiles that its cube core accumulates --


class HandOverOp(Dovetail.Operation, name="hand_over"):
    """The cube core hands a tile to the vector cores of its block: it writes it where they read it, and tells them. It
    waits until they have read the tile whose place this one takes."""

    tile: Operand[TileType]
    assembly = "$tile attr-dict `:` type($tile)"


class TakeOp(Dovetail.Operation, name="take"):
    """Each vector core waits for the next tile that the cube core of its block hands over."""

    tile: Result[TileType]
    assembly = "attr-dict `:` type($tile)"


class GiveBackOp(Dovetail.Operation, name="give_back"):
    """A vector core has read the tile that it took last; the cube core may write another in its place."""

    assembly = "attr-dict"


class MeetOp(Dovetail.Operation, name="meet"):
    """Both vector cores of a block have come so far: what either has read before, nobody reads after."""

    assembly = "attr-dict"


class VectorCoreOp(Dovetail.Operation, name="vector_core", traits=[Pure]):
    """Which vector core of its block runs this: 0 or 1."""

    value: Result[Index]
    assembly = "attr-dict"


class TallyType(Dovetail.Type, name="tally"):
    """A count that a core keeps."""


class CounterOp(Dovetail.Operation, name="counter"):
    """A count, from zero."""

    counter: Result[TallyType]
    assembly = "attr-dict"


class CountOp(Dovetail.Operation, name="count"):
    """What a counter shows now."""

    counter: Operand[TallyType]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$counter attr-dict"


class CountUpOp(Dovetail.Operation, name="count_up"):
    """Counts one further."""

    counter: Operand[TallyType]
    assembly = "$counter attr-dict"


class HasArrivedOp(Dovetail.Operation, name="has_arrived"):
    """Looks once at the arrival counters of `rank`: whether the chunk is there."""

    gathered: Operand[Matrix]
    chunk: Operand[Index]
    rank: Operand[Index]
    value: Result[ir.IntegerType[1]] = ext.result(kw_only=True)
    assembly = "$gathered `[` $chunk `]` `from` $rank attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)


class IsReleasedOp(Dovetail.Operation, name="is_released"):
    """Looks once at the counters of `rank`: whether the slot that the chunk takes is free there."""

    gathered: Operand[Matrix]
    chunk: Operand[Index]
    rank: Operand[Index]
    value: Result[ir.IntegerType[1]] = ext.result(kw_only=True)
    assembly = "$gathered `[` $chunk `]` `of` $rank attr-dict `:` type($gathered)"
    verify_invariants = verified(_on_gathered)
