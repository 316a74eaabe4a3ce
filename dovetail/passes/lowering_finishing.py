"""What the vector cores run at the level of Ascend C where they finish the tiles that the cube core accumulates.

A tile lies in a slot of the block's ring in the workspace. Each vector core takes half of its rows, a piece at a time:
to UB, through the vector unit, back to global memory. In UB a row of a piece is as long as a tile is wide. Vector
instructions take the rows as repeats, and of each row as many elements as a repeat holds.
"""

from dataclasses import dataclass

from dovetail.dialect import ascendc, build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import loop, named, when
from dovetail.dialect.dovetail import GatheredOp, KeepOp, LoadOp, PartOp, PlusOp, StoreOp, TakeOp, TimesOp
from dovetail.passes.lowering import WORDS_OF_PACKED, bytes_of, i32
from dovetail.passes.lowering_tiles import GIVEN_BACK, HANDED_OVER, SLOTS, workspace_slot, workspace_slots
from dovetail.passes.lowering_transfers import SharedFunctions, VectorFunction
from dovetail.passes.registry import fail
from dovetail.target import window

MET = "MET"
PIECE_BYTES = 96 << 10  # of UB, for the pieces that are at work
BRCB_NUMBERS = 8  # of a repeat
UNUSED_BITS = 13  # of a packed scale's mantissa


@dataclass
class Factor:
    """A tile in UB, from some column on. `blocks` and `rows` are the strides of a repeat, in blocks of 32 bytes."""

    tensor: ir.Value
    blocks: int
    rows: int


class _Transfers(VectorFunction):
    """What both functions of the vector cores share."""

    def __init__(self, function: func.FuncOp, machine):
        super().__init__(function, machine)
        self.receives = True
        self.rebuild.handlers |= {
            "dovetail.vector_core": lambda op: [ascendc.GetSubBlockIdxOp(self.index, loc=named("vectorCore")).value],
            "dovetail.count": lambda op: [self.count_of(op)],
            "dovetail.count_up": lambda op: ascendc.CountUpOp(self.rebuild[op.counter]) and [],
            "dovetail.has_arrived": self.has_arrived,
            "dovetail.is_released": self.is_released,
        }

    def count_of(self, op) -> ir.Value:
        return ascendc.CountOp(self.rebuild[op.counter], value=self.index, loc=op.operation.location).value

    def find_windows(self) -> None:
        """Of this rank, those that are read."""
        read = [op.gathered for op in build.operations(self.source, PartOp, KeepOp)]
        for gathered in build.operations(self.source, GatheredOp):
            if gathered.gathered not in read:
                continue
            name = "window" if gathered.leader is None else f"{build.name_of(gathered.location) or 'along'}Window"
            self.windows[gathered.gathered] = self.window_of(self.own_rank, name, gathered.gathered)

    def late(self, counters: ir.Value, count: ir.Value, target: ir.Value) -> ir.Value:
        function = SharedFunctions(self.function).count_late
        call = func.CallOp(function, [counters, self.seen, count, target], loc=named("behind"))
        return call.operation.results[0]

    def has_arrived(self, op) -> list:
        chunk, rank = self.rebuild[op.chunk], self.rebuild[op.rank]
        counters = self.at(self.counters, self.place(window.ARRIVALS, rank, 0))
        late = self.late(counters, self.field("lanes"), self.reached(build.add(chunk, 1, "chunksDone")))
        return [build.compare(late, "==", 0, "here")]

    def is_released(self, op) -> list:
        """As await_release, but looks once."""
        chunk, rank = self.rebuild[op.chunk], self.rebuild[op.rank]

        def launch_before():
            return [self.late(self.finished(self.counters, rank), build.constant(1), self.base)]

        def slot_before():
            before = build.subtract(build.add(chunk, 1, "chunksDone"), self.field("slots"))
            counters = self.at(self.counters, self.place(window.RELEASES, rank, 0))
            return [self.late(counters, self.blocks(), self.reached(before))]

        if self.is_whole():
            (late,) = launch_before()
            return [build.compare(late, "==", 0, "free")]
        first = build.compare(chunk, "<", self.field("slots"))
        (late,) = when(first, launch_before, slot_before, ("late",))
        return [build.compare(late, "==", 0, "free")]


class TurnFunction(_Transfers):
    """A turn of sending and receiving. Its buffers are those of the function that takes it."""

    def __init__(self, function: func.FuncOp, machine, caller: "FinishFunction"):
        self.caller = caller
        super().__init__(function, machine)

    def further(self) -> list[tuple[ir.Type, str]]:
        rings = [(ring.type, name) for ring, name in self.caller.rings()]
        return [*rings, (i32(), "base")]

    def prologue(self) -> None:
        self.element = self.own().element
        rings = self.caller.rings()
        *own_rings, self.base = list(self.block.arguments)[-len(rings) - 1 :]
        for (ring, _), own in zip(rings, own_rings):
            self.buffers[own] = self.caller.buffers[ring]
        self.staging, self.seen, self.word, *along = own_rings
        self.staging_along = along[0] if along else None
        self.own_block = self.block_number()
        self.counters = self.counters_of(self.own_rank, "counters")
        self.find_windows()


class FinishFunction(_Transfers):
    """What both vector cores of a block run."""

    def __init__(self, function: func.FuncOp, machine, functions: dict[str, func.FuncOp]):
        super().__init__(function, machine)
        self.functions = functions
        self.lowered_turn: TurnFunction | None = None
        self.rebuild.handlers |= {
            "func.call": self.turn,
            "dovetail.counter": lambda op: [self.counter(build.name_of(op.operation.location) or "count")],
            "dovetail.take": self.take_tile,
            "dovetail.load": lambda op: [],
            "dovetail.times": lambda op: [],
            "dovetail.plus": lambda op: [],
            "dovetail.store": self.finish_tile,
            "dovetail.give_back": self.give_back,
            "dovetail.meet": self.meet,
        }

    # -- buffers --

    def prologue(self) -> None:
        matrix = self.own()
        if matrix.transposed:
            fail(self.source, "gathers a matrix with contiguous rows; this one lies column by column")
        self.element = matrix.element
        words = window.COUNTER_WORDS
        seen_words = window.MOST_BLOCKS * words
        takes = build.operations(self.source, TakeOp)
        self.width = max(take.tile.type.sizes[1] for take in takes)
        self.limit = self.machine.limits
        self.piece_rows = self.rows_of_piece(takes)
        free = self.machine.capacity("ub") - self.other_bytes(takes) - 4 * (seen_words + words) - self.along_bytes()
        staged = 1 << ((free // 2).bit_length() - 1)
        self.staging = self.buffer("VECIN", "UB", 2, staged // bytes_of(self.element), self.element, "staging")
        self.seen = self.buffer("VECIN", "UB", 1, seen_words, i32(), "seen")
        self.word = self.buffer("VECOUT", "UB", 1, words, i32(), "word")
        self.stage_along()
        self.make_pieces(takes)
        self.lower_turn()
        self.own_block = self.block_number()
        self.block_of_rings = self.own_block
        self.workspace_slots = workspace_slots(self)
        self.counters = self.counters_of(self.own_rank, "counters")
        self.base = None
        self.find_windows()

    def rings(self) -> list[tuple[ir.Value, str]]:
        """The buffers that turns use."""
        found = [(self.staging, "staging"), (self.seen, "seen"), (self.word, "word")]
        return found + ([(self.staging_along, "stagingAlong")] if self.staging_along is not None else [])

    def rows_of_piece(self, takes: list[TakeOp]) -> int:
        """As many rows as fit, in repeats of Brcb, up to half a tile and to the repeats of an instruction."""
        half = -(-max(take.tile.type.sizes[0] for take in takes) // 2)
        rows = min(half, self.machine.limits.repeat, PIECE_BYTES // (20 * self.width))
        return max(rows // BRCB_NUMBERS, 1) * BRCB_NUMBERS

    def other_bytes(self, takes: list[TakeOp]) -> int:
        """Bytes of the buffers that pieces take, with some to spare for alignment."""
        scales = SLOTS * 4 * (3 * self.width + self.piece_rows) + 32 * self.piece_rows
        return 20 * self.width * self.piece_rows + scales * 2 + 1024

    def make_pieces(self, takes: list[TakeOp]) -> None:
        elements = self.piece_rows * self.width
        f32 = ir.F32Type.get()
        total = takes[0].tile.type.element
        outputs = {str(op.matrix.type.element_type): op.matrix.type.element_type for op in self.stores()}
        if len(outputs) > 1:
            fail(self.source, f"vector cores finish tiles of one type of output, not of {', '.join(outputs)}")
        (self.output,) = outputs.values()
        self.sums = self.buffer("VECIN", "UB", SLOTS, elements, total, "sums")
        self.row_scales = self.buffer("VECIN", "UB", SLOTS, self.piece_rows, f32, "rowScales")
        if any(is_packed(load) for load in build.operations(self.source, LoadOp)):
            self.packed_scales = self.buffer("VECIN", "UB", SLOTS, WORDS_OF_PACKED * self.width, i32(), "packedScales")
            self.column_scales = self.buffer("VECCALC", "UB", 1, self.width, i32(), "columnScales")
        else:
            self.column_scales = self.buffer("VECIN", "UB", SLOTS, self.width, f32, "columnScales")
        self.row_blocks = self.buffer(
            "VECCALC", "UB", 1, self.piece_rows * self.limit.block_bytes // 4, f32, "rowScaleBlocks"
        )
        singles = [load for load in build.operations(self.source, LoadOp) if is_factor(load.tile)]
        of = range(len({load.matrix for load in singles}))
        self.single_scales = [self.buffer("VECIN", "UB", SLOTS, 8, f32, f"scale{n + 1}") for n in of]
        self.single_blocks = [self.buffer("VECCALC", "UB", 1, 64, f32, f"scaleBlock{n + 1}") for n in of]
        if singles:
            self.factor_product = self.buffer("VECCALC", "UB", 1, 8, f32, "scaleProduct")
        self.factors = self.buffer("VECCALC", "UB", 1, elements, f32, "factors")
        self.scaled = self.buffer("VECCALC", "UB", 1, elements, f32, "scaled")
        self.rounded = self.buffer("VECOUT", "UB", SLOTS, elements, self.output, "rounded")
        self.next_column_scales = self.counter("tilesTaken")
        self.next_piece = self.counter("piecesTaken")

    def stores(self) -> list:
        return build.operations(self.source, StoreOp)

    # -- turns --

    def lower_turn(self) -> None:
        """The other function is lowered first, so that what both call stands before both."""
        call = build.operations(self.source, func.CallOp)[0]
        function = self.functions[ir.FlatSymbolRefAttr(call.operation.attributes["callee"]).value]
        self.lowered_turn = TurnFunction(function, self.machine, self)
        self.lowered_turn.lower()

    def turn(self, op) -> list:
        arguments = [self.rebuild[operand] for operand in op.operation.operands]
        rings = [ring for ring, _ in self.rings()]
        assert self.lowered_turn is not None and self.base is not None
        func.CallOp(self.lowered_turn.function, [self.tiling, self.hccl, *arguments, *rings, self.base])
        return []

    def leave_launch(self, op) -> list:
        ascendc.SyncAllOp()
        first = build.compare(self.own_block, "==", 0)
        when(first, lambda: when(self.is_receiver(), self.finish) and None)
        return []

    def is_receiver(self) -> ir.Value:
        return build.compare(ascendc.GetSubBlockIdxOp(self.index).value, "==", 1)

    def meet(self, op) -> list:
        """Behind the copies of MTE2, which read the scales in the slot."""
        flag = ir.StringAttr.get(MET)
        ascendc.CrossCoreSetFlagOp(flag, build.i64(1), ir.StringAttr.get("MTE2"))
        ascendc.CrossCoreWaitFlagOp(flag)
        return []

    # -- tiles --

    def take_tile(self, op) -> list:
        ascendc.CrossCoreWaitFlagOp(ir.StringAttr.get(HANDED_OVER))
        slots = build.i64(SLOTS)
        self.tile_slot = ascendc.NextSlotOp(self.next_column_scales, slots, slot=self.index, loc=named("tileSlot")).slot
        self.taken = workspace_slot(self, self.tile_slot, tuple(op.tile.type.sizes))
        return []

    def give_back(self, op) -> list:
        """Once the tile is in UB, that is, once MTE2 is done with it."""
        ascendc.CrossCoreSetFlagOp(ir.StringAttr.get(GIVEN_BACK), build.i64(2), ir.StringAttr.get("MTE2"))
        return []

    def finish_tile(self, op) -> list:
        matrix = self.matrix(op.matrix)
        row, column = (self.rebuild[offset] for offset in op.offsets)
        height, width = op.tile.type.sizes
        columns_of_matrix = self.size(matrix.sizes[1])
        if op.rows is not None:
            rows = self.rebuild[op.rows]
        else:
            rows = build.minimum(height, build.subtract(self.size(matrix.sizes[0]), row), "tileRows")
        columns = build.minimum(width, build.subtract(columns_of_matrix, column), "tileColumns")
        loads = self.loads_of(op.tile)
        column_scales = {}
        for load in loads:
            if not is_factor(load.tile) and load.tile.type.sizes[0] == 1:
                column_scales[load] = self.load_column_scales(load, columns)
        factors = self.load_factors([load for load in loads if is_factor(load.tile)])
        if len(column_scales) > 1 or len(loads) - len(column_scales) - len(factors) > 1:
            fail(op, "a tile is multiplied by one row of scales and one column of scales at most")

        core = ascendc.GetSubBlockIdxOp(self.index).value
        half = build.divide_up(rows, 2, "half")
        begin = build.multiply(core, half, "begin")
        end = build.minimum(build.add(begin, half), rows, "end")
        over = loop(begin, end, self.piece_rows, "row")
        build.comment(over.op, "This core's half of the rows, a piece at a time.")
        with over as first:
            piece_rows = build.minimum(self.piece_rows, build.subtract(end, first), "pieceRows")
            slots = build.i64(SLOTS)
            slot = ascendc.NextSlotOp(self.next_piece, slots, slot=self.index, loc=named("pieceSlot")).slot
            sums = self.slot(self.sums, slot, "sumsOfPiece")
            source = self.at(self.taken, build.multiply(first, width))
            gap = build.subtract(width, columns)
            ascendc.CopyRowsInOp(sums, source, piece_rows, columns, gap, self.gap(columns, self.sums))
            places: dict[LoadOp, Factor] = dict(factors)
            for load in loads:
                if load in factors:
                    continue
                if load in column_scales:
                    places[load] = Factor(column_scales[load], 1, 0)
                    continue
                scales = self.slot(self.row_scales, slot, "scalesOfRows")
                place = build.add(self.rebuild[load.offsets[0]], first)
                ascendc.CopyInOp(scales, self.at(self.rebuild[load.matrix], place), piece_rows)
                blocks = self.slot(self.row_blocks, build.constant(0), "blocks")
                ascendc.BrcbOp(blocks, scales, build.divide_up(piece_rows, BRCB_NUMBERS))
                places[load] = Factor(blocks, 0, 1)
            rounded = self.slot(self.rounded, slot, "roundedPiece")
            self.scale(op.tile, sums, rounded, places, columns, piece_rows)
            target = self.at(matrix.tensor, build.add(build.multiply(build.add(row, first), columns_of_matrix), column))
            gap = build.subtract(columns_of_matrix, columns)
            ascendc.CopyRowsOutOp(target, rounded, piece_rows, columns, self.gap(columns, self.rounded), gap)
        return []

    def load_factors(self, loads: list[LoadOp]) -> dict[LoadOp, Factor]:
        """Scales of whole matrices, each in every element of a block. All are copied before any is used."""
        scales = [self.slot(ring, self.tile_slot, "scaleOfMatrix") for ring in self.single_scales]
        for load, scale in zip(loads, scales):
            ascendc.CopyInOp(scale, self.rebuild[load.matrix], build.constant(1))
        blocks = [self.slot(ring, build.constant(0), "blockOfScale") for ring in self.single_blocks]
        for scale, block in zip(scales, blocks):
            ascendc.BrcbOp(block, scale, build.constant(1))
        return {load: Factor(block, 0, 0) for load, block in zip(loads, blocks)}

    def load_column_scales(self, load: LoadOp, columns: ir.Value) -> ir.Value:
        """A row of scales in UB. Packed ones are unpacked: the low words, without the bits that do not count."""
        column = self.rebuild[load.offsets[1]]
        if not is_packed(load):
            scales = self.slot(self.column_scales, self.tile_slot, "scalesOfColumns")
            ascendc.CopyInOp(scales, self.at(self.rebuild[load.matrix], column), columns)
            return scales
        packed = self.slot(self.packed_scales, self.tile_slot, "packedScalesOfColumns")
        words = build.multiply(columns, WORDS_OF_PACKED)
        source = self.at(self.rebuild[load.matrix], build.multiply(column, WORDS_OF_PACKED))
        ascendc.CopyInOp(packed, source, words)
        unpacked = self.slot(self.column_scales, build.constant(0), "scalesOfColumns")
        ascendc.GatherMaskOp(unpacked, packed, words)
        for direction in ("right", "left"):
            attribute = ir.StringAttr.get(direction)
            ascendc.ShiftOp(unpacked, unpacked, columns, attribute, build.i64(UNUSED_BITS))
        return ascendc.ReinterpretCastOp(
            unpacked, result=ascendc.LocalTensorType.of(ir.F32Type.get(), "UB"), loc=named("unpackedScales")
        ).result

    def loads_of(self, tile: ir.Value) -> list[LoadOp]:
        """The scales that a tile is multiplied by."""
        made = build.defining(tile)
        view = made.opview if made is not None else None
        if isinstance(view, (TimesOp, PlusOp)):
            return [*self.loads_of(view.lhs), *self.loads_of(view.rhs)]
        return [view] if isinstance(view, LoadOp) else []

    def scale(self, tile: ir.Value, sums, rounded, places: dict, columns: ir.Value, rows: ir.Value) -> None:
        """The expression of a tile, for as many columns at a time as a repeat holds."""
        lanes_of_repeat = self.limit.repeat_bytes // 4
        scaled = self.slot(self.scaled, build.constant(0), "scaledPiece")
        factors = self.slot(self.factors, build.constant(0), "factorsOfPiece")
        with loop(0, columns, lanes_of_repeat, "lane", never_empty=True) as lane:
            lanes = build.minimum(lanes_of_repeat, build.subtract(columns, lane), "lanes")

            def at(factor: Factor) -> Factor:
                moved = factor.tensor if factor.blocks == 0 else self.at(factor.tensor, lane)
                return Factor(moved, factor.blocks, factor.rows)

            def whole(tensor: ir.Value, ring: ir.Value) -> Factor:
                name = {self.scaled: "scaledLanes", self.factors: "factorLanes"}.get(ring)
                return Factor(self.at(tensor, lane, name), 1, self.pitch(ring))

            def evaluate(value: ir.Value, to: Factor | None = None) -> tuple[Factor, bool]:
                """Where a tile is, and whether it is made of what was accumulated. `to` is where it is wanted."""
                made = build.defining(value)
                view = made.opview if made is not None else None
                if isinstance(view, LoadOp):
                    return at(places[view]), False
                if isinstance(view, TakeOp):
                    taken = whole(sums, self.sums)
                    if str(view.tile.type.element) == "f32":
                        return taken, True
                    target = to or whole(scaled, self.scaled)
                    self.cast(target, taken, lanes, rows)
                    return target, True
                if not isinstance(view, (TimesOp, PlusOp)):
                    fail(
                        value, "vector cores finish tiles that are accumulated, by tiles of scales and of what is added"
                    )
                (left, is_sum), (right, is_too) = evaluate(view.lhs), evaluate(view.rhs)
                if is_factor(view.result):
                    product = Factor(self.slot(self.factor_product, build.constant(0), "productOfScales"), 0, 0)
                    eight, one = build.constant(BRCB_NUMBERS), build.constant(1)
                    strides = _array(1, 1, 1), _array(BRCB_NUMBERS, BRCB_NUMBERS, BRCB_NUMBERS)
                    ascendc.MulOp(product.tensor, left.tensor, right.tensor, eight, one, *strides)
                    return product, False
                target = to or whole(*((scaled, self.scaled) if is_sum or is_too else (factors, self.factors)))
                operation = ascendc.MulOp if isinstance(view, TimesOp) else ascendc.AddOp
                operation(
                    target.tensor,
                    left.tensor,
                    right.tensor,
                    lanes,
                    rows,
                    _array(target.blocks, left.blocks, right.blocks),
                    _array(target.rows, left.rows, right.rows),
                )
                return target, is_sum or is_too

            stored = whole(rounded, self.rounded)
            if str(self.output) == "f32":
                evaluate(tile, stored)
            else:
                result, _ = evaluate(tile)
                self.cast(stored, result, lanes, rows)

    def cast(self, target: Factor, source: Factor, lanes: ir.Value, rows: ir.Value) -> None:
        ascendc.CastOp(target.tensor, source.tensor, lanes, rows, _array(target.rows, source.rows))

    def pitch(self, ring: ir.Value) -> int:
        """Blocks of 32 bytes from one row of a piece to the next."""
        return self.width * bytes_of(ring.type.element_type) // self.limit.block_bytes

    def gap(self, columns: ir.Value, ring: ir.Value) -> ir.Value:
        """Blocks of 32 bytes in UB that a row of so many columns leaves free."""
        in_block = self.limit.block_bytes // bytes_of(ring.type.element_type)
        return build.subtract(self.pitch(ring), build.divide_up(columns, in_block))

    def slot(self, ring: ir.Value, slot: ir.Value, name: str) -> ir.Value:
        return ascendc.SlotOp(ring, slot, self.buffers[ring].elements, tensor=ring.type, loc=named(name)).tensor


def is_factor(tile: ir.Value) -> bool:
    return list(tile.type.sizes) == [1, 1]


def is_packed(load: LoadOp) -> bool:
    return str(load.tile.type.element) == "i64"


def _array(*numbers: int) -> ir.ArrayAttr:
    return ir.ArrayAttr.get([build.i64(number) for number in numbers])
