"""What assign-cores makes of a kernel whose vector cores finish the tiles that its cube core accumulates.

Both vector cores of a block run one function. It goes through the groups and tiles of the block as the cube core does,
waits for each tile, scales its half of the rows and stores them. Sending and receiving go on meanwhile, a *turn* at a
time: a turn sends chunks whose slots are free, one to each peer at most, and tells the cube core of arrivals that have
come. It waits for nobody.

Why nobody waits for ever. A vector core waits in two places, and only for the cube core of its block: for the next
tile, and, when all tiles of a group are done, for the group to be consumed. Either way it has told all arrivals that
the group needs. Where both read scales from a slot, they meet before it is released: the one that is ahead waits for
the other, which waits for nothing but the same cube core. The cube core waits for arrivals that both vector cores have
to tell, and for a tile to be given back. Let t be the tile that it works on. A vector core that has yet to tell an
arrival of the group of t has not come to that group; so the tile that it may wait for lies before t, has been handed
over, and the core goes on until it tells. A tile that has yet to be given back lies before t too. So within a block
nothing waits in a circle, as long as what was sent arrives. A send waits for a release, but in turns, and keeps nobody
else from going on. The release of token u needs the arrivals up to that of u and no others. These are sends of earlier
chunks, or of the same chunk from smaller places: induct on (chunk, place) as in assign-cores. No more than `ahead`
tokens are told that are not consumed.
"""

from functools import partial

from dovetail.dialect import build
from dovetail.dialect.bindings import arith, func, ir, scf
from dovetail.dialect.build import loop, named, when
from dovetail.dialect.dovetail import (
    ArriveOp,
    AwaitArrivalsOp,
    AwaitConsumedOp,
    BesideOp,
    BlockOp,
    BlocksOp,
    BroadcastOp,
    ConsumeOp,
    CopyOp,
    CounterOp,
    CountOp,
    CountUpOp,
    ForwardOp,
    GatheredOp,
    GiveBackOp,
    HandOverOp,
    HasArrivedOp,
    IsReleasedOp,
    KeepOp,
    KeepOwnOp,
    LanesOp,
    LeaveLaunchOp,
    LoadOp,
    MeetOp,
    PeerOp,
    PlusOp,
    PushOp,
    ReleaseOp,
    StoreOp,
    TakeOp,
    TallyType,
    TimesOp,
    VectorCoreOp,
    ZerosOp,
)
from dovetail.passes.cores import Part, Peers, Shares, arguments_used, computing, written_in
from dovetail.passes.gathering import companions, stage_name

COUNTS = ("sent", "told", "consumed")  # what both functions count: sends, arrivals told, and those consumed


def keep_cube(part: Part) -> None:
    """Leaves in the function of a cube core what the cube core does."""
    function = part.function
    for take in build.operations(function, TakeOp):
        _erase_with_users(take.operation)
    _erase_unused(function, LoadOp, BesideOp)
    for gathered in build.operations(function, GatheredOp):
        if gathered.leader is not None and not list(gathered.gathered.uses):
            gathered.operation.erase()
    part.drop_unused()


def _keep_vectors(function: func.FuncOp) -> None:
    """Leaves in the function of the vector cores what they do of the computing stages."""
    for hand_over in build.operations(function, HandOverOp):
        over = build.defining(hand_over.tile)
        hand_over.operation.erase()
        assert over is not None
        over.erase()
    _erase_unused(function, LoadOp, ZerosOp, BroadcastOp)


def _erase_with_users(op: ir.Operation) -> None:
    for result in op.results:
        for user in [use.owner.operation for use in result.uses]:
            _erase_with_users(user)
    op.erase()


def _erase_unused(function: func.FuncOp, *classes) -> None:
    erased = [each.OPERATION_NAME for each in (TimesOp, PlusOp, *classes)]
    unused: list[ir.Operation] = []

    def visit(op):
        if op.name in erased or op.name.startswith("arith."):
            unused.append(op)
        return ir.WalkResult.ADVANCE

    function.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    for op in reversed(unused):  # those that give what others use come before these
        if not any(list(result.uses) for result in op.results):
            op.erase()


def vector_part(kernel: func.FuncOp, gathered: GatheredOp, sender: ir.Operation, copies: list[CopyOp]):
    """The function that both vector cores of a block run, and a turn of sending and receiving, which it calls."""
    ops, stages = computing(kernel, sender, copies)
    name = "_and_".join(stage_name(stage) for stage in stages)
    destinations = [copy.destination for copy in copies]
    along = [gathered, *companions(gathered)]
    matrices = [*(each.matrix for each in along), *destinations]
    turn = _turn(kernel, gathered, sender, copies)
    comment = f"What both vector cores run: {written_in([sender])}, and the end of {written_in(stages)}."
    part = Part(kernel, f"{name}_finish", "vectors", [*arguments_used(kernel, ops), *matrices], comment)
    index = ir.IndexType.get()
    with ir.InsertionPoint(part.block), build.unnamed(kernel.location):
        block, blocks = BlockOp(index, loc=named("block")).value, BlocksOp(index, loc=named("blocks")).value
        counts = [CounterOp(TallyType.get(), loc=named(name)).counter for name in COUNTS]
        part.rebuild.handlers = Shares(part.rebuild, block, blocks).handlers
        flow = None
        for op in ops:
            part.rebuild.operation(op)
            if op == along[-1].operation:
                flow = _Flow(part.rebuild[gathered.gathered], gathered.is_whole, counts)
                if not gathered.is_whole:
                    for destination in destinations:
                        own, to = part.rebuild[gathered.matrix], part.rebuild[destination]
                        when(flow.receives, partial(_quietly, KeepOwnOp, own, to))
        assert flow is not None
        given = [part.rebuild[kernel.body.blocks[0].arguments[number]] for number in turn.numbers]
        _interleave(part.function, flow, lambda: func.CallOp(turn.function, [*given, *counts]))
        with _while(lambda: build.compare(flow.count("sent"), "<", flow.sends)) as waiting:
            func.CallOp(turn.function, [*given, *counts])
        build.comment(waiting.op, "All tiles are done; what is left to send.")
        LeaveLaunchOp(flow.gathered)
    _keep_vectors(part.function)
    part.drop_unused()
    return part.finish()


class _Flow:
    """The values that both functions compute with, and the counts that they share."""

    def __init__(self, gathered: ir.Value, is_whole: bool, counts: list[ir.Value], enters: bool = True):
        index = ir.IndexType.get()
        self.gathered, self.is_whole, self.counts = gathered, is_whole, dict(zip(COUNTS, counts))
        self.peers = Peers(gathered, is_whole, enters)
        core = VectorCoreOp(index, loc=named("vectorCore")).value
        self.receives = build.compare(core, "==", 1, "receives")
        lanes = LanesOp(gathered, value=index, loc=named("lanes")).value
        in_lane = build.compare(BlockOp(index).value, "<", lanes)
        sends = build.select(in_lane, self.peers.total, 0)
        self.sends = build.select(self.receives, 0, sends, "sends")  # how many

    def count(self, name: str, called: str | None = None) -> ir.Value:
        return CountOp(self.counts[name], value=ir.IndexType.get(), loc=named(called)).value

    def count_up(self, name: str) -> None:
        CountUpOp(self.counts[name])


class _while:
    """`with _while(condition):` a loop whose condition is built anew for each round."""

    def __init__(self, condition):
        self.op = scf.WhileOp([], [])
        with ir.InsertionPoint(self.op.before.blocks.append()):
            scf.ConditionOp(condition(), [])
        self.point = ir.InsertionPoint(self.op.after.blocks.append())

    def __enter__(self):
        self.point.__enter__()
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            scf.yield_([])
        self.point.__exit__(kind, error, trace)


def _interleave(function: func.FuncOp, flow: _Flow, turn) -> None:
    """Waits for arrivals by taking turns, takes a turn before each tile, and releases what is consumed."""
    reads_slots = bool(build.operations(function, BesideOp))
    for op in build.operations(function, AwaitArrivalsOp, ConsumeOp, TakeOp):
        with ir.InsertionPoint(op), build.unnamed(op.location):
            if isinstance(op, TakeOp):
                turn()
                with ir.InsertionPoint.after(_last_store(op)):
                    GiveBackOp()
                continue
            if isinstance(op, AwaitArrivalsOp):

                def behind(op=op):
                    needed = build.add(flow.count("consumed"), op.count)
                    return build.compare(flow.count("told"), "<", needed)

                with _while(behind) as waiting:
                    turn()
                build.comment(waiting.op, "Until the cube core has been told of all rows of the group.")
            else:
                with loop(0, op.count, name="arrival"):
                    AwaitConsumedOp()
                    if not flow.is_whole:  # a slot that takes one chunk is free in the next launch
                        if reads_slots:
                            MeetOp()
                        source = flow.peers.source(flow.count("consumed", "token"))
                        when(flow.receives, partial(_quietly, ReleaseOp, flow.gathered, *source))
                    flow.count_up("consumed")
        op.operation.erase()


def _last_store(take: TakeOp) -> ir.Operation:
    """The last store of what is made of a tile; all are in its block."""
    found: list[ir.Operation] = []

    def follow(value: ir.Value) -> None:
        for use in value.uses:
            owner = use.owner.operation
            if owner.name == StoreOp.OPERATION_NAME:
                found.append(owner)
            for result in owner.results:
                follow(result)

    follow(take.tile)
    last = found[0]
    for store in found[1:]:
        last = store if last.is_before_in_block(store) else last
    return last


def _turn(kernel: func.FuncOp, gathered: GatheredOp, sender: ir.Operation, copies: list[CopyOp]) -> Part:
    along = [gathered, *companions(gathered)]
    destinations = [copy.destination for copy in copies]
    comment = f"One turn of {written_in([sender])}: sends and tells what can be sent and told without waiting."
    matrices = [*(each.matrix for each in along), *destinations]
    part = Part(kernel, f"{stage_name(sender)}_turn", "vectors", matrices, comment)
    tally = TallyType.get()
    with build.unnamed(kernel.location):
        counts = [part.block.add_argument(tally, named(name)) for name in COUNTS]
    types = [argument.type for argument in part.block.arguments]
    part.function.operation.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get(types, []))
    part.function.arg_attrs = ir.ArrayAttr.get([*part.function.arg_attrs, *[ir.DictAttr.get({})] * len(counts)])
    with ir.InsertionPoint(part.block), build.unnamed(sender.location):
        for each in along:
            part.rebuild.operation(each)
        flow = _Flow(part.rebuild[gathered.gathered], gathered.is_whole, counts, enters=False)
        matrix, peers, index = flow.gathered, flow.peers, ir.IndexType.get()

        def send():
            following = flow.count("sent", "next")
            chunk = build.divide(following, peers.peers, "chunk")
            position = build.add(build.remainder(following, peers.peers), peers.first, "position")
            destination = PeerOp(matrix, ir.StringAttr.get("to"), position, rank=index, loc=named("peer")).rank
            free = IsReleasedOp(matrix, chunk, destination, value=_bit()).value

            def push():
                for each in along:
                    PushOp(part.rebuild[each.matrix], part.rebuild[each.gathered], chunk, destination)
                ArriveOp(matrix, chunk, destination)
                flow.count_up("sent")

            when(free, push)
            return free

        def tell():
            token = flow.count("told", "token")
            chunk, source = peers.source(token)
            here = HasArrivedOp(matrix, chunk, source, value=_bit()).value

            def arrived():
                ForwardOp()
                for destination in destinations:
                    when(flow.receives, partial(_quietly, KeepOp, matrix, chunk, source, part.rebuild[destination]))
                flow.count_up("told")

            when(here, arrived)
            return here

        # No more than one chunk to each peer, so that no tile waits for long.
        most = build.minimum(flow.sends, build.add(flow.count("sent"), peers.peers), "maySend")
        _while_it_goes(lambda: flow.count("sent"), most, send)
        most = build.minimum(peers.total, build.add(flow.count("consumed"), peers.ahead()), "mayTell")
        _while_it_goes(lambda: flow.count("told"), most, tell)
    part.finish()
    return part


def _while_it_goes(count, most: ir.Value, attempt) -> None:
    """Attempts again until an attempt fails or the count has come to the most."""
    bit = _bit()
    over = scf.WhileOp([bit], [arith.constant(bit, 1)])
    over.operation.attributes["dovetail.names"] = build.string_array(["going"])
    before = over.before.blocks.append(bit)
    with ir.InsertionPoint(before):
        going = before.arguments[0]
        scf.ConditionOp(arith.andi(going, build.compare(count(), "<", most)), [going])
    with ir.InsertionPoint(over.after.blocks.append(bit)):
        scf.yield_([attempt()])


def _quietly(operation, *operands: ir.Value) -> None:
    """Builds an operation, for a branch that yields nothing."""
    operation(*operands)


def _bit() -> ir.Type:
    return ir.IntegerType.get_signless(1)
