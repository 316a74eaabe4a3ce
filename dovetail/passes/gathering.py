"""What the passes that link stages know of them: which stage fills a gathered matrix, and which read it."""

from dovetail.dialect import build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import loop, named
from dovetail.dialect.dovetail import (
    ArriveOp,
    BlockRowOp,
    ChunksOp,
    GatheredOp,
    LoadOp,
    PeerOp,
    PushOp,
    RanksOp,
    StoreOp,
)
from dovetail.passes.registry import fail

KERNEL = "dovetail.kernel"
STAGE = "dovetail.stage"


def kernels(module: ir.Module) -> list[func.FuncOp]:
    return [op for op in module.body.operations if KERNEL in op.operation.attributes]


def schedule(module: ir.Module, field: str):
    """A field of the schedule that the module was made with. Fails if it does not have it."""
    attributes = module.operation.attributes
    if "dovetail.schedule" not in attributes or field not in ir.DictAttr(attributes["dovetail.schedule"]):
        fail(module.operation, f"the module's attribute dovetail.schedule does not say '{field}'")
    value = ir.DictAttr(attributes["dovetail.schedule"])[field]
    if isinstance(value, ir.ArrayAttr):
        return [element.value for element in value]
    return value.value


def leaders(kernel: func.FuncOp) -> list[GatheredOp]:
    """The gathered matrices that travel by themselves."""
    return [gathered for gathered in build.operations(kernel, GatheredOp) if gathered.leader is None]


def companions(gathered: GatheredOp) -> list[GatheredOp]:
    """The gathered matrices that travel with this one."""
    uses = [use.owner.operation for use in gathered.gathered.uses]
    found = [op.opview for op in uses if op.name == GatheredOp.OPERATION_NAME]
    return sorted(found, key=lambda op: list(op.operation.block.operations).index(op))


def stages(kernel: func.FuncOp) -> list[ir.Operation]:
    return [op.operation for op in kernel.body.blocks[0].operations if STAGE in op.operation.attributes]


def stage_name(stage: ir.Operation) -> str:
    return ir.StringAttr(stage.attributes[STAGE]).value


def filling_stage(kernel: func.FuncOp, gathered: GatheredOp) -> ir.Operation:
    """The stage that fills the gathered matrix and those that travel with it, which must do that and no more: copy each
    tile of each rank."""
    together = {each.gathered: each for each in (gathered, *companions(gathered))}
    fillers = [
        stage
        for stage in stages(kernel)
        if any(store.matrix == gathered.gathered for store in build.operations(stage, StoreOp))
    ]
    if len(fillers) != 1:
        fail(gathered, f"a gathered matrix is filled by one stage, not by {len(fillers)}")
    for store in build.operations(fillers[0], StoreOp):
        tile = build.defining(store.tile)
        load = tile.opview if tile is not None else None
        gathers = (
            isinstance(load, LoadOp)
            and store.matrix in together
            and load.matrix == together[store.matrix].matrix
            and store.rank is not None
            and load.rank == store.rank
            and list(load.offsets) == list(store.offsets)
            and _over_all(store.rank, "dovetail.ranks")
            and _over_all(store.offsets[0], "dovetail.size")
            and build.constant_of(store.offsets[1]) == 0
        )
        if not gathers:
            fail(
                store,
                "a stage that fills a gathered matrix copies each tile of each rank to its own place, and does no more",
                (gathered, "the gathered matrix"),
            )
    return fillers[0]


def row_of(load: LoadOp) -> ir.Value:
    """The row that a load starts from, or where its matrix has one for each block of rows, that row of its leader."""
    made = build.defining(load.offsets[0])
    return made.opview.row if made is not None and isinstance(made.opview, BlockRowOp) else load.offsets[0]


def offset_in(load: LoadOp, row: ir.Value) -> ir.Value:
    """The offset of a load that starts from that row, where `row_of` is another."""
    made = build.defining(load.offsets[0])
    if made is not None and isinstance(made.opview, BlockRowOp):
        return BlockRowOp(row, made.opview.rows, made.opview.block, value=ir.IndexType.get()).value
    return row


def _over_all(value: ir.Value, bound: str) -> bool:
    """Whether the value is the variable of a loop from 0 to what an operation of that name gives, or how many blocks of
    a constant number of steps lie before it."""
    made = build.defining(value)
    if made is not None and made.name == "arith.divsi" and build.constant_of(made.operands[1]) is not None:
        return _over_all(made.operands[0], bound)
    over = build.holding(value)
    if over is None or over.name != "scf.for" or build.constant_of(over.operands[0]) != 0:
        return False
    stop = build.defining(over.operands[1])
    return stop is not None and stop.name == bound


def reading_stages(kernel: func.FuncOp, gathered: GatheredOp, filler: ir.Operation) -> list[ir.Operation]:
    """The stages that read the gathered matrix, all of which come after the one that fills it."""
    readers = []
    is_filled = False
    for stage in stages(kernel):
        is_filled = is_filled or stage == filler
        for load in build.operations(stage, LoadOp):
            if load.matrix == gathered.gathered:
                if not is_filled:
                    fail(load, "reads a gathered matrix before the stage that fills it", (filler, "filled here"))
                if stage not in readers:
                    readers.append(stage)
    return readers


def push_chunks(stage: ir.Operation, gathered: GatheredOp, first_position: int) -> None:
    """Makes the stage push the own rows, chunk by chunk, to the peers at all positions from the first on."""
    block = stage.regions[0].blocks[0]
    location = build.unnamed(build.operations(stage, StoreOp)[0].location)
    *old, end = list(block.operations)
    for op in reversed(old):
        op.erase()
    index = ir.IndexType.get()
    with ir.InsertionPoint(end), location:
        matrix = gathered.gathered
        chunks = ChunksOp(matrix, value=index, loc=named("chunks"))
        ranks = RanksOp(index, loc=named("ranks"))
        with (
            loop(0, chunks.value, name="chunk") as chunk,
            loop(first_position, ranks.value, name="position") as position,
        ):
            peer = PeerOp(matrix, ir.StringAttr.get("to"), position, rank=index, loc=named("peer"))
            for each in (gathered, *companions(gathered)):
                PushOp(each.matrix, each.gathered, chunk, peer.rank)
            ArriveOp(matrix, chunk, peer.rank)
