"""place-epilogues: who makes of an accumulated tile what is stored."""

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.dialect.dovetail import BroadcastOp, HandOverOp, LoadOp, MultiplyOp, PlusOp, StoreOp, TakeOp, TimesOp
from dovetail.passes.gathering import kernels
from dovetail.passes.registry import Pass, fail
from dovetail.passes.target import machine_of

STORED = {"f32": ("f32", "f16", "bf16"), "si32": ("si32",)}  # what a Fixpipe stores, without scales, of each type

ELEMENTWISE = (TimesOp.OPERATION_NAME, PlusOp.OPERATION_NAME)


class PlaceEpilogues(Pass):
    """Hands tiles that are not stored as they were accumulated over to the vector cores.

    A Fixpipe rounds float32 on its way out of L0C. It also multiplies the columns of a tile of integers by packed
    scales and rounds to float16: such a store stays with the cube core. What else multiplies a tile, or rounds
    integers, is for the vector cores: the cube core hands the tile over, they take it, and everything from there to the
    store is theirs. A Fixpipe keeps ten bits of the mantissa of a scale, so that float32 scales never pass through one.

    On architecture 3510 a row that is added, with nothing else to do, is what the cube core starts from in the place
    of zeros.

        %sum = scf.for ... multiply              %sum = scf.for ... multiply
        %scaled = dovetail.times %sum, %s   ->   dovetail.hand_over %sum
        dovetail.store %scaled, %output          %taken = dovetail.take
                                                 %scaled = dovetail.times %taken, %s
                                                 dovetail.store %scaled, %output
    """

    name = "place-epilogues"

    def run(self, module: ir.Module) -> None:
        for kernel in kernels(module):
            for store in build.operations(kernel, StoreOp):
                if not build.operations(kernel, MultiplyOp) or not _has_epilogue(store):
                    continue
                if _start_from_row(store, module):
                    continue
                if not _scale_on_the_way_out(store):
                    _hand_over(store)


def _has_epilogue(store: StoreOp) -> bool:
    made = build.defining(store.tile)
    if made is None or made.name not in ("scf.for", *ELEMENTWISE):
        return False
    given, stored = store.tile.type.element, store.matrix.type.element_type
    return made.name in ELEMENTWISE or str(stored) not in STORED.get(str(given), ())


def _start_from_row(store: StoreOp, module: ir.Module) -> bool:
    """Whether the sum starts from a row that was added to it; then it does."""
    plus = _view(store.tile)
    if not isinstance(plus, PlusOp) or len(list(plus.result.uses)) > 1:
        return False
    over, row = build.defining(plus.lhs), _view(plus.rhs)
    is_row = isinstance(row, LoadOp) and row.tile.type.sizes[0] == 1
    if not is_row or over is None or over.name != "scf.for" or str(plus.lhs.type.element) != "f32":
        return False
    if len(list(plus.lhs.uses)) > 1 or machine_of(module).architecture != "3510":
        return False
    row.operation.move_before(over)
    with ir.InsertionPoint(over), build.unnamed(plus.location):
        over.operands[3] = BroadcastOp(row.tile, tile=plus.lhs.type).tile
    store.operation.operands[0] = plus.lhs
    plus.operation.erase()
    return True


def _scale_on_the_way_out(store: StoreOp) -> bool:
    """Whether a Fixpipe does it all; then the store says so."""
    made = build.defining(store.tile)
    if made is None or made.name != TimesOp.OPERATION_NAME or str(store.matrix.type.element_type) != "f16":
        return False
    tile, scales = made.opview.lhs, made.opview.rhs
    if isinstance(_view(tile), LoadOp):
        tile, scales = scales, tile
    load, over = _view(scales), build.defining(tile)
    is_row = isinstance(load, LoadOp) and load.tile.type.sizes[0] == 1 and str(load.tile.type.element) == "i64"
    if not is_row or over is None or over.name != "scf.for" or str(tile.type.element) != "si32":
        return False
    with ir.InsertionPoint(store), build.unnamed(store.location):
        StoreOp(tile, store.matrix, list(store.offsets), rank=store.rank, rows=store.rows, scales=scales)
    store.operation.erase()
    if not list(made.results[0].uses):
        made.erase()
    return True


def _view(value: ir.Value):
    made = build.defining(value)
    return made.opview if made is not None else None


def _hand_over(store: StoreOp) -> None:
    sums = _sums(store.tile)
    if len(sums) != 1:
        fail(store, f"what is stored comes from one tile that is accumulated or handed over, not from {len(sums)}")
    (tile,) = sums
    made = build.defining(tile)
    if made is None or made.name != "scf.for":
        return  # another store of the same tile has handed it over
    uses = [(use.owner.operation, use.operand_number) for use in tile.uses]
    with ir.InsertionPoint.after(made), build.unnamed(store.location):
        HandOverOp(tile)
        taken = TakeOp(tile.type, loc=build.named("taken")).tile
    for owner, position in uses:
        owner.operands[position] = taken


def _sums(tile: ir.Value) -> list[ir.Value]:
    """The accumulated tiles, or those that were taken in their place, that a tile is made of."""
    made = build.defining(tile)
    if made is not None and made.name in ELEMENTWISE:
        return [*dict.fromkeys([*_sums(made.opview.lhs), *_sums(made.opview.rhs)])]
    return [tile] if made is not None and made.name in ("scf.for", TakeOp.OPERATION_NAME) else []
