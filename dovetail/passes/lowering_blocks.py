"""What the vector cores run at the level of Ascend C where they scale products by blocks and add them up.

The cube core hands over the product of one block along the contraction after the other. Each vector core takes half of
its rows, block by block of those that share a scale, and of each block a piece at a time: to UB, times the product of
both scales, and onto sums that stay in UB until the last product is added.
"""

from dovetail.dialect import ascendc, build
from dovetail.dialect.bindings import ir
from dovetail.dialect.build import loop, named, when
from dovetail.dialect.dovetail import AddScaledOp, StoreOp
from dovetail.passes.lowering import bytes_of
from dovetail.passes.registry import fail
from dovetail.target.machine import Limits

SLOTS = 2
BRCB_NUMBERS = 8  # of a repeat; as many blocks of 32 bytes are written
PIECE_BYTES = 16 << 10  # of a product, in UB


class Totals:
    """The sums of a tile in UB, and the buffers of the products that are added to them.

    function: the FinishFunction whose operations these are.
    """

    def __init__(self, function, adds: list[AddScaledOp]):
        self.function = function
        self.limits: Limits = function.limit
        heights, widths = zip(*(add.tile.type.sizes for add in adds))
        self.width = max(widths)
        self.half = -(-max(heights) // 2)
        self.piece_rows = max(min(self.half, self.limits.repeat, PIECE_BYTES // (4 * self.width)), 1)
        self.blocks = max(add.rhs_scales.type.sizes[1] for add in adds)  # of columns
        outputs = {str(op.matrix.type.element_type): op.matrix.type.element_type for op in function.stores()}
        if len(outputs) > 1:
            fail(function.source, f"vector cores finish tiles of one type of output, not of {', '.join(outputs)}")
        (self.output,) = outputs.values()
        self.rounds = str(self.output) != "f32"

    @property
    def bytes(self) -> int:
        """What the buffers take of UB, with some to spare for alignment."""
        sums = self.half * self.width * (4 + (bytes_of(self.output) if self.rounds else 0))
        pieces = (SLOTS + 1) * self.piece_rows * self.width * 4
        return sums + pieces + 4 * BRCB_NUMBERS * (2 * SLOTS * self.blocks + BRCB_NUMBERS * self.blocks) + 1024

    def make_buffers(self) -> None:
        function, f32 = self.function, ir.F32Type.get()
        piece = self.piece_rows * self.width
        # Rounded sums have a place of their own; others are stored from where they are.
        self.sums = function.buffer(
            "VECCALC" if self.rounds else "VECOUT", "UB", 1, self.half * self.width, f32, "sums"
        )
        self.products = function.buffer("VECIN", "UB", SLOTS, piece, f32, "products")
        self.scaled = function.buffer("VECCALC", "UB", 1, piece, f32, "scaled")
        self.row_scale = function.buffer("VECIN", "UB", SLOTS, BRCB_NUMBERS, f32, "rowScale")
        # Each in a block of 32 bytes of its own.
        self.column_scales = function.buffer("VECIN", "UB", SLOTS, BRCB_NUMBERS * self.blocks, f32, "columnScales")
        self.scale = function.buffer("VECCALC", "UB", 1, BRCB_NUMBERS, f32, "scale")
        self.factors = function.buffer("VECCALC", "UB", 1, BRCB_NUMBERS**2 * self.blocks, f32, "factors")
        if self.rounds:
            self.rounded = function.buffer("VECOUT", "UB", 1, self.half * self.width, self.output, "rounded")
        self.next_block, self.next_piece = function.counter("blocksTaken"), function.counter("piecesTaken")

    # -- tiles --

    def accumulate(self, op) -> None:
        """The loop over the depth."""
        function, operation = self.function, op.operation
        (self.store,) = [use.owner.opview for use in operation.results[0].uses if isinstance(use.owner.opview, StoreOp)]
        rows, self.columns = function.extents(self.store)
        self.begin, self.end = function.half_of(rows)
        self.tile_sums = function.slot(self.sums, build.constant(0), "sumsOfTile")
        body = operation.regions[0].blocks[0]
        start, self.depth, self.step = (function.rebuild[operand] for operand in operation.operands[:3])
        over = loop(start, self.depth, self.step, build.name_of(body.arguments[0].location) or "k")
        build.comment(over.op, "One product after the other is scaled and added to the sums of this core's half.")
        with over as self.k:
            function.rebuild.values[body.arguments[0]] = self.k
            function.rebuild.block(body, skip_terminator=True)

    def add(self, op: AddScaledOp) -> list:
        """Scales a product and adds it."""
        function = self.function
        rows, columns = _maker(op.lhs_scale), _maker(op.rhs_scales)
        (_, width), scales = op.tile.type.sizes, op.rhs_scales.type.sizes[1]
        self.block_columns = width // scales
        block = build.divide(self.k, self.step, "depthBlock")
        column_scales = self.load_column_scales(columns, block)

        place = _maker(rows.offsets[0])  # of the block in which the tile begins
        of_rank, height = function.rebuild[place.rows], place.block.value
        blocks_of_rank = build.divide_up(of_rank, height, "blocksOfRank")
        first_row = function.rebuild[place.row]

        def block_of(row: ir.Value, name: str) -> ir.Value:
            within = build.divide(build.remainder(row, of_rank), height)
            return build.add(build.multiply(build.divide(row, of_rank), blocks_of_rank), within, name)

        first = block_of(build.add(first_row, self.begin, "firstOfHalf"), "firstBlock")
        last = block_of(build.subtract(build.add(first_row, self.end), 1, "lastOfHalf"), "lastBlock")
        over = loop(first, build.add(last, 1), name="rowBlock")
        build.comment(over.op, "Blocks of rows with a scale; those of each rank begin anew.")
        with over as row_block:
            slot = ascendc.NextSlotOp(
                self.next_block, build.i64(SLOTS), slot=function.index, loc=named("blockSlot")
            ).slot
            row_scale = function.slot(self.row_scale, slot, "scaleOfRows")
            pitch = build.divide_up(self.depth, self.step, "depthBlocks")
            source = function.at(function.rebuild[rows.matrix], build.add(build.multiply(row_block, pitch), block))
            ascendc.CopyInOp(row_scale, source, build.constant(1))
            factors = self.multiply_scales(row_scale, column_scales)

            rank = build.divide(row_block, blocks_of_rank)
            within = build.multiply(build.remainder(row_block, blocks_of_rank), height, "rowOfRank")
            start = build.subtract(build.add(build.multiply(rank, of_rank), within), first_row, "firstRow")
            rows_of_block = build.minimum(height, build.subtract(of_rank, within), "blockRows")
            after = build.add(start, rows_of_block, "afterBlock")
            begin, end = build.maximum(start, self.begin, "blockBegin"), build.minimum(after, self.end, "blockEnd")
            with loop(begin, end, self.piece_rows, "row") as row:
                piece_rows = build.minimum(self.piece_rows, build.subtract(end, row), "pieceRows")
                self.add_piece(row, piece_rows, width, factors, build.compare(block, "==", 0))
        return []

    def load_column_scales(self, load, block: ir.Value) -> ir.Value:
        """The scales of the tile's blocks of columns, of a block of the depth."""
        function = self.function
        matrix = function.matrix(load.matrix)
        column = function.rebuild[load.offsets[1]]
        across, along = (function.size(size) for size in reversed(matrix.sizes))
        if matrix.transposed:
            place, gap = build.add(build.multiply(column, along), block), build.subtract(along, 1)
        else:
            place, gap = build.add(build.multiply(block, across), column), build.constant(0)
        scales = function.slot(self.column_scales, function.tile_slot, "scalesOfColumns")
        of_tile = build.divide_up(self.columns, self.block_columns, "columnBlocks")
        one, together = build.constant(1), build.constant(0)
        ascendc.CopyRowsInOp(scales, function.at(matrix.tensor, place), of_tile, one, gap, together)
        return scales

    def multiply_scales(self, row_scale: ir.Value, column_scales: ir.Value) -> ir.Value:
        """For each block of columns the product of both scales, in every number of a block of 32 bytes."""
        function = self.function
        scale = function.slot(self.scale, build.constant(0), "productOfScales")
        factors = function.slot(self.factors, build.constant(0), "factorsOfBlocks")
        numbers, one = build.constant(BRCB_NUMBERS), build.constant(1)
        with loop(0, build.divide_up(self.columns, self.block_columns), name="columnBlock") as number:
            of_columns = function.at(column_scales, build.multiply(number, BRCB_NUMBERS))
            strides = _array(1, 1, 1), _array(BRCB_NUMBERS, BRCB_NUMBERS, BRCB_NUMBERS)
            ascendc.MulOp(scale, row_scale, of_columns, numbers, one, *strides)
            ascendc.BrcbOp(function.at(factors, build.multiply(number, BRCB_NUMBERS**2)), scale, one)
        return factors

    def add_piece(self, row: ir.Value, rows: ir.Value, width: int, factors: ir.Value, is_first: ir.Value) -> None:
        function = self.function
        slot = ascendc.NextSlotOp(self.next_piece, build.i64(SLOTS), slot=function.index, loc=named("pieceSlot")).slot
        product = function.slot(self.products, slot, "productOfPiece")
        scaled = function.slot(self.scaled, build.constant(0), "scaledPiece")
        source = function.at(function.taken, build.multiply(row, width))
        gap = build.subtract(width, self.columns)
        ascendc.CopyRowsInOp(product, source, rows, self.columns, gap, self.gap(self.columns, 4))
        repeat = self.limits.repeat_bytes // 4
        first = build.multiply(build.subtract(row, self.begin), self.width)
        pitch = self.pitch(4)
        with loop(0, self.columns, min(repeat, self.block_columns), "lane") as lane:
            lanes = build.minimum(min(repeat, self.block_columns), build.subtract(self.columns, lane), "lanes")
            factor = function.at(
                factors, build.multiply(build.divide(lane, self.block_columns), BRCB_NUMBERS**2), "factor"
            )
            sums = function.at(self.tile_sums, build.add(first, lane), "sumsOfLanes")
            of_lanes = function.at(product, lane, "productOfLanes")

            def multiply(target: ir.Value) -> None:
                ascendc.MulOp(target, of_lanes, factor, lanes, rows, _array(1, 1, 0), _array(pitch, pitch, 0))

            def add() -> list:
                to_add = function.at(scaled, lane, "scaledLanes")
                multiply(to_add)
                ascendc.AddOp(sums, sums, to_add, lanes, rows, _array(1, 1, 1), _array(pitch, pitch, pitch))
                return []

            when(is_first, lambda: multiply(sums), add)

    def finish(self, op: StoreOp) -> None:
        """Rounds the sums of a tile and stores them."""
        function = self.function
        matrix = function.matrix(op.matrix)
        row, column = (function.rebuild[offset] for offset in op.offsets)
        stride = function.size(matrix.sizes[1])
        rows = build.subtract(self.end, self.begin, "ownRows")

        def store() -> None:
            stored, bytes = self.tile_sums, 4
            if self.rounds:
                stored, bytes = function.slot(self.rounded, build.constant(0), "roundedSums"), bytes_of(self.output)
                repeat = self.limits.repeat_bytes // 4
                with loop(0, self.columns, repeat, "lane") as lane:
                    lanes = build.minimum(repeat, build.subtract(self.columns, lane), "lanes")
                    to, source = function.at(stored, lane), function.at(self.tile_sums, lane)
                    ascendc.CastOp(to, source, lanes, rows, _array(self.pitch(bytes), self.pitch(4)))
            place = build.add(build.multiply(build.add(row, self.begin), stride), column)
            gap, target = build.subtract(stride, self.columns), function.at(matrix.tensor, place)
            ascendc.CopyRowsOutOp(target, stored, rows, self.columns, self.gap(self.columns, bytes), gap)

        when(build.compare(rows, ">", 0), store)

    def pitch(self, bytes: int) -> int:
        """Blocks of 32 bytes from one row to the next, of numbers of so many bytes."""
        return self.width * bytes // self.limits.block_bytes

    def gap(self, columns: ir.Value, bytes: int) -> ir.Value:
        """Blocks of 32 bytes that a row of so many columns leaves free."""
        return build.subtract(self.pitch(bytes), build.divide_up(columns, self.limits.block_bytes // bytes))


def _maker(value: ir.Value):
    """The operation that gives a value."""
    made = build.defining(value)
    assert made is not None
    return made.opview


def _array(*numbers: int) -> ir.ArrayAttr:
    return ir.ArrayAttr.get([build.i64(number) for number in numbers])
