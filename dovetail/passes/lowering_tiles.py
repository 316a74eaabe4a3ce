"""What the cube core runs at the level of Ascend C: tiles through L1, L0 and the accumulator back to global memory.

A contraction, a loop that accumulates `lhs @ rhs`, becomes two nested loops: the outer one brings both operands from
global memory to L1 as fractals (NZ), the inner one from L1 to L0A (rows of fractals) and L0B and multiplies. Rings of
two slots let each step overlap the one before. A fractal has 16 rows of 32 bytes: 16 numbers of 16 bits, 32 of 8, 64 of
4. A right matrix of integers that lies as [k, n] is transposed in squares, of 32 or 64.
"""

from dataclasses import dataclass

from dovetail.dialect import ascendc, build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import loop, named, when
from dovetail.dialect.dovetail import BroadcastOp, GatheredOp, HandOverOp, LoadOp, MultiplyOp, StoreOp, TakeOp, TileType
from dovetail.passes.lowering import WORDS_OF_PACKED, Matrix, Surroundings, bits_of, bytes_of, i32, in_bytes
from dovetail.passes.lowering_l0 import (
    ARCHITECTURE,
    ONLY_SCALED,
    PAIRED,
    SLOTS,
    Bias,
    Scales,
    load_scaled_slice,
    load_slice,
    multiply_l0,
)
from dovetail.passes.registry import fail
from dovetail.target.machine import Limits

ARRIVED, CONSUMED = "ARRIVED", "CONSUMED"
HANDED_OVER, GIVEN_BACK = "HANDED_OVER", "GIVEN_BACK"


@dataclass
class Rings:
    """The buffers of tiles of one shape, with the counts of the slots taken."""

    depth: int  # of a tile in L0
    left: ir.Value
    right: ir.Value
    left_l0: ir.Value
    right_l0: ir.Value
    accumulator: ir.Value
    next_l1: ir.Value
    next_l0: ir.Value
    next_accumulator: ir.Value | None
    scales: Scales | None = None


@dataclass
class Accumulated:
    """A tile in L0C: how many of its rows and columns count, and the rows that it has there."""

    tensor: ir.Value
    rows: ir.Value
    columns: ir.Value
    aligned_rows: ir.Value


class CubeFunction(Surroundings):
    def __init__(self, function: func.FuncOp, machine):
        super().__init__(function, machine)
        self.side = machine.limits.fractal_side
        self.is_3510 = machine.architecture == ARCHITECTURE
        self.rings: dict[tuple, Rings] = {}
        self.accumulated: dict[ir.Value, Accumulated] = {}
        self.rebuild.handlers |= {
            "dovetail.zeros": lambda op: [],
            "dovetail.broadcast": lambda op: [],
            "dovetail.load": lambda op: [],  # those that are not multiplied are scales, which stores ask for
            "dovetail.store": self.store,
            "dovetail.await_arrivals": self.await_arrivals,
            "dovetail.consume": self.consume,
            "dovetail.hand_over": self.hand_over,
            "scf.for": self.loop,
        }

    def prologue(self) -> None:
        for multiply in build.operations(self.source, MultiplyOp):
            key = self.shape(multiply)
            if key not in self.rings:
                self.rings[key] = self.make_rings(multiply)
        biases = build.operations(self.source, BroadcastOp)
        if biases:
            self.bias = Bias(self, biases)
        widths = [op.scales.type.sizes[1] for op in build.operations(self.source, StoreOp) if op.scales is not None]
        if widths:
            elements = WORDS_OF_PACKED * max(widths)
            self.scales = self.buffer("C1", "L1", SLOTS, elements, i32(), "l1Scales")
            self.next_scales = self.counter("scalesTaken")
        if self.hands_over:
            self.handed_over = self.counter("handedOver")
            self.block_of_rings = self.block_number()
            self.workspace_slots = workspace_slots(self)
        for gathered in build.operations(self.source, GatheredOp):
            name = "window" if gathered.leader is None else f"{build.name_of(gathered.location) or 'along'}Window"
            self.windows[gathered.gathered] = self.window_of(self.own_rank, name, gathered.gathered)

    # -- buffers --

    @staticmethod
    def shape(multiply: MultiplyOp) -> tuple:
        lhs, rhs, accumulator = multiply.lhs.type, multiply.rhs.type, multiply.accumulator.type
        scaled = multiply.lhs_scales is not None
        return (*lhs.sizes, rhs.sizes[1], str(lhs.element), str(rhs.element), str(accumulator.element), scaled)

    def make_rings(self, multiply: MultiplyOp) -> Rings:
        (m, k), (_, n) = multiply.lhs.type.sizes, multiply.rhs.type.sizes
        element, total = multiply.lhs.type.element, multiply.accumulator.type.element
        right = multiply.rhs.type.element  # as wide
        limits = self.machine.limits
        for each in (element, right):
            if str(each) not in self.machine.multiplied:
                name = "hifloat8" if str(each) == "ui8" else each
                fail(multiply, f"cube cores of {self.machine.name} multiply no {name}")
        width = self.width(element)
        for name, extent, unit in (("rows", m, self.side), ("depth", k, width), ("columns", n, width)):
            if extent < 1 or extent % unit or extent > limits.mmad_extent:
                most = limits.mmad_extent // unit * unit
                fail(multiply, f"a tile's {name} must be a multiple of {unit} up to {most}, not {extent}")
        # The deepest tile of which each half of L0A and L0B holds one.
        deepest = min(
            8 * self.machine.capacity("l0a") // (SLOTS * m * bits_of(element)),
            8 * self.machine.capacity("l0b") // (SLOTS * n * bits_of(element)),
        )
        scaled = multiply.lhs_scales is not None
        if str(element) in ONLY_SCALED and not scaled:
            fail(
                multiply, f"cube cores of {self.machine.name} multiply {element} only with scales along the contraction"
            )
        unit = PAIRED if scaled else width
        depth = min(k, deepest // unit * unit)
        if depth == 0:
            fail(
                multiply,
                f"a tile of {m} rows and {n} columns leaves no room for {SLOTS} slots of {width} deep in L0A "
                f"({self.machine.capacity('l0a')} bytes) and L0B ({self.machine.capacity('l0b')} bytes)",
            )
        accumulators = min(SLOTS, max(1, self.machine.capacity("l0c") // (m * n * bytes_of(total))))
        which = str(len(self.rings) + 1) if self.rings else ""
        return Rings(
            depth,
            self.buffer("A1", "L1", SLOTS, m * k, element, f"l1A{which}"),
            self.buffer("B1", "L1", SLOTS, k * n, right, f"l1B{which}"),
            self.buffer("A2", "L0A", SLOTS, m * depth, element, f"l0A{which}"),
            self.buffer("B2", "L0B", SLOTS, depth * n, right, f"l0B{which}"),
            self.buffer("CO1", "L0C", accumulators, m * n, total, f"l0C{which}"),
            self.counter(f"l1Taken{which}"),
            self.counter(f"l0Taken{which}"),
            self.counter(f"l0CTaken{which}") if accumulators > 1 else None,
            Scales(self, multiply, k, which) if scaled else None,
        )

    # -- loops --

    def loop(self, op) -> list:
        if any(isinstance(result.type, TileType) for result in op.operation.results):
            self.contraction(op)
            return []
        body = op.operation.regions[0].blocks[0]
        operands = [self.rebuild[operand] for operand in op.operation.operands]
        name = build.name_of(op.operation.location) or "i"
        names = [name.value for name in op.operation.attributes.get("dovetail.names", [])]
        start, stop, step, *carried = operands
        over = loop(start, stop, step, name, tuple(carried), names)
        with over as variable:
            self.rebuild.values.update(zip(body.arguments, [variable, *over.carried]))
            self.rebuild.block(body, skip_terminator=True)
            end = list(body.operations)[-1].operation
            over.carried = [self.rebuild[operand] for operand in end.operands]
        return over.results

    def contraction(self, op) -> None:
        """scf.for that carries one accumulator: `accumulator = multiply(load, load, accumulator)`."""
        operation = op.operation
        body = operation.regions[0].blocks[0]
        multiplies = [inner.opview for inner in body.operations if isinstance(inner.opview, MultiplyOp)]
        start = build.defining(operation.operands[3])
        if start is None or start.name not in ("dovetail.zeros", BroadcastOp.OPERATION_NAME):
            fail(op, "an accumulator starts from zeros or a row, and one loop sums it up")
        if (
            len(operation.results) != 1
            or len(multiplies) != 1
            or multiplies[0].accumulator != body.arguments[1]
            or list(body.operations)[-1].operation.operands[0] != multiplies[0].result
        ):
            fail([op, *multiplies][-1], "the loop of an accumulator adds one product to it in each step, and no more")
        multiply = multiplies[0]
        loads = []
        for operand in (multiply.lhs, multiply.rhs):
            owner = build.defining(operand)
            if owner is None or not isinstance(owner.opview, LoadOp):
                fail(multiply, "only tiles that are loaded from matrices are multiplied; this one comes from elsewhere")
            loads.append(owner.opview)
            if loads[-1].rank is not None:
                fail(loads[-1], "a product reads tiles of the own rank; those of other ranks are gathered first")
        if loads[1].rows is not None:
            fail(loads[1], "only the left tile of a product may hold fewer rows than its type says")
        depth = loads[0].tile.type.sizes[1]
        if build.constant_of(operation.operands[0]) != 0 or build.constant_of(operation.operands[2]) != depth:
            fail(op, f"the loop of an accumulator goes from 0 in steps of {depth}, the depth of its tiles")
        bias = None
        if start.name == BroadcastOp.OPERATION_NAME:
            owner = build.defining(start.opview.row)
            if owner is None or not isinstance(owner.opview, LoadOp):
                fail(start, "an accumulator starts from a tile of one row that is loaded from a matrix")
            bias = owner.opview
        scales = [each for each in (multiply.lhs_scales, multiply.rhs_scales) if each is not None]
        of_scales = [owner.opview for owner in map(build.defining, scales) if owner is not None]
        self.accumulated[operation.results[0]] = self.multiply_over(op, multiply, loads, of_scales, bias)

    def multiply_over(
        self, op, multiply: MultiplyOp, loads: list[LoadOp], of_scales: list[LoadOp], bias: LoadOp | None
    ) -> Accumulated:
        left_load, right_load = loads
        rings = self.rings[self.shape(multiply)]
        start, stop, step = (self.rebuild[operand] for operand in op.operation.operands[:3])
        body = op.operation.regions[0].blocks[0]
        stepping = self.rebuild_invariants(body, (multiply, *loads, *of_scales))
        for invariant in (left_load.offsets[0], right_load.offsets[1], *([left_load.rows] if left_load.rows else [])):
            owner = build.defining(invariant)
            if invariant in body.arguments or (owner is not None and owner in stepping):
                fail(op, "the rows and columns of a product stay the same while an accumulator sums over its loop")
        left, right = self.matrix(left_load.matrix), self.matrix(right_load.matrix)
        if left.transposed:
            fail(left_load, "the left matrix of a product has contiguous rows; this one lies column by column")
        (height, _), (_, width) = left_load.tile.type.sizes, right_load.tile.type.sizes

        row, column = self.rebuild[left_load.offsets[0]], self.rebuild[right_load.offsets[1]]
        if left_load.rows is not None:
            rows = self.rebuild[left_load.rows]
        else:
            rows = build.minimum(height, build.subtract(self.size(left.sizes[0]), row), "tileRows")
        columns = build.minimum(width, build.subtract(self.size(right.sizes[1]), column), "tileColumns")
        aligned_rows = build.multiply(self.fractals(rows, "highFractals"), self.side, "alignedRows")
        accumulator = self.take(rings.accumulator, rings.next_accumulator, "accumulator")
        table = self.bias.load(self, bias, columns) if bias is not None else None

        over = loop(start, stop, step, build.name_of(body.arguments[0].location) or "k")
        build.comment(over.op, "Both operands to L1, as fractals, one depth after the other.")
        with over as k:
            self.rebuild.values[body.arguments[0]] = k
            for inner in stepping:
                self.rebuild.operation(inner)
            left_k, right_k = self.rebuild[left_load.offsets[1]], self.rebuild[right_load.offsets[0]]
            left_end, right_end = self.size(left.sizes[1]), self.size(right.sizes[0])
            remaining = build.subtract(right_end, right_k)
            if left.sizes[1] != right.sizes[0] or left_k != right_k:
                remaining = build.minimum(build.subtract(left_end, left_k), remaining, "remaining")
            depth = build.minimum(step, remaining, "depth")
            slot = ascendc.NextSlotOp(rings.next_l1, build.i64(SLOTS), slot=self.index, loc=named("l1Slot")).slot
            left_tile = self.slot(rings.left, slot, "leftTile")
            right_tile = self.slot(rings.right, slot, "rightTile")

            source = self.element(left, row, left_k, "leftSource")
            stride = self.size(left.stride_symbol)
            self.copy_to_l1(left_tile, source, rows, depth, stride, aligned_rows)

            if not self.is_3510:

                def again():
                    below = self.at(left_tile, self.width(left.element))
                    call = self.copy_to_l1(below, source, rows, depth, stride, aligned_rows)
                    build.comment(
                        call, "One row alone would be taken for a vector. It is there twice, and is stored once."
                    )

                when(build.compare(rows, "==", 1), again)
            source = self.element(right, right_k, column)
            stride = self.size(right.stride_symbol)
            if right.transposed:
                aligned = build.multiply(self.fractals(columns, "wideFractals"), self.side, "alignedColumns")
                self.copy_to_l1(right_tile, source, columns, depth, stride, aligned)
            else:
                width = self.width(right.element)
                aligned = build.multiply(self.fractals(depth, "depthFractals", width), width, "alignedDepth")
                self.copy_to_l1(right_tile, source, depth, columns, stride, aligned)
            scales = None
            if rings.scales is not None:
                if not right.transposed:
                    fail(right_load, "a right matrix with scales lies column by column")
                rings.scales.fill(self, (left_tile, right_tile), (rows, columns), depth)
                scales = rings.scales.load(self, of_scales, slot, (rows, columns), depth, left_k, left_end)
            tiles = (left_tile, right_tile)
            self.multiply_slices(rings, right.transposed, tiles, scales, accumulator, rows, columns, depth, k, table)
        return Accumulated(accumulator, rows, columns, aligned_rows)

    def rebuild_invariants(self, body: ir.Block, tiles) -> list[ir.Operation]:
        """Rebuilds, before the loop, what its body computes alike in each step; returns what it computes anew."""
        apart = [tile.operation for tile in tiles]
        changing = list(body.arguments)
        stepping = []
        for op in list(body.operations)[:-1]:
            operation = op.operation
            if operation in apart:
                continue
            if any(operand in changing for operand in operation.operands):
                changing += list(operation.results)
                stepping.append(operation)
            else:
                self.rebuild.operation(operation)
        return stepping

    def multiply_slices(self, rings, transposed, tiles, scales, accumulator, rows, columns, depth, k, bias) -> None:
        """From L1 to L0 and into the accumulator, as deep a slice at a time as L0 takes."""
        left_tile, right_tile = tiles
        side, width = self.side, self.width(left_tile.type.element_type)
        fractal = side * width
        in_squares = width != side and not transposed  # bytes are transposed in squares of fractals
        aligned_rows = build.round_up(rows, side)
        over = loop(0, depth, rings.depth, "slice")
        build.comment(over.op, "One slice to L0 and into the accumulator.")
        with over as begin:
            slice_depth = build.minimum(rings.depth, build.subtract(depth, begin), "sliceDepth")
            deep = self.fractals(slice_depth, "deepFractals", width)
            if in_squares:
                squares = self.fractals(columns, "wideSquares", width)
                wide = build.multiply(squares, width // side)
            else:
                wide = self.fractals(columns, "wideFractals")
            high = self.fractals(rows, "highFractals")
            slot = ascendc.NextSlotOp(rings.next_l0, build.i64(SLOTS), slot=self.index, loc=named("l0Slot")).slot
            left = self.slot(rings.left_l0, slot, "left")
            right = self.slot(rings.right_l0, slot, "right")
            if scales is not None:
                first = build.compare(build.add(k, begin), "==", 0)
                of_tiles, pairs = scales
                sizes = (rows, columns)
                multiplied = load_scaled_slice((left, right), tiles, of_tiles, begin, sizes, slice_depth, pairs)
                multiply_l0((accumulator, left, right), (*sizes, multiplied), first, bias, scaled=True)
                return
            if self.is_3510:
                first = build.compare(build.add(k, begin), "==", 0)
                multiplied = load_slice((left, right), tiles, transposed, begin, (rows, columns), (slice_depth, depth))
                multiply_l0((accumulator, left, right), (rows, multiplied, slice_depth), first, bias)
                return
            with loop(0, high, name="fractal") as i:
                source = build.add(build.multiply(begin, aligned_rows), build.multiply(i, fractal))
                target = build.multiply(i, build.multiply(deep, fractal))
                self.load(self.at(left, target), self.at(left_tile, source), deep, high, transpose=False)
            if transposed:
                # [n, k] as fractals is what L0B wants: rows of fractals along n, one behind the other.
                source = build.multiply(begin, build.round_up(columns, side))
                self.load(right, self.at(right_tile, source), build.multiply(deep, wide), 1, transpose=False)
            elif in_squares:
                with loop(0, deep, name="fractal") as i:
                    source = build.multiply(build.add(begin, build.multiply(i, width)), width)
                    target = build.multiply(i, build.multiply(wide, fractal))
                    stride = build.divide_up(depth, width)
                    to, of = self.at(right, target), self.at(right_tile, source)
                    ascendc.LoadDataWithTransposeOp(to, of, squares, stride, build.i64(width // side))
            else:
                with loop(0, deep, name="fractal") as i:
                    source = build.add(build.multiply(begin, side), build.multiply(i, fractal))
                    target = build.multiply(i, build.multiply(wide, fractal))
                    stride = build.divide_up(depth, side)
                    self.load(self.at(right, target), self.at(right_tile, source), wide, stride, transpose=True)
            first = build.compare(build.add(k, begin), "==", 0)
            multiplied = build.maximum(rows, 2, "multipliedRows")
            if in_squares:
                columns = build.multiply(wide, side, "multipliedColumns")
            ascendc.MmadOp(accumulator, left, right, multiplied, columns, slice_depth, first)

    def store(self, op) -> list:
        tile = self.accumulated.get(op.tile)
        if tile is None:
            fail(op, "only a tile that a loop has accumulated is stored; this one comes from elsewhere")
        matrix = self.matrix(op.matrix)
        if matrix.transposed:
            fail(op, "stores to a matrix with contiguous rows; this one lies column by column")
        row, column = (self.rebuild[offset] for offset in op.offsets)
        rows = tile.rows if op.rows is None else self.rebuild[op.rows]
        stride = self.size(matrix.stride_symbol)
        scales = None
        if op.scales is not None:
            owner = build.defining(op.scales)
            assert owner is not None
            load = owner.opview
            slot = ascendc.NextSlotOp(self.next_scales, build.i64(SLOTS), slot=self.index, loc=named("scaleSlot")).slot
            words = self.slot(self.scales, slot, "scales")
            place = build.multiply(self.rebuild[load.offsets[1]], WORDS_OF_PACKED)
            source = self.at(self.rebuild[load.matrix], place)
            ascendc.CopyWordsOp(words, source, build.multiply(tile.columns, WORDS_OF_PACKED))
            packed = ascendc.LocalTensorType.of(ir.IntegerType.get_signless(64), "L1")
            scales = ascendc.ReinterpretCastOp(words, result=packed).result
        target = self.element(matrix, row, column)
        self.fixpipe(target, tile, rows, stride, scales)
        return []

    def hand_over(self, op) -> list:
        """Into the ring of the block in the workspace, where the vector cores read it."""
        tile = self.accumulated[op.tile]
        height, width = op.tile.type.sizes

        def given_back():
            ascendc.CrossCoreWaitFlagOp(ir.StringAttr.get(GIVEN_BACK))

        taken = ascendc.CountOp(self.handed_over, value=self.index).value
        when(build.compare(taken, ">=", SLOTS), given_back)
        slot = ascendc.NextSlotOp(self.handed_over, build.i64(SLOTS), slot=self.index, loc=named("workspaceSlot")).slot
        target = workspace_slot(self, slot, (height, width))
        self.fixpipe(target, tile, tile.rows, build.constant(width))
        ascendc.CrossCoreSetFlagOp(ir.StringAttr.get(HANDED_OVER), build.i64(2), ir.StringAttr.get("FIX"))
        return []

    def epilogue(self) -> None:
        if self.hands_over:
            handed_over = ascendc.CountOp(self.handed_over, value=self.index, loc=named("outstanding")).value
            over = loop(0, build.minimum(handed_over, SLOTS), name="tile")
            build.comment(over.op, "The last tiles are given back too.")
            with over:
                ascendc.CrossCoreWaitFlagOp(ir.StringAttr.get(GIVEN_BACK))

    # -- what the vector cores tell --

    def await_arrivals(self, op) -> list:
        over = loop(0, self.rebuild[op.count], name="arrival")
        build.comment(over.op, "Starts once the vector cores have seen these rows arrive.")
        with over:
            ascendc.CrossCoreWaitFlagOp(ir.StringAttr.get(ARRIVED))
        return []

    def consume(self, op) -> list:
        """Once the rows are in L1, that is, once MTE2 is done with them."""
        over = loop(0, self.rebuild[op.count], name="arrival")
        build.comment(over.op, "The rows are read for the last time; their slots may be released.")
        with over:
            ascendc.CrossCoreSetFlagOp(ir.StringAttr.get(CONSUMED), build.i64(2), ir.StringAttr.get("MTE2"))
        return []

    # -- instructions --

    def width(self, element: ir.Type) -> int:
        """How many elements a row of a fractal has."""
        return 8 * self.machine.limits.block_bytes // bits_of(element)

    def fractals(self, extent: ir.Value, name: str, side: int | None = None) -> ir.Value:
        return build.divide_up(extent, side or self.side, name)

    def element(self, matrix: Matrix, row: ir.Value, column: ir.Value, name: str | None = None) -> ir.Value:
        if matrix.transposed:
            row, column = column, row
        offset = build.add(build.multiply(row, self.size(matrix.stride_symbol)), column)
        return self.at(matrix.tensor, offset, name)

    def slot(self, ring: ir.Value, slot: ir.Value, name: str) -> ir.Value:
        return ascendc.SlotOp(ring, slot, self.buffers[ring].elements, tensor=ring.type, loc=named(name)).tensor

    def load(self, target, source, repeat: build.Number, stride: build.Number, transpose: bool) -> None:
        transposed = ir.IntegerAttr.get(ir.IntegerType.get_signless(1), transpose)
        ascendc.LoadDataOp(target, source, build.value_of(repeat), build.value_of(stride), transposed)

    def fixpipe(self, target, tile: Accumulated, rows, stride, scales=None) -> None:
        made = ascendc.FixpipeOp(target, tile.tensor, rows, tile.columns, tile.aligned_rows, stride, scales=scales)
        if self.is_3510:
            made.operation.attributes["architecture"] = ir.StringAttr.get(ARCHITECTURE)

    def copy_to_l1(self, target, source, rows, columns, stride, aligned_rows):
        if self.machine.limits.nd2nz_row_stride > self.machine.limits.mmad_extent << 16:
            return copy_nd_to_nz(target, source, rows, columns, aligned_rows, stride)  # whatever the stride
        function = copy_to_l1_function(self.function, target.type, source.type, self.machine.limits)
        return func.CallOp(function, [target, source, rows, columns, stride, aligned_rows])


def workspace_slots(function: Surroundings) -> ir.Value:
    """The rings of all blocks in the workspace: a tile of the largest that are handed over to a slot."""
    tiles = handed_over_types(function)
    if len({str(tile.element) for tile in tiles}) > 1:
        fail(function.source, "the tiles that vector cores finish are all of one type")
    return ascendc.SetGlobalBufferOp(
        function.workspace, tensor=ascendc.GlobalTensorType.of(tiles[0].element), loc=named("handover")
    ).tensor


def workspace_slot(function: Surroundings, slot: ir.Value, sizes: tuple[int, int]) -> ir.Value:
    """One slot of the ring of this block."""
    elements = max(height * width for height, width in (tile.sizes for tile in handed_over_types(function)))
    number = build.add(build.multiply(function.block_of_rings, SLOTS), slot)
    return function.at(function.workspace_slots, build.multiply(number, elements), "handedOverTile")


def handed_over_types(function: Surroundings) -> list[TileType]:
    operations = build.operations(function.source, HandOverOp, TakeOp)
    return [op.tile.type for op in operations]


def workspace_bytes(function: Surroundings) -> int:
    """What a block takes of the workspace."""
    return SLOTS * max(
        height * width * bytes_of(tile.element)
        for tile in handed_over_types(function)
        for height, width in [tile.sizes]
    )


def copy_nd_to_nz(target, source, rows, columns, aligned_rows, stride=None) -> ascendc.CopyNdToNzOp:
    """Of one row alone, without a stride. Where two elements share a byte, the instruction takes bytes for elements."""
    element = target.type.element_type
    if bits_of(element) < 8:
        columns = in_bytes(columns, element)
        stride = stride and in_bytes(stride, element)
    return ascendc.CopyNdToNzOp(target, source, rows, columns, stride or build.constant(1), aligned_rows)


def copy_to_l1_function(before: func.FuncOp, target: ir.Type, source: ir.Type, limits: Limits) -> func.FuncOp:
    """`CopyToL1` of the module, built before the function that first calls it.

    One instruction copies rows that lie up to so many elements apart; rows that lie further apart go one by one.
    """
    element = target.element_type
    name = "CopyToL1"
    for op in before.operation.block.operations:
        if isinstance(op, func.FuncOp) and op.name.value.startswith("CopyToL1"):
            if list(op.type.inputs)[:2] == [target, source]:
                return op
            name = f"CopyToL1_{element}"
    index = ir.IndexType.get()
    with ir.InsertionPoint(before), ir.Location.unknown():
        made = func.FuncOp(name, ([target, source] + [index] * 4, []), visibility="private")
        build.comment(
            made, "Copies rows of a matrix to fractals in L1. Rows too far apart for one instruction go one by one."
        )
        names = ("destination", "source", "rows", "columns", "stride", "alignedRows")
        block = made.body.blocks.append(*made.type.inputs, arg_locs=[named(name) for name in names])
        with ir.InsertionPoint(block):
            destination, matrix, rows, columns, stride, aligned_rows = block.arguments
            most = limits.nd2nz_row_stride * max(1, 8 // bits_of(element))

            def at_once():
                copy_nd_to_nz(destination, matrix, rows, columns, aligned_rows, stride)

            def one_by_one():
                with loop(0, rows, name="row") as row:
                    # A row of a fractal is one block; the next row follows it.
                    width = 8 * limits.block_bytes // bits_of(element)
                    to = Surroundings.at(destination, build.multiply(row, width))
                    line = Surroundings.at(matrix, build.multiply(row, stride))
                    copy_nd_to_nz(to, line, build.constant(1), columns, aligned_rows)
                return []

            when(build.compare(stride, "<=", most), at_once, one_by_one)
            func.ReturnOp([])
    return made
