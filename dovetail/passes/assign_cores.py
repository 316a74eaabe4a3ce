"""assign-cores: which core of a block runs what."""

from dovetail.dialect import build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import loop, named, when
from dovetail.dialect.dovetail import (
    AwaitArrivalOp,
    AwaitArrivalsOp,
    AwaitConsumedOp,
    BlockOp,
    BlocksOp,
    CopyOp,
    ForwardOp,
    GatheredOp,
    HandOverOp,
    KeepOp,
    KeepOwnOp,
    LanesOp,
    LeaveLaunchOp,
    MultiplyOp,
    PushOp,
    ReleaseOp,
    TakeOp,
)
from dovetail.passes.cores import CORE, Part, Peers, Shares, arguments_used, computing, written_in
from dovetail.passes.finishing import keep_cube, vector_part
from dovetail.passes.gathering import companions, kernels, leaders, stage_name, stages
from dovetail.passes.registry import Pass, fail

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
    gathers = leaders(kernel)
    if len(gathers) > 1:
        message = "a kernel has one gathered matrix, and what the same stage fills travels with it"
        fail(gathers[1], message, (gathers[0], "the first"))
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
    finishes = bool(build.operations(kernel, TakeOp))  # whether vector cores finish what the cube core accumulates
    if computes:
        parts.append(_cube(kernel, sender, copies))
    if finishes and gathered is None:
        fail(build.operations(kernel, TakeOp)[0], "tiles are scaled or rounded from integers where a kernel gathers")
    if gathered is not None:
        if "slots" not in gathered.operation.attributes:
            fail(gathered, "the window of a gathered matrix is unbounded; run bound-window first")
        if sender is None:
            fail(gathered, "no stage pushes this gathered matrix; run fuse-stages or materialize-barriers first")
        reads = bool(build.operations(kernel, AwaitArrivalsOp))  # the cube core may multiply nothing that arrives
        if finishes:
            parts.append(vector_part(kernel, gathered, sender, copies))
        else:
            parts += [_send(kernel, gathered, sender, reads), _receive(kernel, gathered, sender, copies, reads)]
    block = kernel.body.blocks[0]
    *old, end = list(block.operations)
    for op in reversed(old):
        op.operation.erase()
    with ir.InsertionPoint(end), build.unnamed(kernel.location):
        for part, arguments in parts:
            call = func.CallOp(part, [block.arguments[number] for number in arguments])
            call.operation.attributes[CORE] = part.operation.attributes[CORE]


# -- the cube core --


def _cube(kernel: func.FuncOp, sender: ir.Operation | None, copies: list[CopyOp]):
    ops, of_cube = computing(kernel, sender, copies)
    name = "_and_".join(stage_name(stage) for stage in of_cube)
    if name == kernel.name.value:
        name += "_stage"
    comment = f"What the cube core runs: {written_in(of_cube)}."
    part = Part(kernel, name, "cube", arguments_used(kernel, ops), comment)
    index = ir.IndexType.get()
    with ir.InsertionPoint(part.block), build.unnamed(kernel.location):
        block, blocks = BlockOp(index, loc=named("block")).value, BlocksOp(index, loc=named("blocks")).value
        part.rebuild.handlers = Shares(part.rebuild, block, blocks).handlers
        for op in ops:
            part.rebuild.operation(op)
    if build.operations(part.function, HandOverOp):
        keep_cube(part)
    return part.finish()


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


def _send(kernel: func.FuncOp, gathered: GatheredOp, sender: ir.Operation, computes: bool):
    along = companions(gathered)
    together = [each.matrix for each in (gathered, *along)]
    comment = f"What vector core 0 runs: {written_in([sender])}, to the peers."
    part = Part(kernel, f"{stage_name(sender)}_send", "vector 0", together, comment)
    index = ir.IndexType.get()
    with ir.InsertionPoint(part.block), build.unnamed(sender.location):
        for op in kernel.body.blocks[0].operations:
            if op.operation.name in SHARED:  # stages may share what the kernel computes before them
                part.rebuild.operation(op)
        for each in (gathered, *along):
            part.rebuild.operation(each)
        matrix = part.rebuild[gathered.gathered]
        peers = Peers(matrix, gathered.is_whole)
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
    comment = f"What vector core 1 runs: {written_in([sender])}, from the peers."
    part = Part(kernel, f"{stage_name(sender)}_receive", "vector 1", used, comment)
    with ir.InsertionPoint(part.block), build.unnamed(sender.location):
        part.rebuild.operation(gathered)
        matrix = part.rebuild[gathered.gathered]
        whole = gathered.is_whole
        peers = Peers(matrix, whole)
        destinations = [part.rebuild[copy.destination] for copy in copies]
        if not whole:
            for destination in destinations:
                KeepOwnOp(part.rebuild[gathered.matrix], destination)

        def release(token):
            if not whole:  # a slot that takes one chunk is free in the next launch
                ReleaseOp(matrix, *peers.source(token()))

        def arrive(token):
            chunk, source = peers.source(token)
            AwaitArrivalOp(matrix, chunk, source)
            if computes:
                ForwardOp()
            for destination in destinations:
                KeepOp(matrix, chunk, source, destination)
            if not computes and not whole:
                ReleaseOp(matrix, chunk, source)

        if computes:
            ahead = peers.ahead()
            with loop(0, build.add(peers.total, ahead), name="token") as token:

                def consumed():
                    AwaitConsumedOp()
                    release(lambda: build.subtract(token, ahead, "consumed"))

                when(build.compare(token, ">=", ahead), consumed)
                when(build.compare(token, "<", peers.total), lambda: arrive(token))
        else:
            with loop(0, peers.total, name="token") as token:
                arrive(token)
        LeaveLaunchOp(matrix)
    return part.finish()
