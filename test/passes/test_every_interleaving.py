"""One run with clocks against all runs, state by state: random programs, and kernels that are small enough."""

import pytest
from every_interleaving import Explorer, overlap
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protocol_kernels import launch, lowered

from dovetail.passes.protocol_findings import Deadlock, Race
from dovetail.passes.protocol_run import Run
from dovetail.passes.protocol_steps import (
    Await,
    Core,
    CrossCoreSet,
    CrossCoreWait,
    Instruction,
    PipeBarrier,
    Place,
    Region,
    SetFlag,
    SyncAll,
    WaitFlag,
)
from dovetail.passes.words import Counter, Memory, Word

LIMIT = 15
WINDOW = Memory("window", 0)
CELL = 32


def unordered(programs):
    """All pairs of conflicting accesses of one launch that no rule orders, and the run that says so."""
    run = Run([programs], LIMIT)
    accesses, access = [], run.memories.access

    def recorded(each):
        accesses.append(each)
        return access(each)

    run.memories.access = recorded
    run.run()
    pairs = set()
    for number, one in enumerate(accesses):
        for other in accesses[:number]:
            ordered = one.is_before(other.clock) or other.is_before(one.clock)
            if not ordered and overlap(one.step, other.step, one.chain == other.chain):
                pairs.add(frozenset({(one.core, one.issue - 1), (other.core, other.issue - 1)}))
    return pairs, run


def agree(programs, eager=False):
    """Clocks and the search of all states say the same of races, deadlocks and outstanding sets."""
    explored = Explorer(programs, eager=eager).explore()
    pairs, run = unordered(programs)
    assert pairs == explored.races
    assert bool(pairs) == any(isinstance(finding, Race) for finding in run.findings)
    assert any(isinstance(finding, Deadlock) for finding in run.findings) == explored.has_deadlock
    assert run.outstanding == explored.outstanding
    return explored, run


# -- random programs --

AT = Place(None)
CORES = [Core(0, 0, "AIC"), Core(0, 0, "AIV 0"), Core(0, 0, "AIV 1"), Core(1, 0, "AIV 0")]


def cell(number):
    return Region(WINDOW, 1024 + number * CELL, CELL)


def fragment(core, position, kind, number):
    """A few steps of a core. `number` says which cell, which counter, which value."""
    own = Region(Memory("UB", core), 1024 * position, CELL)
    first, second = ("MTE2", "FIX") if core.kind == "AIC" else ("MTE2", "MTE3")
    counter = Region(WINDOW, CELL * CORES.index(core), 4)
    match kind:
        case "read":
            return [Instruction(AT, first, (cell(number % 2),), (own,))]
        case "write":
            return [Instruction(AT, second, (), (cell(number % 2),))]
        case "count":
            return [Instruction(AT, second, (), (counter,), value=Word(position + 1))]
        case "await" if core.kind == "AIV":
            awaited = Counter(WINDOW, CELL * (number % len(CORES)))
            polled = Region(WINDOW, awaited.byte, CELL)
            awaits = [Await(awaited, Word(number // len(CORES) + 1))]
            # A loop that polls looks at what its copy has brought.
            return [
                Instruction(AT, "MTE2", (polled,), (own,), awaits=awaits),
                SetFlag(AT, "MTE2_S", 1),
                WaitFlag(AT, "MTE2_S", 1),
            ]
        case "send":
            steps = fragment(core, position, "write", number)
            steps += [PipeBarrier(AT, second)] if number % 3 else []
            return steps + fragment(core, position, "count", number)
        case "receive" if core.kind == "AIV":
            steps = fragment(core, position, "await", number % len(CORES))
            return steps + fragment(core, position, "read" if number % 2 else "write", number // 4)
        case "barrier":
            return [PipeBarrier(AT, (first, second, "ALL")[number % 3])]
        case "flag":
            events = [f"{first}_{second}", f"{second}_{first}"]
            events += [] if core.kind == "AIC" else [f"{first}_S", f"{second}_S", f"S_{first}", f"S_{second}"]
            event = events[number % len(events)]
            return [SetFlag(AT, event, 0), WaitFlag(AT, event, 0)]
        case "tell":
            return [CrossCoreSet(AT, "CONSUMED" if core.kind == "AIC" else "ARRIVED", 2, first)]
        case "hear":
            return [CrossCoreWait(AT, "ARRIVED" if core.kind == "AIC" else "CONSUMED")]
        case "meet" if core.kind == "AIV":
            return [SyncAll(AT)]
    return []


KINDS = ("read", "write", "count", "await", "send", "receive", "receive", "barrier", "flag", "tell", "hear", "meet")


@st.composite
def random_programs(draw):
    made = {}
    cores = draw(st.sampled_from([CORES[:2], CORES[:3], [CORES[1], CORES[3]], [CORES[1], CORES[2], CORES[3]]]))
    most = 6 - len(cores)
    for core in cores:
        chosen = draw(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 7)), max_size=most))
        steps = [step for position, each in enumerate(chosen) for step in fragment(core, position, *each)]
        made[core] = [*steps, PipeBarrier(AT, "ALL")]
    return made


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(random_programs())
def test_random_programs(programs):
    agree(programs)


@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(random_programs())
def test_local_steps_at_once(programs):
    """What the search of kernels leaves out changes nothing between cores."""
    every = Explorer(programs).explore()
    fewer = Explorer(programs, eager=True).explore()
    crossing = {race for race in every.races if len({core for core, _ in race}) > 1}
    assert (fewer.has_deadlock, fewer.outstanding) == (every.has_deadlock, every.outstanding)
    assert {race for race in fewer.races if len({core for core, _ in race}) > 1} == crossing
    assert fewer.states <= every.states


def test_who_meets_again_has_not_told_what_comes_between():
    """One core has come to the second meeting before the other has left the first."""
    reader, writer = CORES[1:3]
    meeting, end = SyncAll(AT), PipeBarrier(AT, "ALL")
    reading, writing = fragment(reader, 1, "read", 0), fragment(writer, 1, "write", 0)
    programs = {reader: [meeting, *reading, meeting, end], writer: [meeting, *writing, meeting, end]}
    explored, _ = agree(programs)
    assert explored.races


# -- kernels --


def constant(word):
    """In a first launch all counters start from zero."""
    return Word(word.constant)


def first_launch(name, ranks, blocks, chunks, absent=()):
    made = launch(lowered(name, absent=absent), ranks, blocks, m=16 * chunks, k=16, n=16)
    for steps in made.values():
        for step in steps:
            if isinstance(step, Instruction):
                step.value = step.value and constant(step.value)
                step.awaits = [Await(each.counter, constant(each.target)) for each in step.awaits]
    return made


@pytest.mark.parametrize(
    ("name", "ranks", "blocks", "chunks", "absent"),
    [
        ("all_gather", 2, 1, 2, ()),
        ("all_gather_matmul", 2, 1, 1, ("gather_out",)),
        ("all_gather_matmul", 2, 1, 1, ()),
    ],
)
def test_kernels(name, ranks, blocks, chunks, absent):
    explored, run = agree(first_launch(name, ranks, blocks, chunks, absent), eager=True)
    assert not run.findings and not explored.has_deadlock
    print(f"{name}: {ranks} ranks, {blocks} blocks, {chunks} chunks: {explored.states} states; {run.statistics()}")
