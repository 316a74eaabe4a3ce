"""fuse-stages: one kernel out of a stage that gathers and the stages that read what it gathers."""

from dovetail.dialect import build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import Rebuild, loop, named
from dovetail.dialect.dovetail import (
    AwaitArrivalsOp,
    BarrierOp,
    BesideOp,
    GatheredOp,
    GroupOp,
    GroupsOp,
    LoadOp,
    RowsOp,
    StoreOp,
)
from dovetail.passes.gathering import (
    companions,
    filling_stage,
    kernels,
    leaders,
    offset_in,
    push_chunks,
    reading_stages,
    row_of,
    schedule,
    stage_name,
    stages,
)
from dovetail.passes.registry import Pass, fail

Index = ir.IndexType
FIRST_ROWS = (("dovetail.load", 1), ("dovetail.store", 2), ("dovetail.block_row", 0))  # operations and operands


class FuseStages(Pass):
    """Overlaps the stages that a gathered matrix links: chunks instead of the whole, arrivals instead of the barrier.

    The stage that fills the matrix pushes the own rows chunk by chunk to each peer and counts each arrival. The stages
    that read it become one loop over groups of rows; each group waits for no more than the arrivals it needs. Own rows
    are read where they lie. Which groups there are, and in what order, is left to order-tiles.

        stage "gather":                              stage "gather":
          for rank, for i:                             for chunk, for position:
            gathered[i] of rank = x1[i] of rank          %peer = dovetail.peer %gathered to %position
        dovetail.barrier                     ->          dovetail.push %x1, %gathered[%chunk] to %peer
        stage "matmul":                                  dovetail.arrive %gathered[%chunk] at %peer
          for i in dovetail.rows %gathered:          stage "matmul":
            output[i] = gathered[i] @ x2               for group in dovetail.groups %gathered:
                                                         %rows, %origin, %first, %count, %arrivals = dovetail.group ...
                                                         dovetail.await_arrivals %gathered, %arrivals
                                                         for i in %count: output[%first + i] = rows[%origin + i] @ x2
    """

    name = "fuse-stages"
    chunk: int | None = None

    def run(self, module: ir.Module) -> None:
        chunk = schedule(module, "chunk") if self.chunk is None else self.chunk
        for kernel in kernels(module):
            for gathered in leaders(kernel):
                if chunk < 1:
                    fail(gathered, f"a chunk has at least 1 row, not {chunk}")
                gathered.operation.attributes["chunk"] = build.i64(chunk)
                filler = filling_stage(kernel, gathered)
                readers = reading_stages(kernel, gathered, filler)
                push_chunks(filler, gathered, first_position=1)
                if readers:
                    _merge(kernel, readers, gathered)
            for barrier in build.operations(kernel, BarrierOp):
                barrier.operation.erase()


def _row_loop(load: LoadOp, gathered: GatheredOp, stage: ir.Operation) -> ir.Operation:
    """The loop over all rows of the gathered matrix whose variable is the row that `load` starts from.

    Tiles of a fused stage start at other rows than those of the whole, so that this variable may be nothing else than
    the first row of tiles that are loaded and stored.
    """
    row = row_of(load)
    over = build.holding(row)
    if load.rank is None and over is not None and over.name == "scf.for":
        bound = build.defining(over.operands[1])
        over_all = bound is not None and bound.name == "dovetail.rows" and build.constant_of(over.operands[0]) == 0
        if over_all and over.parent.operation == stage:
            for use in row.uses:
                if (use.owner.name, use.operand_number) not in FIRST_ROWS:
                    fail(use.owner, "in a stage that is fused, rows are only where tiles are loaded and stored")
            return over
    fail(
        load,
        "a stage can be fused where it reads the gathered matrix in a loop over all of its rows; "
        "this load takes its row from elsewhere",
        (gathered, "the gathered matrix"),
    )


def _merge(kernel: func.FuncOp, readers: list[ir.Operation], gathered: GatheredOp) -> None:
    """Puts the row loops of all stages that read the gathered matrix into one loop over its groups."""
    together = [each.gathered for each in (gathered, *companions(gathered))]
    written: dict[ir.Value, StoreOp] = {}
    for stage in stages(kernel):
        for load in build.operations(stage, LoadOp):
            if stage in readers and load.matrix in written:
                fail(
                    load,
                    "a stage that is fused reads no matrix that a stage before it writes",
                    (written[load.matrix], "written here"),
                )
        for store in build.operations(stage, StoreOp):
            if store.matrix not in together:
                written[store.matrix] = store

    row_loops = []
    for stage in readers:
        loops = []
        for load in build.operations(stage, LoadOp):
            if load.matrix in together:
                over = _row_loop(load, gathered, stage)
                if over not in loops:
                    loops.append(over)
        row_loops.append(loops)

    target = readers[0]
    block = target.regions[0].blocks[0]
    end = list(block.operations)[-1]
    for stage in readers[1:]:
        for op in list(stage.regions[0].blocks[0].operations)[:-1]:
            op.operation.move_before(end)
    with ir.InsertionPoint(end), build.unnamed(row_loops[0][0].location):
        groups = GroupsOp(gathered.gathered, value=Index.get(), loc=named("groups"))
        over_groups = loop(0, groups.value, name="group")
        with over_groups as number:
            group = GroupOp(
                gathered.gathered,
                number,
                rows=gathered.matrix.type,
                **dict.fromkeys(("origin", "first", "count", "arrivals"), Index.get()),
            )
            lie_in = {gathered.gathered: group.rows}
            for each in companions(gathered):
                beside = BesideOp(each.gathered, number, rows=each.matrix.type, loc=_named_like(each))
                lie_in[each.gathered] = beside.rows
            AwaitArrivalsOp(gathered.gathered, group.arrivals)
            for row_loop in (row_loop for loops in row_loops for row_loop in loops):
                _rebuild(row_loop, lie_in, group)
    for loops in row_loops:
        for row_loop in loops:
            row_loop.erase()
    for rows in build.operations(target, RowsOp):
        if not list(rows.value.uses):
            rows.operation.erase()
    names = [stage_name(stage) for stage in readers]
    target.attributes["dovetail.stage"] = ir.StringAttr.get("_and_".join(names))
    for stage in readers[1:]:
        stage.erase()


def _named_like(gathered: GatheredOp) -> ir.Location:
    return named(f"{build.name_of(gathered.location) or 'companion'}Rows")


def _rebuild(row_loop: ir.Operation, lie_in: dict[ir.Value, ir.Value], group: GroupOp) -> None:
    """Builds the row loop again over the rows of one group: reads them where they lie, writes where they belong."""
    step = row_loop.operands[2]
    body = row_loop.regions[0].blocks[0]
    row = body.arguments[0]
    rebuild = Rebuild()
    with build.unnamed(row_loop.location), loop(0, group.count, step, build.name_of(row.location) or "i") as i:
        limit = build.minimum(step, build.subtract(group.count, i), "tileRows")

        def load(op):
            first, column = (rebuild[offset] for offset in op.offsets)
            if op.matrix in lie_in:
                rows = lie_in[op.matrix]
                first = offset_in(op, build.add(group.origin, i))
                return [LoadOp(rows, [first, column], rows=limit, tile=op.tile.type).tile]
            if op.offsets[0] == row:
                first = build.add(group.first, i)
                return [LoadOp(op.matrix, [first, column], rows=limit, tile=op.tile.type).tile]
            rank = rebuild[op.rank] if op.rank is not None else None
            return [LoadOp(op.matrix, [first, column], rank=rank, tile=op.tile.type).tile]

        def store(op):
            if op.offsets[0] != row:
                fail(op, "a stage that is fused stores to the rows that it reads; this store goes elsewhere")
            first_and_column = [build.add(group.first, i), rebuild[op.offsets[1]]]
            StoreOp(rebuild[op.tile], op.matrix, first_and_column, rows=limit)

        rebuild.handlers = {"dovetail.load": load, "dovetail.store": store, "dovetail.block_row": lambda op: []}
        rebuild.block(body, skip_terminator=True)
