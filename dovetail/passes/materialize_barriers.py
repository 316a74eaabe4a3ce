"""materialize-barriers: what separates two stages that are not fused."""

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.dialect.build import named
from dovetail.dialect.dovetail import (
    AwaitArrivalsOp,
    BarrierOp,
    BesideOp,
    BlockRowOp,
    GatheredOp,
    GroupOp,
    LoadOp,
    RowsOp,
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
)
from dovetail.passes.registry import Pass


class MaterializeBarriers(Pass):
    """Turns the barrier between a stage that gathers and one that reads into the arrival of everything.

    Each rank pushes all of its rows, to itself too, and counts one arrival; the stages that read the matrix start once
    all ranks have arrived. Kernels that `fuse-stages` has changed have no barriers and stay as they are.

        stage "gather":                              stage "gather":
          for rank, for i:                             for chunk, for position:
            gathered[i] of rank = x1[i] of rank          dovetail.push, dovetail.arrive
        dovetail.barrier                     ->      %rows, ..., %count, %arrivals = dovetail.group %gathered[0]
        stage "matmul":                              dovetail.await_arrivals %gathered, %arrivals
          for i in dovetail.rows %gathered:          stage "matmul":
            output[i] = gathered[i] @ x2               for i in %count: output[i] = rows[i] @ x2
    """

    name = "materialize-barriers"

    def run(self, module: ir.Module) -> None:
        for kernel in kernels(module):
            for gathered in leaders(kernel):
                if gathered.is_whole:
                    _materialize(kernel, gathered)
            for barrier in build.operations(kernel, BarrierOp):
                barrier.operation.erase()


def _materialize(kernel, gathered: GatheredOp) -> None:
    filler = filling_stage(kernel, gathered)
    readers = reading_stages(kernel, gathered, filler)
    push_chunks(filler, gathered, first_position=0)
    if not readers:
        return
    index = ir.IndexType.get()
    with ir.InsertionPoint(readers[0]), build.unnamed(readers[0].location):
        group = GroupOp(
            gathered.gathered,
            build.constant(0),
            rows=gathered.matrix.type,
            **dict.fromkeys(("origin", "first", "count", "arrivals"), index),
            loc=named("everything"),
        )
        lie_in = {gathered.gathered: group.rows}
        for each in companions(gathered):
            lie_in[each.gathered] = BesideOp(each.gathered, group.group, rows=each.matrix.type).rows
        AwaitArrivalsOp(gathered.gathered, group.arrivals)
    for stage in readers:
        for rows in build.operations(stage, RowsOp):
            if rows.gathered == gathered.gathered:
                rows.value.replace_all_uses_with(group.count)
                rows.operation.erase()
        for load in build.operations(stage, LoadOp):
            if load.matrix in lie_in:
                _read_everything(load, lie_in[load.matrix], group)


def _read_everything(load: LoadOp, rows: ir.Value, group: GroupOp) -> None:
    row, column = row_of(load), load.offsets[1]
    with ir.InsertionPoint(load), build.unnamed(load.location):
        limit = build.minimum(load.tile.type.sizes[0], build.subtract(group.count, row), "tileRows")
        first = offset_in(load, build.add(group.origin, row))
        made = LoadOp(rows, [first, column], rows=limit, tile=load.tile.type)
    load.tile.replace_all_uses_with(made.tile)
    block_row = build.defining(load.offsets[0])
    load.operation.erase()
    if block_row is not None and isinstance(block_row.opview, BlockRowOp) and not list(block_row.result.uses):
        block_row.erase()
