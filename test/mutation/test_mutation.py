"""No synchronising call of a generated kernel can be left out or altered without a report. `test/mutate.py` tries all
mutants of all kernels; here is a part of them that finds what is likely to go wrong."""

import multiprocessing
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import campaign
import pytest
from campaign import Counts, Outcome, Seeds
from equivalence import Verdict
from mutants import Mutant, calls, mutants
from subjects import LAUNCHES, REPRESENTATIVE, Subject

from dovetail.runtime.device import Check

EVERY = 8  # of the altered calls; all removed calls are tried
KERNELS = range(len(REPRESENTATIVE))
NEVER_EXECUTED = {
    # A kernel in two stages has fewer chunks than its senders may be ahead.
    ("all_gather_matmul, two-stage", "CrossCoreWaitFlag(CONSUMED)"),
}
"""Calls that no shape comes to."""


def part_of_mutants(subject: Subject) -> list[Mutant]:
    found = mutants(subject.source.device)
    removed = [each for each in found if "removed" in each.kind]
    altered = [each for each in found if "removed" not in each.kind]
    return removed + altered[REPRESENTATIVE.index(subject) % EVERY :: EVERY]


def outcomes_of(number: int) -> tuple[list[Outcome], list[Outcome]]:
    subject = REPRESENTATIVE[number]
    return (
        list(campaign.try_mutants(subject, part_of_mutants(subject), Seeds(2))),
        list(campaign.try_edits(subject, Seeds(2))),
    )


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[list[Outcome], list[Outcome]]]:
    """By the executor and by edited source, of each kernel."""
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(outcomes_of, KERNELS))


def test_mutants_are_reported(outcomes):
    counts = Counts([outcome for of_kernel in outcomes for of_way in of_kernel for outcome in of_way])
    print(counts)
    assert [str(each) for each in counts.outcomes if not each.is_explained] == []


def test_no_race_is_found_by_its_outcome_alone(outcomes):
    """Where a synchronising call is missing, something says so before the results do."""
    wrong = [each for by_executor, _ in outcomes for each in by_executor if each.kind_of_report == "wrong result"]
    assert [str(each) for each in wrong] == []


def test_every_call_is_needed(outcomes):
    for by_executor, _ in outcomes:
        removed = [each for each in by_executor if "removed" in each.kind and each.found is None]
        unreached = [each for each in removed if each.judgement.verdict is Verdict.UNREACHED]
        assert {(each.subject, each.call) for each in unreached} <= NEVER_EXECUTED
        needless = [each for each in removed if each.judgement.verdict is Verdict.NEEDLESS]
        assert [str(each) for each in needless] == []


@pytest.mark.parametrize("number", KERNELS)
def test_edited_source_and_executor_agree(outcomes, number):
    by_executor, by_edit = outcomes[number]
    subject = REPRESENTATIVE[number]
    removed = {each.mutant: each for each in by_executor}
    compared = [
        (removed[str(edit.same)], outcome)
        for edit, outcome in zip(subject.edited_source.edits, by_edit)
        if edit.same is not None
    ]
    assert compared
    for one, other in compared:
        assert (one.kind_of_report, one.judgement) == (other.kind_of_report, other.judgement)


@pytest.mark.parametrize("subject", REPRESENTATIVE, ids=str)
def test_slots_are_used_for_the_third_time(subject):
    """Some core sets each flag of a ring, or waits for it, for the third time in one launch."""
    rings = {call.line: call for call in calls(subject.source.device) if call.slots > 1}
    most = dict.fromkeys(rings, 0)
    for bench in subject.judged_benches:
        for program in campaign.record(bench).programs:
            times = Counter((each.line, each.second) for each in program if each.line in rings)
            for (line, _), count in times.items():
                most[line] = max(most[line], count // LAUNCHES)
    assert {rings[line].text: count for line, count in most.items() if count < 3} == {}


def test_a_checker_that_sees_no_races_is_found_out():
    subject = REPRESENTATIVE[0]
    pair = next(each for each in mutants(subject.source.device) if "S_MTE3" in each.call and each.kind == "all removed")
    blind = Check(passes_races=True)
    seen = campaign.try_mutants(subject, [pair], Seeds(2, 2), check=blind)
    assert [(each.is_explained, each.judgement.verdict) for each in seen] == [(False, Verdict.DISTINCT)]
