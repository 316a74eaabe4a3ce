"""place-epilogues: who makes of an accumulated tile what is stored."""

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.dialect.dovetail import HandOverOp, MultiplyOp, StoreOp, TakeOp, TimesOp
from dovetail.passes.gathering import kernels
from dovetail.passes.registry import Pass, fail

STORED = {"f32": ("f32", "f16", "bf16"), "si32": ("si32",)}  # what a Fixpipe stores, without scales, of each type


class PlaceEpilogues(Pass):
    """Hands tiles that are not stored as they were accumulated over to the vector cores.

    A Fixpipe rounds float32 on its way out of L0C. What multiplies a tile, or rounds integers, is for the vector cores:
    the cube core hands the tile over, they take it, and everything from there to the store is theirs.

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
                if build.operations(kernel, MultiplyOp) and _has_epilogue(store):
                    _hand_over(store)


def _has_epilogue(store: StoreOp) -> bool:
    made = build.defining(store.tile)
    if made is None or made.name not in ("scf.for", TimesOp.OPERATION_NAME):
        return False
    given, stored = store.tile.type.element, store.matrix.type.element_type
    return made.name == TimesOp.OPERATION_NAME or str(stored) not in STORED.get(str(given), ())


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
    if made is not None and made.name == TimesOp.OPERATION_NAME:
        return [*dict.fromkeys([*_sums(made.opview.lhs), *_sums(made.opview.rhs)])]
    return [tile] if made is not None and made.name in ("scf.for", TakeOp.OPERATION_NAME) else []
