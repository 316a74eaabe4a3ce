"""From L1 to L0 on architecture 3510, whose LoadData takes a region of fractals at a time.

L0A holds columns of fractals there, as L1 does. A right matrix that lies as [n, k] goes to L0B as it is; each fractal
of one that lies as [k, n] is transposed on the way, numbers of 8 bits in squares of 32.
"""

from dovetail.dialect import ascendc, build
from dovetail.dialect.bindings import ir
from dovetail.dialect.build import named, when
from dovetail.dialect.dovetail import BroadcastOp, LoadOp, MultiplyOp
from dovetail.passes.lowering import bits_of, bytes_of
from dovetail.passes.registry import fail

ARCHITECTURE = "3510"
SLOTS = 2  # one slot is filled while the other is read
BLOCK_BYTES, SIDE = 32, 16  # of a row of a fractal; rows
SHARED = 32  # numbers along the contraction that share a scale
SCALED = ("f8E4M3FN", "f8E5M2", "f4E2M1FN")
ONLY_SCALED = ("f4E2M1FN",)  # of which Mmad takes no others
PAIRED = 2 * SHARED  # scales come in pairs


def load_slice(slots, tiles, transposed: bool, begin: ir.Value, sizes, depths) -> ir.Value:
    """Loads a slice of both tiles of a product, from depth `begin` on. Returns the columns that are multiplied.

    slots: of L0A and L0B. tiles: in L1. sizes: rows and columns. depths: of the slice, and of the tiles.
    """
    (left, right), (left_tile, right_tile), (rows, columns), (depth, tile_depth) = slots, tiles, sizes, depths
    width = 8 * BLOCK_BYTES // bits_of(left_tile.type.element_type)
    deep = build.divide_up(depth, width, "deepFractals")
    high = build.divide_up(rows, SIDE, "highFractals")
    start = build.divide(begin, width, "first")
    _load(left, left_tile, (0, start), (high, deep), (high, high))
    if transposed:
        wide = build.divide_up(columns, SIDE, "wideFractals")
        _load(right, right_tile, (0, start), (wide, deep), (wide, wide))
        return columns
    across = build.divide_up(columns, width, "wideFractals")
    wide = build.multiply(across, width // SIDE)
    rows_of_k = build.multiply(deep, width // SIDE)
    pitch = build.multiply(build.divide_up(tile_depth, width), width // SIDE)
    _load(right, right_tile, (build.divide(begin, SIDE), 0), (rows_of_k, across), (pitch, wide), transpose=True)
    return columns if width == SIDE else build.multiply(wide, SIDE, "multipliedColumns")


def _load(target, source, start, extents, pitches, transpose: bool = False) -> None:
    numbers = [build.value_of(number) for pair in (start, extents, pitches) for number in pair]
    flag = ir.IntegerAttr.get(ir.IntegerType.get_signless(1), transpose)
    ascendc.LoadRegionOp(target, source, *numbers, flag)


def load_scaled_slice(slots, tiles, scales, begin: ir.Value, sizes, depth: ir.Value, pairs: ir.Value) -> ir.Value:
    """As `load_slice`, of tiles with scales. Returns the depth that is multiplied.

    scales: in L1. depth: of the slice. pairs: of the tile, of each row.
    """
    own_pairs = build.divide_up(depth, PAIRED, "slicePairs")
    multiplied = build.multiply(own_pairs, PAIRED, "multipliedDepth")
    width = 8 * BLOCK_BYTES // bits_of(tiles[0].type.element_type)
    deep = build.divide(multiplied, width, "deepFractals")
    for target, tile, of_tile, extent in zip(slots, tiles, scales, sizes):
        high = build.divide_up(extent, SIDE)
        first, first_pair = build.divide(begin, width, "first"), build.divide(begin, PAIRED, "firstPair")
        ascendc.LoadScaledOp(target, tile, of_tile, first, high, deep, first_pair, own_pairs, pairs)
    return multiplied


class Scales:
    """The scales of both tiles of a product in L1: for each 16 rows, fractals of 16 rows of a pair."""

    def __init__(self, function, multiply: MultiplyOp, depth: int, which: str):
        if function.machine.architecture != ARCHITECTURE:
            fail(multiply, f"products have no scales along the contraction on {function.machine.name}")
        for tile in (multiply.lhs, multiply.rhs):
            if str(tile.type.element) not in SCALED:
                fail(multiply, f"tiles of {tile.type.element} have no scales along the contraction")
        (m, _), (_, n) = multiply.lhs.type.sizes, multiply.rhs.type.sizes
        if depth % PAIRED:
            fail(multiply, f"tiles with scales are a multiple of {PAIRED} deep, not {depth}")
        element = multiply.lhs_scales.type.element
        self.rings = [
            function.buffer("A1", "L1", SLOTS, extent * depth // SHARED, element, f"l1{side}Scales{which}")
            for extent, side in ((m, "A"), (n, "B"))
        ]

    def load(self, function, loads, slot: ir.Value, sizes, depth: ir.Value, k: ir.Value, whole: ir.Value):
        """From global memory to L1: of the tiles from depth `k` on. whole: the depth of the matrices."""
        pairs = build.divide_up(depth, PAIRED, "pairs")
        stride = build.divide_up(whole, PAIRED, "pairsOfRow")
        made = []
        for load, ring, rows, name in zip(loads, self.rings, sizes, ("leftScales", "rightScales")):
            tile = function.slot(ring, slot, name)
            row = function.rebuild[load.offsets[0]]
            place = build.add(build.multiply(row, build.multiply(stride, 2)), build.divide(k, SHARED, "scale"))
            source = function.at(function.rebuild[load.matrix], place)
            ascendc.CopyScalesOp(tile, source, rows, pairs, stride, pairs)
            made.append(tile)
        return made, pairs

    def fill(self, function, tiles, sizes, depth: ir.Value) -> None:
        """Zeros where the tiles end in the middle of a pair of scales. Those of 4 bits do not: a pair fills a block."""
        if bits_of(tiles[0].type.element_type) < 8:
            return
        blocks = build.divide_up(depth, BLOCK_BYTES, "deepBlocks")

        def zeros() -> None:
            for tile, extent in zip(tiles, sizes):
                aligned = build.round_up(extent, SIDE)
                behind = build.multiply(build.multiply(blocks, BLOCK_BYTES), aligned)
                ascendc.FillZerosOp(function.at(tile, behind), aligned)

        when(build.compare(build.remainder(blocks, PAIRED // BLOCK_BYTES), "!=", 0), zeros)


def multiply_l0(tensors, sizes, first: ir.Value, bias: ir.Value | None, scaled: bool = False) -> None:
    """Mmad of what lies in L0. The first one of an accumulator starts from zeros or from a row of the bias table."""
    accumulator, left, right = tensors

    def multiply(initial: ir.Value, row: ir.Value | None = None) -> None:
        made = ascendc.MmadOp(accumulator, left, right, *sizes, initial, bias=row)
        made.operation.attributes["architecture"] = ir.StringAttr.get(ARCHITECTURE)
        if scaled:
            made.operation.attributes["scaled"] = ir.UnitAttr.get()

    if bias is None:
        multiply(first)
        return
    never = build.compare(build.constant(0), "!=", 0)

    def later() -> list[ir.Value]:
        multiply(never)
        return []

    when(first, lambda: multiply(never, bias), later)


class Bias:
    """The rows that accumulators start from: from global memory to L1, and to the bias table, where they are floats."""

    def __init__(self, function, broadcasts: list[BroadcastOp]):
        if function.machine.architecture != ARCHITECTURE:
            fail(broadcasts[0], f"accumulators start from zeros on {function.machine.name}")
        rows = {str(op.row.type.element): op.row.type for op in broadcasts}
        if len(rows) > 1:
            fail(broadcasts[1], f"accumulators start from rows of one type, not of {', '.join(rows)}")
        ((_, row),) = rows.items()
        width = max(op.row.type.sizes[1] for op in broadcasts)
        self.unit = 2 * BLOCK_BYTES  # a copy to the bias table is of whole pairs of blocks
        elements = -(-width * bytes_of(row.element) // self.unit) * self.unit // bytes_of(row.element)
        self.l1 = function.buffer("C1", "L1", SLOTS, elements, row.element, "l1Bias")
        self.table = function.buffer("C2", "BT", SLOTS, elements, ir.F32Type.get(), "biasTable")
        self.next = function.counter("biasTaken")

    def load(self, function, load: LoadOp, columns: ir.Value) -> ir.Value:
        """The row of a tile, in the bias table."""
        slot = ascendc.NextSlotOp(self.next, build.i64(SLOTS), slot=function.index, loc=named("biasSlot")).slot
        row, table = function.slot(self.l1, slot, "biasRow"), function.slot(self.table, slot, "tableRow")
        source = function.at(function.rebuild[load.matrix], function.rebuild[load.offsets[1]])
        ascendc.CopyWordsOp(row, source, columns)
        bytes = build.multiply(columns, bytes_of(load.tile.type.element))
        pairs = build.divide_up(bytes, self.unit)
        ascendc.CopyBiasOp(table, row, build.multiply(pairs, self.unit // BLOCK_BYTES))
        return table
