"""place-epilogues: who makes of an accumulated tile what is stored."""

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.dialect.dovetail import (
    AddScaledOp,
    BlockRowOp,
    BroadcastOp,
    HandOverOp,
    LoadOp,
    MultiplyOp,
    PlusOp,
    StoreOp,
    TakeOp,
    TileType,
    TimesOp,
    ZerosOp,
)
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

    Where factors have float32 scales of blocks, each product of one block along the contraction is scaled before it is
    added. Then the loop over the depth goes block by block, whatever the depth of the tiles, and hands over products:
    the vector cores scale them and add them up.

        %sum = scf.for ... multiply              %sum = scf.for ... multiply
        %scaled = dovetail.times %sum, %s   ->   dovetail.hand_over %sum
        dovetail.store %scaled, %output          %taken = dovetail.take
                                                 %scaled = dovetail.times %taken, %s
                                                 dovetail.store %scaled, %output

        scf.for %k step 256 iter_args(%sum) {           scf.for %k step 128 iter_args(%sum) {
          multiply %x, %y, %sum scaled %s by %t    ->     %product = multiply %x, %y, %zeros
        }                                                 dovetail.hand_over %product
                                                          %taken = dovetail.take
                                                          dovetail.add_scaled %taken, %sum scaled %s by %t
                                                        }
    """

    name = "place-epilogues"

    def run(self, module: ir.Module) -> None:
        for kernel in kernels(module):
            for multiply in build.operations(kernel, MultiplyOp):
                if multiply.lhs_scales is not None and str(multiply.lhs_scales.type.element) == "f32":
                    _scale_products(multiply)
            for store in build.operations(kernel, StoreOp):
                if not build.operations(kernel, MultiplyOp) or not _has_epilogue(store):
                    continue
                if any(build.operations(tile.owner, AddScaledOp) for tile in _sums(store.tile)):
                    fail(store, "a sum of products that are scaled by blocks is stored as it is, but for rounding")
                if _start_from_row(store, module):
                    continue
                if not _scale_on_the_way_out(store):
                    _hand_over(store)


def _scale_products(multiply: MultiplyOp) -> None:
    """Goes block by block through the depth, and hands each product over."""
    over, factors = (
        multiply.operation.parent.operation,
        (multiply.lhs, multiply.rhs, multiply.lhs_scales, multiply.rhs_scales),
    )
    loads = [_view(factor) for factor in factors]
    start = build.defining(over.operands[3]) if over.name == "scf.for" and len(over.operands) == 4 else None
    if (
        start is None
        or start.name != ZerosOp.OPERATION_NAME
        or multiply.accumulator != over.regions[0].blocks[0].arguments[1]
        or not all(isinstance(load, LoadOp) for load in loads)
        or [use.owner.name for use in multiply.result.uses] != ["scf.yield"]
    ):
        fail(
            multiply, "a product of tiles that are scaled by blocks is added to zeros, by the loop over its depth alone"
        )
    left, right, rows, columns = loads
    block_rows = _view(rows.offsets[0])
    depth, block_columns = (_divisor(offset) for offset in columns.offsets)
    if not isinstance(block_rows, BlockRowOp) or depth is None or block_columns is None:
        fail(multiply, "rows that are scaled by blocks are gathered, and their scales with them")
    (height, _), (_, width) = left.tile.type.sizes, right.tile.type.sizes
    if width % block_columns and block_columns % width:
        fail(multiply, f"tiles of {width} columns do not fit blocks of {block_columns}: one is a multiple of the other")
    with ir.InsertionPoint(over), build.unnamed(multiply.location):
        over.operands[2] = build.constant(depth)
    with ir.InsertionPoint(multiply), build.unnamed(multiply.location):

        def again(load: LoadOp, *sizes: int) -> ir.Value:
            tile = TileType.of(sizes, load.tile.type.element)
            return LoadOp(load.matrix, list(load.offsets), rank=load.rank, rows=load.rows, tile=tile).tile

        product = MultiplyOp(
            again(left, height, depth),
            again(right, depth, width),
            over.operands[3],
            multiply.result.type,
            loc=build.named("product"),
        ).result
        HandOverOp(product)
        taken = TakeOp(product.type, loc=build.named("taken")).tile
        scale = again(rows, -(-height // block_rows.block.value), 1)
        scales = again(columns, 1, -(-width // block_columns))
        total = AddScaledOp(taken, scale, scales, multiply.accumulator, taken.type, loc=multiply.location).result
    multiply.result.replace_all_uses_with(total)
    multiply.operation.erase()
    for load in loads:
        load.operation.erase()


def _divisor(value: ir.Value) -> int | None:
    made = build.defining(value)
    return build.constant_of(made.operands[1]) if made is not None and made.name == "arith.divsi" else None


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
