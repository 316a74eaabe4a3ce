"""From the checked tree to MLIR: the level *tiles*.

Every operation is given its location, which costs less than finding it from tracebacks.
"""

from collections.abc import Mapping

from dovetail.dialect.bindings import arith, func, ir, scf
from dovetail.dialect.context import fresh_context
from dovetail.dialect.dovetail import (
    GATHERED,
    BarrierOp,
    CopyOp,
    GatheredOp,
    LoadOp,
    MultiplyOp,
    PlusOp,
    RanksOp,
    RowsOp,
    SizeOp,
    StoreOp,
    TileType,
    TimesOp,
    ZerosOp,
)  # fmt: skip
from dovetail.dsl import tree
from dovetail.dsl.elaborate import elaborate
from dovetail.dsl.errors import Span
from dovetail.dsl.kernels import Kernel
from dovetail.dsl.language import DType
from dovetail.dsl.schedule import Schedule

DYNAMIC = ir.ShapedType.get_dynamic_size()


def lower(
    kernel: Kernel,
    dtype: str | DType = "float16",
    schedule: Schedule | None = None,
    transposed: tuple[str, ...] = (),
    absent: tuple[str, ...] = (),
    machine: str = "Ascend910B1",
    context: ir.Context | None = None,
    dtypes: Mapping[str, str | DType] | None = None,
    present: tuple[str, ...] = (),
) -> ir.Module:
    """The kernel as a module of the level *tiles*, with one function.

    dtype: element type of matrices whose annotation names none. dtypes: of single matrices, whatever theirs names.
    transposed: inputs that are stored by columns. absent: optional matrices to leave out. present: others to have.
    context: as `dialect.context.fresh_context()` makes it, for callers that keep one; otherwise a fresh one.

    Raises CompileError where the kernel is wrong, ValueError where the arguments do not fit it.
    """
    program = elaborate(kernel, dtype, tuple(transposed), tuple(absent), dtypes, tuple(present))
    # Types want some location around them; operations get their own.
    with context or fresh_context(), ir.Location.unknown():
        return Emitter(program, schedule or Schedule()).module(machine)


class Emitter:
    """Emits one program. Values of the tree are found again in `values`, each with the SSA value it has just now."""

    def __init__(self, program: tree.Program, schedule: Schedule):
        self.program, self.schedule = program, schedule
        self.index = ir.IndexType.get()
        self.elements = {
            "float16": ir.F16Type.get(),
            "bfloat16": ir.BF16Type.get(),
            "float32": ir.F32Type.get(),
            "float8_e4m3fn": ir.Float8E4M3FNType.get(),
            "float8_e5m2": ir.Float8E5M2Type.get(),
            "hifloat8": ir.IntegerType.get_unsigned(8),  # MLIR has no such type; nothing else is unsigned here
            "float8_e8m0fnu": ir.Float8E8M0FNUType.get(),
            "float4_e2m1fn": ir.Float4E2M1FNType.get(),
            "int4": ir.IntegerType.get_signless(4),
            "int8": ir.IntegerType.get_signless(8),
            "int32": ir.IntegerType.get_signed(32),
            "int64": ir.IntegerType.get_signless(64),
        }
        self.values: dict[object, ir.Value] = {}
        self.stage_values: dict[object, ir.Value] = {}  # constants and sizes, once at the beginning of each stage
        self.first_loop: ir.Operation | None = None  # of the stage
        self.readable: set[tree.GatheredValue] = set()  # filled, with a barrier since

    # -- pieces --

    def location(self, span: Span, name: str = "") -> ir.Location:
        place = ir.Location.file(span.file, span.line, span.column, span.end_line, span.end_column)
        return ir.Location.name(name, place) if name else place

    def matrix_type(self, matrix: tree.MatrixValue) -> ir.Type:
        layout = ir.StridedLayoutAttr.get(0, [1, DYNAMIC]) if matrix.transposed else None
        space = ir.StringAttr.get(GATHERED) if isinstance(matrix, tree.GatheredValue) else None
        return ir.MemRefType.get([DYNAMIC, DYNAMIC], self.elements[matrix.dtype.name], layout, space)

    def extent(self, loop: tree.Loop | None) -> int:
        """The tile's extent along a loop; without a loop it is all of the matrix."""
        return self.schedule.tile[loop.role.value] if loop and loop.role else DYNAMIC

    def tile_type(self, row: tree.Loop | None, column: tree.Loop | None, dtype: DType) -> ir.Type:
        return TileType.of([self.extent(row), self.extent(column)], self.elements[dtype.name])

    def loaded_type(self, tile: tree.Tile) -> ir.Type:
        """As the loops say; a matrix of one row or column gives tiles of one."""
        sizes = (tile.matrix.rows, tile.matrix.columns)
        extents = [
            1 if loop is None and size.text == tree.ONE else self.extent(loop)
            for loop, size in zip((tile.row, tile.column), sizes)
        ]
        if self.shared_by(tile) > 1:
            extents[1] = -(-extents[1] // self.shared_by(tile))
        return TileType.of(extents, self.elements[tile.dtype.name])

    def shared_by(self, tile: tree.Tile) -> int:
        """How many steps of its column's loop share an element of a tile."""
        of, number = tile.matrix.columns.shared
        return number if tile.column is not None and of == tile.column.counted.text else 1

    def shared(self, key, operation: type, *arguments, **named) -> ir.Value:
        """A value that the whole stage shares, built in front of its first loop."""
        if key not in self.stage_values:
            with ir.InsertionPoint(self.first_loop) if self.first_loop else ir.InsertionPoint.current:
                self.stage_values[key] = operation(*arguments, **named).result
        return self.stage_values[key]

    def constant(self, value: int, location) -> ir.Value:
        return self.shared(value, arith.ConstantOp, self.index, value, loc=location)

    def size(self, name: str, span: Span) -> ir.Value:
        location = self.location(span, name)
        if name == tree.RANKS:
            return self.shared(name, RanksOp, self.index, loc=location)
        return self.shared(name, SizeOp, ir.StringAttr.get(name), value=self.index, loc=location)

    def bound(self, loop: tree.Loop) -> ir.Value:
        if loop.dimension is None:
            return self.size(tree.RANKS, loop.bound_span)
        size, matrix = loop.dimension.size, loop.dimension.matrix
        if len(size.names) == 1:
            return self.size(size.text, loop.bound_span)
        # The rows of an output are those of the gathered matrix that it has its rows from.
        for gathered in [matrix] if isinstance(matrix, tree.GatheredValue) else self.program.gathered:
            if gathered.rows == size:
                location = self.location(loop.bound_span, "rows")
                return self.shared(gathered, RowsOp, self.values[gathered], value=self.index, loc=location)
        product = self.size(size.names[0], loop.bound_span)
        for count, name in enumerate(size.names[1:], 2):
            factor, location = self.size(name, loop.bound_span), self.location(loop.bound_span)
            key = tree.Size.of(*size.names[:count])
            product = self.shared(key, arith.MulIOp, product, factor, loc=location)
        return product

    # -- the module --

    def module(self, machine: str) -> ir.Module:
        schedule, integer = self.schedule, ir.IntegerType.get_signless(64)
        module = ir.Module.create(self.location(self.program.span))
        module.operation.attributes["dovetail.machine"] = ir.StringAttr.get(machine)
        module.operation.attributes["dovetail.schedule"] = ir.DictAttr.get(
            {
                "tile": ir.ArrayAttr.get([ir.IntegerAttr.get(integer, size) for size in schedule.tile]),
                "chunk": ir.IntegerAttr.get(integer, schedule.chunk),
                "slots": ir.IntegerAttr.get(integer, schedule.slots),
                "lanes": ir.IntegerAttr.get(integer, schedule.communication_cores),
                "order": ir.StringAttr.get(schedule.order),
            }
        )
        with ir.InsertionPoint(module.body):
            self.function()
        return module

    def function(self) -> None:
        program, matrices, location = self.program, self.program.matrices, self.location(self.program.span)
        types = [self.matrix_type(matrix) for matrix in matrices]
        function = func.FuncOp(program.name, (types, []), loc=location)
        function.attributes["dovetail.kernel"] = ir.UnitAttr.get()
        if program.limits:
            limits = {size: ir.StringAttr.get(limit) for size, limit in program.limits.items()}
            function.attributes["dovetail.limits"] = ir.DictAttr.get(limits)
        function.arg_attrs = [self.argument_attributes(matrix) for matrix in matrices]
        names = [self.location(matrix.span, matrix.name) for matrix in matrices]
        block = function.regions[0].blocks.append(*types, arg_locs=names)
        self.values.update(zip(matrices, block.arguments))
        with ir.InsertionPoint(block):
            leaders: dict[tree.Stage | None, ir.Value] = {}
            for matrix in program.gathered:
                place = self.location(matrix.span, matrix.name)
                leader = leaders.get(matrix.filled)  # what one stage fills travels together
                type_ = self.matrix_type(matrix)
                made = GatheredOp(self.values[matrix.source], leader=leader, gathered=type_, loc=place)
                self.values[matrix] = made.gathered
                leaders.setdefault(matrix.filled, made.gathered)
            for part in program.body:
                if isinstance(part, tree.Stage):
                    self.stage(part)
                else:
                    self.copy(part)
            func.ReturnOp([], loc=location)

    def argument_attributes(self, matrix: tree.MatrixValue) -> ir.DictAttr:
        sizes = ir.ArrayAttr.get([ir.StringAttr.get(size.text) for size in (matrix.rows, matrix.columns)])
        attributes = {"dovetail.name": ir.StringAttr.get(matrix.name), "dovetail.sizes": sizes}
        if matrix.output:
            attributes["dovetail.output"] = ir.UnitAttr.get()
        return ir.DictAttr.get(attributes)

    def barrier(self, reads: list[tree.GatheredValue], location) -> None:
        """Before what reads a gathered matrix that no barrier has followed since it was filled."""
        if any(matrix not in self.readable for matrix in reads):
            BarrierOp(loc=location)
            self.readable.update(self.program.gathered)

    def copy(self, copy: tree.Copy) -> None:
        location = self.location(copy.span)
        self.barrier([copy.source], location)
        CopyOp(self.values[copy.source], self.values[copy.destination], loc=location)

    def stage(self, stage: tree.Stage) -> None:
        location = self.location(stage.span)
        self.barrier(stage.reads, location)
        self.readable.difference_update(matrix for matrix in self.program.gathered if matrix.filled is stage)
        region = scf.ExecuteRegionOp([], loc=location)
        region.attributes["dovetail.stage"] = ir.StringAttr.get(stage.name)
        self.stage_values.clear()
        self.first_loop = None
        with ir.InsertionPoint(region.regions[0].blocks.append()):
            for statement in stage.body:
                self.statement(statement)
            scf.YieldOp([], loc=location)

    # -- statements --

    def statement(self, statement) -> None:
        match statement:
            case tree.Loop():
                self.loop(statement)
            case tree.Tile():
                self.load(statement)
            case tree.Accumulator():
                assert statement.dtype is not None
                made = self.tile_type(statement.row, statement.column, statement.dtype)
                self.values[statement] = ZerosOp(made, loc=self.location(statement.span, statement.name)).tile
            case tree.Times():
                self.times(statement)
            case tree.Accumulate():
                self.multiply(statement)
            case tree.Store():
                self.store(statement)

    def loop(self, loop: tree.Loop) -> None:
        location = self.location(loop.bound_span)
        begin = self.constant(0, location)
        end = self.bound(loop)
        step = self.constant(1 if loop.dimension is None else self.extent(loop), location)
        carried = [self.values[accumulator] for accumulator in loop.carried]
        types = [value.type for value in carried]
        names = [self.location(each.span, each.name) for each in loop.carried]
        # Not through the bindings' class, which gives the block's arguments no locations.
        made = ir.Operation.create(
            "scf.for", types, [begin, end, step, *carried], regions=1, loc=names[0] if names else location
        )
        self.first_loop = self.first_loop or made
        names.insert(0, self.location(loop.span, loop.name))
        block = made.regions[0].blocks.append(self.index, *types, arg_locs=names)
        self.values.update(zip([loop, *loop.carried], block.arguments))
        with ir.InsertionPoint(block):
            for statement in loop.body:
                self.statement(statement)
            scf.YieldOp([self.values[accumulator] for accumulator in loop.carried], loc=location)
        self.values.update(zip(loop.carried, made.results))

    def offsets(self, row: tree.Loop | None, column: tree.Loop | None, location) -> list[ir.Value]:
        return [self.values[each] if each else self.constant(0, location) for each in (row, column)]

    def load(self, tile: tree.Tile) -> None:
        location = self.location(tile.span, tile.name)
        matrix, offsets = self.values[tile.matrix], self.offsets(tile.row, tile.column, location)
        made = self.loaded_type(tile)
        shared = self.shared_by(tile)
        if shared > 1:
            place = self.constant(shared, location)
            offsets[1] = arith.DivUIOp(offsets[1], place, loc=location).result
        rank = self.values[tile.rank] if tile.rank else None
        self.values[tile] = LoadOp(matrix, offsets, rank=rank, tile=made, loc=location).tile

    def multiply(self, statement: tree.Accumulate) -> None:
        accumulator, product = statement.accumulator, statement.product
        before, lhs, rhs = (self.values[each] for each in (accumulator, product.lhs, product.rhs))
        location = self.location(statement.span, accumulator.name)
        left, right = (self.values[each] for each in product.scales) if product.scales else (None, None)
        made = MultiplyOp(lhs, rhs, before, before.type, lhs_scales=left, rhs_scales=right, loc=location)
        self.values[accumulator] = made.result

    def times(self, times: tree.Times) -> None:
        lhs, rhs = (self.values[each] for each in (times.lhs, times.rhs))
        extents = [max(pair) for pair in zip(lhs.type.sizes, rhs.type.sizes)]
        made = TileType.of(extents, self.elements["float32"])
        operation = PlusOp if isinstance(times, tree.Plus) else TimesOp
        self.values[times] = operation(lhs, rhs, result=made, loc=self.location(times.span, times.name)).result

    def store(self, store: tree.Store) -> None:
        location = self.location(store.span)
        rank = self.values[store.rank] if store.rank else None
        offsets = self.offsets(store.row, store.column, location)
        StoreOp(self.values[store.value], self.values[store.matrix], offsets, rank=rank, loc=location)
