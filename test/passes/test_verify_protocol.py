"""The protocol between ranks, in every interleaving: of all kernels that communicate, and of kernels made wrong.

Shapes have three chunks, the last one shorter, shares of a chunk for both lanes, and more tiles than blocks.
"""

import re

import pytest
from protocol_kernels import launch, lowered

from dovetail.dialect.ascendc import CrossCoreSetFlagOp, CrossCoreWaitFlagOp, PipeBarrierOp, SyncAllOp
from dovetail.dialect.bindings import arith, func, ir, scf
from dovetail.dialect.build import COMMENT, operations
from dovetail.dialect.context import fresh_context
from dovetail.passes.protocol_report import diagnostic
from dovetail.passes.protocol_run import Run
from dovetail.passes.words import MODULUS

LIMIT = 15
SIZES = {"m": 40, "k": 40, "depth": 20}


def search(module, ranks=2, blocks=2, launches=2, base=0, **sizes):
    made = launch(module, ranks, blocks, **(SIZES | sizes))
    return Run([made] * launches, LIMIT, base).run()


def texts(run):
    return [diagnostic(finding, run).show() for finding in run.findings[:4]]


VARIANTS = [
    ("all_gather_matmul", {"order": order, "absent": absent})
    for order in ("arrival", "rank")
    for absent in ((), ("gather_out",))
]
VARIANTS += [("all_gather_matmul_columns", {}), ("all_gather_two_matmuls", {}), ("all_gather", {})]


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("slots", [1, 2])
@pytest.mark.parametrize(("name", "choices"), VARIANTS)
def test_fused(name, choices, slots, ranks):
    run = search(lowered(name, slots=slots, **choices), ranks)
    assert not run.findings, texts(run)
    print(f"{name}, {ranks} ranks, {slots} slots: {run.statistics()}")


@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize(("name", "choices"), VARIANTS)
def test_two_stages(name, choices, ranks):
    run = search(lowered(name, pipeline="two-stage", **choices), ranks)
    assert not run.findings, texts(run)
    print(f"{name} in two stages, {ranks} ranks: {run.statistics()}")


@pytest.mark.parametrize(
    "choices",
    [
        {"blocks": 3, "lanes": 2},
        {"blocks": 1, "lanes": 1},
        {"chunk": 128, "ranks": 3, "m": 20},  # one ragged chunk: tiles span ranks
        {"ranks": 4, "slots": 3},
        {"launches": 3},
        {"base": MODULUS - 1},
        {"base": MODULUS // 2 - 3},
    ],
    ids=str,
)
def test_further_launches(choices):
    schedule = {name: choices[name] for name in ("lanes", "chunk", "slots") if name in choices}
    rest = {name: value for name, value in choices.items() if name not in schedule}
    run = search(lowered("all_gather_matmul", **({"slots": 2} | schedule)), **rest)
    assert not run.findings, texts(run)


def test_launches_of_different_shapes():
    module = lowered("all_gather_matmul", slots=2)
    shapes = [SIZES, {"m": 20, "k": 70}, {"m": 50, "k": 10}, SIZES]
    run = Run([launch(module, 2, 2, **shape) for shape in shapes], LIMIT).run()
    assert not run.findings, texts(run)


# -- kernels made wrong --


def function(module, name):
    return next(op for op in module.body.operations if isinstance(op, func.FuncOp) and op.name.value == name)


def call(module, comment):
    """The call of which the source says so."""
    return next(
        op
        for op in operations(module, func.CallOp)
        if COMMENT in op.operation.attributes and comment in str(op.operation.attributes[COMMENT])
    )


ARRIVES, RELEASES = "The chunk has arrived", "has read the chunk for the last time"
AWAITS_ARRIVAL, AWAITS_RELEASE = "Every lane of the source", "Every block of the peer"
AWAITS_LAUNCH = "The peer has finished the launch before"


def without(comment):
    return lambda module: call(module, comment).operation.erase()


def without_first(kind, name):
    return lambda module: operations(function(module, name), kind)[0].operation.erase()


def more(comment, position, by):
    """An operand of a call, greater by a number."""

    def change(module):
        of = call(module, comment).operation
        with ir.InsertionPoint(of), of.location:
            value = of.operands[position]
            of.operands[position] = arith.addi(value, arith.constant(value.type, by))

    return change


def counts_no_end(module):
    last = operations(function(module, "gather_receive"), scf.IfOp)[-1]
    last.operation.erase()


def ends_one_less(module):
    """The next launch counts on from one chunk less than there were."""
    end = operations(operations(function(module, "gather_receive"), scf.IfOp)[-1], arith.AddIOp)[0]
    with ir.InsertionPoint(end), end.operation.location:
        end.operation.operands[1] = arith.subi(end.rhs, arith.constant(end.rhs.type, 1))


def finishes_before_meeting(module):
    meeting = operations(function(module, "gather_receive"), SyncAllOp)[0].operation
    last = operations(function(module, "gather_receive"), scf.IfOp)[-1].operation
    meeting.move_after(last)


def does_not_read_base(name):
    def change(module):
        read = next(op for op in operations(function(module, name), func.CallOp) if len(op.operation.results))
        with ir.InsertionPoint(read), read.operation.location:
            zero = arith.constant(read.operation.results[0].type, 0)
        read.operation.results[0].replace_all_uses_with(zero)

    return change


def counts_slots_wrongly(module):
    """The sender takes one slot more than there are."""
    of = next(op for op in operations(function(module, "gather_send"), arith.RemSIOp) if is_field(op.rhs, "slots"))
    with ir.InsertionPoint(of), of.operation.location:
        of.operation.operands[1] = arith.addi(of.rhs, arith.constant(of.rhs.type, 1))


def is_field(value, name):
    owner = value.owner
    return isinstance(owner, ir.OpView) and "field" in owner.operation.attributes and name in str(owner.operation)


def runs_ahead(module):
    """Tells two tokens more than the limit allows for."""
    for name in ("gather_send", "gather_receive"):
        for op in operations(function(module, name), arith.ConstantOp):
            if ir.IntegerAttr(op.operation.attributes["value"]).value == LIMIT - 1:
                op.operation.attributes["value"] = ir.IntegerAttr.get(op.operation.results[0].type, LIMIT + 1)


def answers_before_reading(module):
    cube = function(module, "matmul")
    answer = operations(cube, CrossCoreSetFlagOp)[0].operation.parent.operation
    first = operations(cube, CrossCoreWaitFlagOp)[0].operation.parent.operation
    answer.move_after(first)


def tells_before_arrival(module):
    told = operations(function(module, "gather_receive"), CrossCoreSetFlagOp)[0].operation
    with ir.InsertionPoint(call(module, AWAITS_ARRIVAL).operation):
        moved = told.clone()
    assert moved is not None
    told.erase()


def releases_before_consumed(module):
    waited = operations(function(module, "gather_receive"), CrossCoreWaitFlagOp)[0].operation
    waited.move_after(call(module, RELEASES).operation)


def releases_after_next_arrival(module):
    release = call(module, RELEASES).operation.parent.operation
    arrival = call(module, AWAITS_ARRIVAL).operation.parent.operation
    release.move_after(arrival)


MUTANTS = {  # what is changed, the findings, and what one of their messages says
    "no arrival": (without(ARRIVES), "deadlock", "ARRIVALS.*no core is left to do it"),
    "no release": (without(RELEASES), "deadlock", "RELEASES.*no core is left to do it"),
    "no end of launch": (counts_no_end, "a counter goes back", "ARRIVALS"),
    "no wait for arrival": (without(AWAITS_ARRIVAL), "read before arrival", "written here by"),
    "no wait for release": (without(AWAITS_RELEASE), "overwritten before release", "read here by"),
    "no wait for the launch before": (without(AWAITS_LAUNCH), "overwritten before release", "launch 2"),
    "counter without barrier": (without_first(PipeBarrierOp, "WriteCounter"), "read before arrival", "written here by"),
    "one lane not awaited": (more(AWAITS_ARRIVAL, 2, -1), "read before arrival", "rank 0 block 1 AIV 0"),
    "one block not awaited": (more(AWAITS_RELEASE, 2, -1), "overwritten before release", "rank 0 block 1"),
    "arrival one less": (more(AWAITS_ARRIVAL, 3, -1), "read before arrival", "written here by"),
    "arrival one more": (more(AWAITS_ARRIVAL, 3, 1), "deadlock", "ARRIVALS.*shows 3 and is wanted at 4"),
    "release one less": (more(AWAITS_RELEASE, 3, -1), "overwritten before release", "read here by"),
    "release one more": (more(AWAITS_RELEASE, 3, 1), "deadlock", "AIV 0 waits for rank . block . AIV 1"),
    "arrival counted one more": (more(ARRIVES, 2, 1), "read before arrival", "written here by"),
    "end counted one less": (ends_one_less, "epochs differ", "ARRIVALS.*ends at"),
    "one slot too many": (counts_slots_wrongly, "sent in vain", "nobody reads it"),
    "sender without base": (does_not_read_base("gather_send"), "a counter goes back", "launch 2"),
    "receiver without base": (does_not_read_base("gather_receive"), "read before arrival", "what launch 1 left"),
    "ends before all have met": (finishes_before_meeting, "overwritten before release", "launch 2"),
    "answer before reading": (answers_before_reading, "overwritten before release", "read here by rank . block . AIC"),
    "told before arrival": (tells_before_arrival, "read before arrival", "AIC"),
    "release before consumed": (
        releases_before_consumed,
        "overwritten before release",
        "read here by rank . block . AIC",
    ),
    "release after next arrival": (releases_after_next_arrival, "deadlock", "AIV 1 waits for"),
    "vector core 0 does not tell": (without_first(CrossCoreSetFlagOp, "gather_send"), "deadlock", "ARRIVED from"),
    "vector core 1 does not tell": (without_first(CrossCoreSetFlagOp, "gather_receive"), "deadlock", "ARRIVED from"),
    "cube core does not answer": (
        without_first(CrossCoreSetFlagOp, "matmul"),
        "deadlock",
        "CONSUMED, which no core sets",
    ),
    "cube core does not wait": (without_first(CrossCoreWaitFlagOp, "matmul"), "read before arrival", "AIC reads"),
    "vector core 1 does not meet": (without_first(SyncAllOp, "gather_receive"), "deadlock", "to come to SyncAll"),
    "no barrier at the end": (without_first(PipeBarrierOp, "all_gather_matmul"), "not drained", "PIPE_ALL"),
    "two tokens too far": (runs_ahead, "too far ahead", "16th"),
}
# Where one slot, or another shape, is needed to see it.
SHAPES = {
    "no wait for release": {"slots": 1},
    "release one more": {"slots": 1},
    "release after next arrival": {"slots": 1},
    "two tokens too far": {"slots": 20, "m": 16 * 20, "k": 16, "n": 16, "launches": 1},
}


def mutant(name):
    shape = dict(SHAPES.get(name, {}))
    module = lowered("all_gather_matmul", slots=shape.pop("slots", 2))
    return module, shape


@pytest.mark.parametrize("name", MUTANTS)
def test_mutants(name):
    change, kind, words = MUTANTS[name]
    module, shape = mutant(name)
    assert not search(module, **shape).findings
    change(module)
    assert module.operation.verify()
    run = search(module, **shape)
    found = [diagnostic(finding, run) for finding in run.findings]
    assert kind in {each.message.partition(":")[0] for each in found}
    assert any(re.search(words, each.show(), re.DOTALL) for each in found)


SYNCHRONISING = (
    "ascendc.set_flag",
    "ascendc.wait_flag",
    "ascendc.pipe_barrier",
    "ascendc.cross_core_set_flag",
    "ascendc.cross_core_wait_flag",
    "ascendc.sync_all",
)


def synchronising(module):
    found = []

    def visit(op):
        if op.name in SYNCHRONISING:
            found.append(op)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


def test_every_flag_and_barrier_is_needed():
    """Without any one of them something is found, but for the barrier between products, which stays within a pipe."""
    silent = []
    text = str(lowered("all_gather_matmul", slots=2))
    context = fresh_context()
    for number in range(len(synchronising(ir.Module.parse(text, context)))):
        module = ir.Module.parse(text, context)
        removed = synchronising(module)[number]
        shown = str(removed)
        removed.erase()
        if not search(module).findings:
            silent.append(shown)
    assert len(silent) == 1 and '"ascendc.pipe_barrier"() {pipe = "M"}' in silent[0]
