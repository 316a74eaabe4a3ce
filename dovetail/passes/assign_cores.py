"""assign-cores: which core of a block runs what."""

from dovetail.dialect import build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import Rebuild, loop, named, when
from dovetail.dialect.dovetail import (
    AheadOp,
    AwaitArrivalOp,
    AwaitArrivalsOp,
    AwaitConsumedOp,
    BlockOp,
    BlocksOp,
    ChunksOp,
    CopyOp,
    EnterLaunchOp,
    ForwardOp,
    GatheredOp,
    KeepOp,
    KeepOwnOp,
    LanesOp,
    LeaveLaunchOp,
    MultiplyOp,
    PeerOp,
    PushOp,
    RanksOp,
    ReleaseOp,
    StoreOp,
)
from dovetail.passes.gathering import kernels, stage_name, stages
from dovetail.passes.registry import Pass, fail

CORE = "dovetail.core"
SHARED = ("arith.constant", "dovetail.size", "dovetail.ranks", "dovetail.rank")


class AssignCores(Pass):
    """Splits a kernel into what each of the three cores of a block runs, and the tiles among the blocks.

    The cube core multiplies: tile t of the whole run belongs to block t modulo blocks. Vector core 0 of the first
    `lanes` blocks sends. Vector core 1 of every block receives: it polls arrivals, tells the cube core of them, keeps
    its share of the chunks where an output wants the gathered matrix, and releases slots. The cube core hears of an
    arrival when both vector cores have told it, so vector core 0 does too; neither runs more than `dovetail.ahead`
    transfers ahead of what the cube core has consumed.

        func @kernel {                               func @matmul {core = "cube"}
          stage "gather"                               for group: ... for tile = first to tiles step blocks
          stage "matmul"                     ->      func @gather_send {core = "vector 0"}
          dovetail.copy %gathered, %out              func @gather_receive {core = "vector 1"}
        }                                            func @kernel { call @matmul, @gather_send, @gather_receive }
    """

    name = "assign-cores"

    def run(self, module: ir.Module) -> None:
        for kernel in kernels(module):
            _split(kernel)


def _split(kernel: func.FuncOp) -> None:
    gathers = build.operations(kernel, GatheredOp)
    if len(gathers) > 1:
        fail(gathers[1], "a kernel has one gathered matrix", (gathers[0], "the first"))
    gathered = gathers[0] if gathers else None
    copies = build.operations(kernel, CopyOp)
    for copy in copies:
        if gathered is None or copy.source != gathered.gathered:
            fail(copy, "only a gathered matrix is copied whole; others are loaded and stored tile by tile")
    sender = next((stage for stage in stages(kernel) if build.operations(stage, PushOp)), None)
    computes = bool(build.operations(kernel, MultiplyOp))
    for stage in stages(kernel):
        if (sender is None or stage != sender) and not build.operations(stage, MultiplyOp):
            fail(stage, "a stage multiplies tiles or fills a gathered matrix; `output[:] = gathered` copies one")
    parts = []
    if computes:
        parts.append(_cube(kernel, sender, copies))
    if gathered is not None:
        if "slots" not in gathered.operation.attributes:
            fail(gathered, "the window of a gathered matrix is unbounded; run bound-window first")
        if sender is None:
            fail(gathered, "no stage pushes this gathered matrix; run fuse-stages or materialize-barriers first")
        reads = bool(build.operations(kernel, AwaitArrivalsOp))  # the cube core may multiply nothing that arrives
        parts += [_send(kernel, gathered, sender, reads), _receive(kernel, gathered, sender, copies, reads)]
    block = kernel.body.blocks[0]
    *old, end = list(block.operations)
    for op in reversed(old):
        op.operation.erase()
    with ir.InsertionPoint(end), build.unnamed(kernel.location):
        for part, arguments in parts:
            call = func.CallOp(part, [block.arguments[number] for number in arguments])
            call.operation.attributes[CORE] = part.operation.attributes[CORE]


class _Part:
    """A function for one kind of core, with those of the kernel's arguments that it uses."""

    def __init__(self, kernel: func.FuncOp, name: str, core: str, arguments: list[ir.Value], comment: str):
        owned = list(kernel.body.blocks[0].arguments)
        self.numbers = sorted({owned.index(argument) for argument in arguments})
        types = [owned[number].type for number in self.numbers]
        with build.unnamed(kernel.location):
            with ir.InsertionPoint(kernel):
                self.function = func.FuncOp(name, (types, []), visibility="private")
            self.function.operation.attributes[CORE] = ir.StringAttr.get(core)
            attributes = kernel.arg_attrs
            self.function.arg_attrs = ir.ArrayAttr.get([attributes[number] for number in self.numbers])
            locations = [owned[number].location for number in self.numbers]
            self.block = self.function.body.blocks.append(*types, arg_locs=locations)
        build.comment(self.function, comment)
        self.rebuild = Rebuild()
        self.rebuild.values.update((owned[n], argument) for n, argument in zip(self.numbers, self.block.arguments))

    def finish(self):
        with ir.InsertionPoint(self.block), build.unnamed(self.function.location):
            func.ReturnOp([])
        return self.function, self.numbers


def _from(parts: list[ir.Operation]) -> str:
    """The stages, with where the user wrote them."""
    return " and ".join(f'stage "{stage_name(stage)}" ({build.place_of(stage.location)})' for stage in parts)


def _arguments_used(kernel: func.FuncOp, ops) -> list[ir.Value]:
    used: list[ir.Value] = []
    owned = list(kernel.body.blocks[0].arguments)

    def visit(op):
        used.extend(operand for operand in op.operands if operand in owned)
        return ir.WalkResult.ADVANCE

    for op in ops:
        op.operation.walk(visit)
    return used


# -- the cube core --


def _cube(kernel: func.FuncOp, sender: ir.Operation | None, copies: list[CopyOp]):
    left_out = [copy.operation for copy in copies] + ([sender] if sender is not None else [])
    ops = [op.operation for op in kernel.body.blocks[0].operations if op.operation not in left_out][:-1]
    computing = [stage for stage in stages(kernel) if stage in ops]
    name = "_and_".join(stage_name(stage) for stage in computing)
    if name == kernel.name.value:
        name += "_stage"
    comment = f"What the cube core runs: {_from(computing)}."
    part = _Part(kernel, name, "cube", _arguments_used(kernel, ops), comment)
    index = ir.IndexType.get()
    with ir.InsertionPoint(part.block), build.unnamed(kernel.location):
        block, blocks = BlockOp(index, loc=named("block")).value, BlocksOp(index, loc=named("blocks")).value
        part.rebuild.handlers = _Shares(part.rebuild, block, blocks).handlers
        for op in ops:
            part.rebuild.operation(op)
    return part.finish()


class _Shares:
    """Deals the tiles of all loops over tiles to the blocks, round after round.

    `turn` is the block that gets the next tile. It goes through the loop over groups as a loop-carried value, so that
    blocks stay evenly loaded where groups have few tiles.
    """

    def __init__(self, rebuild: Rebuild, block: ir.Value, blocks: ir.Value):
        self.rebuild, self.block, self.blocks = rebuild, block, blocks
        self.turn: build.Number = 0
        self.handlers = {"scf.execute_region": self.stage, "scf.for": self.loop}

    def stage(self, op) -> list:
        self.rebuild.block(op.operation.regions[0].blocks[0], skip_terminator=True)
        return []

    def loop(self, op) -> list:
        operation = op.operation
        if not build.operations(op, StoreOp):
            return self.as_it_was(op)
        bound = build.defining(operation.operands[1])
        if bound is not None and bound.name == "dovetail.groups":
            return self.over_groups(operation)
        return self.over_tiles(operation)

    def as_it_was(self, op) -> list:
        with self.rebuild.without_handlers():
            self.rebuild.operation(op)
        return [self.rebuild[result] for result in op.operation.results]

    def over_groups(self, operation: ir.Operation) -> list:
        body = operation.regions[0].blocks[0]
        start, stop, step = (self.rebuild[operand] for operand in operation.operands)
        over = loop(start, stop, step, "group", (self.turn,), ("turn",))
        with over as group:
            self.rebuild.values[body.arguments[0]] = group
            self.turn = over.carried[0]
            self.rebuild.block(body, skip_terminator=True)
            over.carried = [self.turn]
        self.turn = over.results[0]
        return []

    def over_tiles(self, operation: ir.Operation) -> list:
        rows = operation.regions[0].blocks[0]
        inner = [
            op.operation for op in rows.operations if op.operation.name == "scf.for" and build.operations(op, StoreOp)
        ]
        stores = [op for op in rows.operations if op.operation.name == "dovetail.store"]
        columns = inner[0].regions[0].blocks[0] if len(inner) == 1 and not stores else None
        count, height = (self.outside(operand, rows) for operand in operation.operands[1:3])
        row_tiles = build.divide_up(count, height, "rowTiles")
        column_tiles: build.Number = 1
        if columns is not None:
            width, step = (self.outside(operand, rows) for operand in inner[0].operands[1:3])
            column_tiles = build.divide_up(width, step, "columnTiles")
        tiles = build.multiply(row_tiles, column_tiles, "tiles")
        first = self.block
        if build.constant_of(self.turn) != 0:
            behind = build.subtract(self.block, self.turn)
            first = build.remainder(build.add(behind, self.blocks), self.blocks, "firstTile")
        with loop(first, tiles, self.blocks, "tile") as tile:
            values = self.rebuild.values
            row = rows.arguments[0]
            values[row] = build.multiply(build.divide(tile, column_tiles), height, build.name_of(row.location) or "i")
            for op in list(rows.operations)[:-1]:
                if columns is None or op.operation != inner[0]:
                    self.rebuild.operation(op)
                    continue
                column = columns.arguments[0]
                name = build.name_of(column.location) or "j"
                values[column] = build.multiply(build.remainder(tile, column_tiles), step, name)
                with self.rebuild.without_handlers():
                    self.rebuild.block(columns, skip_terminator=True)
        self.turn = build.remainder(build.add(self.turn, tiles), self.blocks)
        return []

    def outside(self, value: ir.Value, block: ir.Block) -> ir.Value:
        """The value where the loop is built: what its body computes of nothing but constants is computed before it."""
        owner = build.defining(value)
        if owner is not None and owner.block == block:
            for operand in owner.operands:
                self.outside(operand, block)
            self.rebuild.operation(owner)
        return self.rebuild[value]


# -- the vector cores --
#
# Nobody waits for ever. Number the transfers that reach a rank: token = chunk * peers + place, and let A = ahead,
# which is at most slots * peers. To send chunk c, place p, from rank r to rank d, r needs the release of chunk c -
# slots, place p, by d. Vector core 1 of d writes that release before it awaits token t, the released one + A, and t is
# not behind (c, p): so it has awaited only tokens before (c, p). In order `arrival` these are sends of earlier chunks,
# or of chunk c from smaller positions, which their senders send at smaller positions too (source r + p is destination
# r - p): induct on (c, p). In order `rank` they are sends of chunk c by ranks of smaller number: induct on (c, r + d).
# The consumption of a token of chunk c - slots needs vector core 0 of d to have told it, which it does behind its
# sends of that earlier chunk, and the consumption of tokens A back. A group waits for at most A arrivals. Between
# launches a rank waits for the end of the launch before at its peers, which needs nothing more of it.


class _Peers:
    """The values that both vector cores compute with. Transfers are numbered: token = chunk * peers + place."""

    def __init__(self, gathered: ir.Value, whole: bool):
        index = ir.IndexType.get()
        self.gathered = gathered
        self.first = 0 if whole else 1
        EnterLaunchOp(gathered)
        self.ranks = RanksOp(index, loc=named("ranks")).value
        self.peers = self.ranks if whole else build.subtract(self.ranks, 1, "peers")
        self.chunks = ChunksOp(gathered, value=index, loc=named("chunks")).value
        self.total = build.multiply(self.chunks, self.peers, "total")

    def ahead(self) -> ir.Value:
        return AheadOp(self.gathered, value=ir.IndexType.get(), loc=named("ahead")).value

    def source(self, token: ir.Value) -> tuple[ir.Value, ir.Value]:
        """The chunk that this transfer brings, and the rank that it comes from."""
        chunk = build.divide(token, self.peers, "chunk")
        position = build.add(build.remainder(token, self.peers), self.first, "position")
        peer = PeerOp(self.gathered, ir.StringAttr.get("from"), position, rank=ir.IndexType.get(), loc=named("source"))
        return chunk, peer.rank


def _send(kernel: func.FuncOp, gathered: GatheredOp, sender: ir.Operation, computes: bool):
    comment = f"What vector core 0 runs: {_from([sender])}, to the peers."
    part = _Part(kernel, f"{stage_name(sender)}_send", "vector 0", [gathered.matrix], comment)
    index = ir.IndexType.get()
    with ir.InsertionPoint(part.block), build.unnamed(sender.location):
        for op in kernel.body.blocks[0].operations:
            if op.operation.name in SHARED:  # stages may share what the kernel computes before them
                part.rebuild.operation(op)
        part.rebuild.operation(gathered)
        matrix = part.rebuild[gathered.gathered]
        peers = _Peers(matrix, gathered.is_whole)
        ahead = peers.ahead() if computes else None
        lanes = LanesOp(matrix, value=index, loc=named("lanes")).value
        sends = build.compare(BlockOp(index).value, "<", lanes, "sends")

        def one_chunk(op):
            """The loop over chunks: those of its loops that push run where the block sends."""
            body = op.operation.regions[0].blocks[0]
            if not build.operations(op, PushOp):
                with part.rebuild.without_handlers():
                    part.rebuild.operation(op)
                return [part.rebuild[result] for result in op.operation.results]
            start, stop, step = (part.rebuild[operand] for operand in op.operation.operands)
            with loop(start, stop, step, "chunk") as chunk:
                part.rebuild.values[body.arguments[0]] = chunk
                with part.rebuild.without_handlers():
                    when(sends, lambda: part.rebuild.block(body, skip_terminator=True))
                if computes:
                    with loop(0, peers.peers, name="place") as place:
                        token = build.add(build.multiply(chunk, peers.peers), place, "token")
                        when(build.compare(token, ">=", ahead), lambda: AwaitConsumedOp() and None)
                        ForwardOp()
            return []

        part.rebuild.handlers = {"scf.for": one_chunk}
        part.rebuild.block(sender.regions[0].blocks[0], skip_terminator=True)
        if computes:
            with loop(0, build.minimum(peers.total, ahead), name="token"):
                AwaitConsumedOp()
        LeaveLaunchOp(matrix)
    return part.finish()


def _receive(kernel: func.FuncOp, gathered: GatheredOp, sender: ir.Operation, copies: list[CopyOp], computes: bool):
    used = [gathered.matrix, *(copy.destination for copy in copies)]
    comment = f"What vector core 1 runs: {_from([sender])}, from the peers."
    part = _Part(kernel, f"{stage_name(sender)}_receive", "vector 1", used, comment)
    with ir.InsertionPoint(part.block), build.unnamed(sender.location):
        part.rebuild.operation(gathered)
        matrix = part.rebuild[gathered.gathered]
        whole = gathered.is_whole
        peers = _Peers(matrix, whole)
        destinations = [part.rebuild[copy.destination] for copy in copies]
        if not whole:
            for destination in destinations:
                KeepOwnOp(part.rebuild[gathered.matrix], destination)

        def release(token):
            ReleaseOp(matrix, *peers.source(token))

        def arrive(token):
            chunk, source = peers.source(token)
            AwaitArrivalOp(matrix, chunk, source)
            if computes:
                ForwardOp()
            for destination in destinations:
                KeepOp(matrix, chunk, source, destination)
            if not computes:
                ReleaseOp(matrix, chunk, source)

        if computes:
            ahead = peers.ahead()
            with loop(0, build.add(peers.total, ahead), name="token") as token:

                def consumed():
                    AwaitConsumedOp()
                    release(build.subtract(token, ahead, "consumed"))

                when(build.compare(token, ">=", ahead), consumed)
                when(build.compare(token, "<", peers.total), lambda: arrive(token))
        else:
            with loop(0, peers.total, name="token") as token:
                arrive(token)
        LeaveLaunchOp(matrix)
    return part.finish()
