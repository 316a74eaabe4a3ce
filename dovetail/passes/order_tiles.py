"""order-tiles: whom a rank serves first, and which rows it multiplies first."""

from typing import Literal

from dovetail.dialect import build
from dovetail.dialect.bindings import arith, func, ir
from dovetail.dialect.build import named, when
from dovetail.dialect.dovetail import (
    BesideOp,
    ChunkRowsOp,
    ChunksOp,
    GatheredOp,
    GroupOp,
    GroupsOp,
    PartOp,
    PeerOp,
    RankOp,
    RanksOp,
    SizeOp,
)
from dovetail.passes.gathering import leaders, schedule
from dovetail.passes.registry import Pass
from dovetail.passes.target import machine_of


class OrderTiles(Pass):
    """Replaces `dovetail.peer`, `dovetail.groups` and `dovetail.group` by arithmetic that fixes one order.

    Order `arrival`: senders rotate, position p of rank r being rank r - p as a destination and r + p as a source, so
    that each link carries one transfer at a time. The first group is all own rows, which need no arrival and are read
    where they lie; then come the chunks of the peers as they are expected. Where each rank's rows are one chunk that
    does not fill its last tile, the peers before and behind the own rank are one group each, so that a tile may span
    ranks. Order `rank`: chunk by chunk, all ranks by number. A matrix that is not cut in chunks is one group.

        %peer = dovetail.peer %g from %position   ->   %source = (rank + position) rem ranks
        %rows, %origin, ... = dovetail.group %g[%n]   ->   scf.if n == 0 { x1, 0, rank * m, m, 0 }
                                                           else { dovetail.part %g[%chunk] of %source, ... }
    """

    name = "order-tiles"
    border = True
    order: Literal["arrival", "rank"] | None = None

    def run(self, module: ir.Module) -> None:
        order = self.order or schedule(module, "order")
        height = schedule(module, "tile")[0]
        for function in module.body.operations:
            if isinstance(function, func.FuncOp):
                _order(function, order, height)


def _order(function: func.FuncOp, order: str, height: int) -> None:
    for gathered in leaders(function):
        make: _Order
        if gathered.is_whole:
            make = _Whole(gathered)
        else:
            make = _ByArrival(gathered, height) if order == "arrival" else _ByRank(gathered)
        besides = build.operations(function, BesideOp)
        for op in build.operations(function, PeerOp, GroupsOp, GroupOp):
            replaced = [op]
            with ir.InsertionPoint(op), build.unnamed(op.location):
                if isinstance(op, GroupOp):
                    replaced += [beside for beside in besides if beside.group == op.group]
                    results = make.group(op, replaced[1:])
                else:
                    results = make.peer(op) if isinstance(op, PeerOp) else make.groups(op)
            for old, new in zip([value for each in replaced for value in each.operation.results], results):
                if new is not None:
                    old.replace_all_uses_with(new)
            for each in reversed(replaced):
                each.operation.erase()


class _Order:
    """What the orders share: the sizes, and one group of rows of a peer.

    `group` gives the values of the operation, and behind them, for each of `besides`, the matrix in which the rows of
    what travels along lie; None for what nothing asks for.
    """

    def __init__(self, gathered: GatheredOp):
        self.gathered = gathered
        self.index = ir.IndexType.get()

    @property
    def own(self) -> ir.Value:
        return self.gathered.matrix

    def rank(self) -> ir.Value:
        return RankOp(self.index, loc=named("rank")).value

    def ranks(self) -> ir.Value:
        return RanksOp(self.index, loc=named("ranks")).value

    def chunks(self) -> ir.Value:
        return ChunksOp(self.gathered.gathered, value=self.index, loc=named("chunks")).value

    def chunk_rows(self) -> ir.Value:
        return ChunkRowsOp(self.gathered.gathered, value=self.index, loc=named("chunkRows")).value

    def own_rows(self) -> ir.Value:
        """How many rows each rank contributes: the first size of the matrix that is gathered."""
        argument = ir.BlockArgument(self.own)
        function = build.holding(argument)
        assert function is not None
        sizes = ir.DictAttr(ir.ArrayAttr(function.attributes["arg_attrs"])[argument.arg_number])["dovetail.sizes"]
        return SizeOp(sizes[0], value=self.index, loc=named(ir.StringAttr(sizes[0]).value)).value

    def part(self, chunk: build.Number, source: ir.Value) -> ir.Value:
        return PartOp(self.gathered.gathered, build.value_of(chunk), source, rows=self.own.type).rows

    def own_beside(self, besides: list[BesideOp]) -> list[ir.Value]:
        made = [build.defining(beside.gathered) for beside in besides]
        return [gathered.opview.matrix for gathered in made if gathered is not None]

    def parts_beside(self, besides: list[BesideOp], chunk: build.Number, source: ir.Value) -> list[ir.Value]:
        return [PartOp(each.gathered, build.value_of(chunk), source, rows=each.rows.type).rows for each in besides]


class _Whole(_Order):
    """One group: everything, in the window. Position 0 is the rank itself."""

    def peer(self, op) -> list[ir.Value]:
        return _rotated(op, self.rank(), self.ranks())

    def groups(self, op) -> list[ir.Value]:
        return [build.constant(1)]

    def group(self, op, besides) -> list[ir.Value]:
        ranks = self.ranks()
        count = build.multiply(ranks, self.own_rows(), "count")
        zero = build.constant(0)
        return [self.part(0, zero), zero, zero, count, ranks, *self.parts_beside(besides, 0, zero)]


class _ByArrival(_Order):
    def __init__(self, gathered: GatheredOp, height: int):
        super().__init__(gathered)
        self.height = height

    def spanning(self, rows: ir.Value, chunks: ir.Value) -> ir.Value:

        ragged = build.compare(build.remainder(rows, self.height), "!=", 0)
        # A group waits for all its arrivals before it consumes one, and no more than so many can be told ahead.
        told = build.compare(self.ranks(), "<=", machine_of(self.gathered).limits.cross_core_outstanding)
        single = arith.andi(build.compare(chunks, "==", 1), told)
        return arith.andi(single, ragged, loc=named("spanning"))

    def peer(self, op) -> list[ir.Value]:
        return _rotated(op, self.rank(), self.ranks())

    def groups(self, op) -> list[ir.Value]:
        chunks = self.chunks()
        each = build.add(build.multiply(chunks, build.subtract(self.ranks(), 1, "peers")), 1)
        return [build.select(self.spanning(self.own_rows(), chunks), 3, each, "groups")]

    def group(self, op, besides) -> list[ir.Value]:
        rank, ranks, rows, chunks = self.rank(), self.ranks(), self.own_rows(), self.chunks()
        chunk_rows = self.chunk_rows()
        # All of these groups start at the first row of the matrix in which they lie.
        asked = _Asked([op.rows, op.first, op.count, op.arrivals, *(each.rows for each in besides)])
        names = asked.of(["rows", "first", "count", "arrivals", *_names(besides)])

        def own():
            return asked.of([self.own, build.multiply(rank, rows), rows, 0, *self.own_beside(besides)])

        def neighbours():
            behind = build.compare(op.group, "==", 1, "behind")
            source = build.select(behind, build.add(rank, 1), 0, "source")
            sources = build.select(behind, build.subtract(ranks, source), rank, "sources")
            count = build.multiply(sources, rows)
            along = self.parts_beside(besides, 0, source)
            return asked.of([self.part(0, source), build.multiply(source, rows), count, sources, *along])

        def one():
            place = build.subtract(op.group, 1, "place")
            peers = build.subtract(ranks, 1, "peers")
            chunk = build.divide(place, peers, "chunk")
            position = build.add(build.remainder(place, peers), 1)
            source = build.remainder(build.add(rank, position), ranks, "source")
            skipped = build.multiply(chunk, chunk_rows, "skipped")
            count = build.minimum(chunk_rows, build.subtract(rows, skipped))
            first = build.add(build.multiply(source, rows), skipped)
            along = self.parts_beside(besides, chunk, source)
            return asked.of([self.part(chunk, source), first, count, 1, *along])

        spanning = self.spanning(rows, chunks)

        def others():
            return when(spanning, neighbours, one, tuple(names))

        chosen = when(build.compare(op.group, "==", 0), own, others, tuple(names))
        rows, first, count, arrivals, *along = asked.all(chosen)
        return [rows, build.constant(0), first, count, arrivals, *along]


class _ByRank(_Order):
    def peer(self, op) -> list[ir.Value]:
        # Position p is the p-th rank by number that is not the own one.
        before = build.compare(op.position, "<=", self.rank())
        return [build.select(before, build.subtract(op.position, 1), op.position, _role(op))]

    def groups(self, op) -> list[ir.Value]:
        return [build.multiply(self.chunks(), self.ranks(), "groups")]

    def group(self, op, besides) -> list[ir.Value]:
        rank, ranks, rows, chunk_rows = self.rank(), self.ranks(), self.own_rows(), self.chunk_rows()
        chunk = build.divide(op.group, ranks, "chunk")
        source = build.remainder(op.group, ranks, "source")
        skipped = build.multiply(chunk, chunk_rows, "skipped")
        count = build.minimum(chunk_rows, build.subtract(rows, skipped), "count")
        first = build.add(build.multiply(source, rows), skipped, "first")
        asked = _Asked([op.rows, op.origin, op.arrivals, *(each.rows for each in besides)])
        chosen = when(
            build.compare(source, "==", rank),
            lambda: asked.of([self.own, skipped, 0, *self.own_beside(besides)]),
            lambda: asked.of([self.part(chunk, source), 0, 1, *self.parts_beside(besides, chunk, source)]),
            tuple(asked.of(["rows", "origin", "arrivals", *_names(besides)])),
        )
        where, origin, arrivals, *along = asked.all(chosen)
        return [where, origin, first, count, arrivals, *along]


class _Asked:
    """Which values of a group anything asks for. A vector core, say, reads no rows of the matrix that is multiplied."""

    def __init__(self, values: list[ir.Value]):
        self.kept = [bool(list(value.uses)) for value in values]

    def of(self, values: list) -> list:
        return [value for value, kept in zip(values, self.kept) if kept]

    def all(self, values: list[ir.Value]) -> list[ir.Value | None]:
        rest = iter(values)
        return [next(rest) if kept else None for kept in self.kept]


def _names(besides: list[BesideOp]) -> list[str]:
    return [build.name_of(beside.location) or "beside" for beside in besides]


def _role(op) -> str:
    return "destination" if ir.StringAttr(op.operation.attributes["role"]).value == "to" else "source"


def _rotated(op, rank: ir.Value, ranks: ir.Value) -> list[ir.Value]:
    if _role(op) == "source":
        return [build.remainder(build.add(rank, op.position), ranks, "source")]
    return [build.remainder(build.subtract(build.add(rank, ranks), op.position), ranks, "destination")]
