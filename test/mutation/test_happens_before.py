"""The checker's clocks against what follows from a trace by docs/memory-model.md, and small programs by hand."""

from dataclasses import replace

import numpy
import pytest
from equivalence import Judge, Verdict
from happens_before import EVENTS, LANES, HappensBefore, Impossible, Move, Operation, Recorded, difference_from_checker
from mutants import calls
from subjects import REPRESENTATIVE

from dovetail.runtime.checking import Change, Check, Mutation
from dovetail.runtime.trace import Kind, Trace

MTE1, MTE2, MTE3 = LANES.index("MTE1"), LANES.index("MTE2"), LANES.index("MTE3")


@pytest.mark.parametrize("subject", REPRESENTATIVE, ids=str)
def test_checker_knows_what_follows_from_the_trace(subject):
    for seed, bench in enumerate(subject.judged_benches):
        shape = bench.shape
        components = shape.ranks * shape.blocks * 3 * len(LANES)
        trace = Trace(1 << 20, 1 << 16, components)
        assert bench.run(subject.edited, Check(seed), together=seed % 2 == 1, trace=trace) == ""
        recorded = Recorded.parse(trace.events, shape.ranks)
        assert difference_from_checker(recorded, trace.events, trace.clocks) == ""


def test_a_wrong_clock_is_found():
    subject = REPRESENTATIVE[0]
    bench = subject.benches[2]
    shape = bench.shape
    trace = Trace(1 << 20, 1 << 16, shape.ranks * shape.blocks * 3 * len(LANES))
    bench.run(subject.original, Check(0), trace=trace)
    recorded = Recorded.parse(trace.events, shape.ranks)
    known_of_first_core = trace.clocks[:, MTE2]
    known_of_first_core[numpy.argmax(known_of_first_core)] = 0
    assert f"of {LANES[MTE2]} of core 0" in difference_from_checker(recorded, trace.events, trace.clocks)


# -- by hand --


def instruction(pipe: int) -> Operation:
    return Operation(Kind.ISSUED, pipe, 1)


def flag(kind: Kind, event: str, id: int = 0) -> Operation:
    return Operation(kind, LANES.index(event.split("_")[kind is Kind.WAIT_FLAG]), 2, EVENTS.index(event), id)


def barrier(pipe: int = len(LANES)) -> Operation:
    return Operation(Kind.BARRIER, pipe, 3)


def known(*programs: list[Operation], reads_from=None) -> HappensBefore:
    """Of cores of one rank, which end as kernels do."""
    numbered = []
    for program in programs:
        whole = [*program, barrier(), Operation(Kind.ENDED, 0, 0, 1)]
        numbered.append(
            [Operation(each.kind, each.pipe, each.line, each.first, each.second, i) for i, each in enumerate(whole, 1)]
        )
    return HappensBefore(Recorded(len(programs), numbered, reads_from or {}, [], [True] * len(programs), {}))


def test_two_copies_of_one_pipe_have_no_order():
    assert known([instruction(MTE2), instruction(MTE2)]).known[0, MTE2, 2][MTE2] == 0


def test_a_barrier_orders_its_own_pipe_alone():
    program = [instruction(MTE2), instruction(MTE3), barrier(MTE2), instruction(MTE2), instruction(MTE3)]
    orders = known(program).known
    assert orders[0, MTE2, 4][MTE2] >= 1 and orders[0, MTE2, 4][MTE3] == 0
    assert not orders[0, MTE3, 5].any()


def test_a_flag_covers_all_earlier_instructions_of_its_pipe():
    program = [instruction(MTE2), instruction(MTE2), flag(Kind.SET_FLAG, "MTE2_MTE3"), instruction(MTE2)]
    program += [flag(Kind.WAIT_FLAG, "MTE2_MTE3"), instruction(MTE3)]
    assert 2 <= known(program).known[0, MTE3, 6][MTE2] < 4


def test_a_flag_that_nobody_sets_is_a_hang():
    with pytest.raises(Impossible, match="hang"):
        known([flag(Kind.WAIT_FLAG, "MTE2_MTE3")])


def test_a_flag_that_nobody_waits_for_is_unpaired():
    with pytest.raises(Impossible, match="unpaired"):
        known([flag(Kind.SET_FLAG, "MTE2_MTE3")])


def test_a_flag_is_set_again_only_behind_its_wait():
    pair = [flag(Kind.SET_FLAG, "MTE2_MTE3"), flag(Kind.WAIT_FLAG, "MTE2_MTE3")]
    with pytest.raises(Impossible, match="set perhaps twice"):
        known([*pair, *pair])
    answer = [flag(Kind.SET_FLAG, "MTE3_MTE2"), flag(Kind.WAIT_FLAG, "MTE3_MTE2")]
    known([*pair, *answer, *pair])


def test_a_set_between_cores_waits_for_its_pipe_alone():
    aic = [Operation(Kind.WAIT_CROSS_CORE, 0, 4), instruction(MTE2)]
    aivs = [[instruction(MTE2), instruction(MTE3), Operation(Kind.SET_CROSS_CORE, MTE3, 5, 2)] for _ in range(2)]
    orders = known(aic, *aivs).known[0, MTE2, 2].reshape(3, -1)
    assert (orders[1:, MTE3] >= 2).all() and not orders[1:, MTE2].any()


def test_a_set_of_one_vector_core_is_not_enough():
    aic = [Operation(Kind.WAIT_CROSS_CORE, 0, 4)]
    with pytest.raises(Impossible):
        known(aic, [Operation(Kind.SET_CROSS_CORE, MTE3, 5, 2)], [])


def test_a_poll_brings_what_lay_before_the_counter():
    """Rules W3 and W4, on two cores; without the barrier, nothing."""
    for middle, expected in (([barrier(MTE3)], True), ([], False)):
        writer = [instruction(MTE3), *middle, instruction(MTE3)]
        reader = [instruction(MTE2), flag(Kind.SET_FLAG, "MTE2_MTE3"), flag(Kind.WAIT_FLAG, "MTE2_MTE3")]
        orders = known([], writer, [*reader, instruction(MTE3)], reads_from={(2, MTE2, 1): [(1, MTE3, len(writer))]})
        assert (orders.known[2, MTE3, 4].reshape(3, -1)[1, MTE3] >= 1) == expected


def test_a_set_that_is_moved_covers_less():
    program = [instruction(MTE2), instruction(MTE2), flag(Kind.SET_FLAG, "MTE2_MTE3")]
    program += [flag(Kind.WAIT_FLAG, "MTE2_MTE3"), instruction(MTE3)]
    program = [replace(each, index=index) for index, each in enumerate(program, 1)]
    program[1] = replace(program[1], line=7)
    moved = Move(2, frozenset({7}), later=False).apply(program)
    assert [each.kind for each in moved[:3]] == [Kind.ISSUED, Kind.SET_FLAG, Kind.ISSUED] and moved[1].index == 1


def test_mutants_are_judged():
    """A barrier over all pipes is as good as one over M; without it, one Mmad may overtake another."""
    subject = REPRESENTATIVE[0]
    bench = subject.benches[0]
    trace = Trace(1 << 20)
    bench.run(subject.original, Check(0), trace=trace)
    judge = Judge(Recorded.parse(trace.events, bench.shape.ranks))
    line = next(call.line for call in calls(subject.source.device) if call.text == "PipeBarrier<PIPE_M>()")
    all_pipes = 6
    assert judge.judge(Mutation((line,), Change.OTHER_PIPE, all_pipes)).verdict is Verdict.EQUIVALENT
    removed = judge.judge(Mutation((line,), Change.SKIP))
    assert removed.verdict is Verdict.DISTINCT and removed.reason.startswith("race: ")
    assert judge.judge(Mutation((1,), Change.SKIP)).verdict is Verdict.UNREACHED
