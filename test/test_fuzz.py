"""A short campaign of fuzz.py, and how it makes cases smaller; `python test/fuzz.py` is a long one."""

import json
import os
import shlex
import time
from dataclasses import asdict

import fuzz
import pytest
from fuzz import Case, Launch, Variant

from dovetail import cli


@pytest.mark.parametrize("number", range(2 * fuzz.BATCH))
def test_case(number):
    campaign = fuzz.Campaign(fuzz.told_of)
    campaign.take(number)
    assert not campaign.failures, campaign.failures[0]


def test_a_number_says_all_of_a_case():
    cases = [fuzz.drawn(number) for number in range(3)]
    assert [fuzz.drawn(number) for number in range(3)] == cases
    assert len(set(cases)) == 3
    assert [Case.parse(json.dumps(asdict(case))) for case in cases] == cases


LARGE = Variant(fuzz.OPERATOR, "bfloat16", "two-stage", ("x2",), ("gather_out",), (64, 48, 80), 40, 3, 5, "arrival")
SIZES = (("m", 77), ("k", 300), ("n", 91))


@pytest.mark.parametrize(
    ("fails", "smallest"),
    [
        (lambda case: True, Case(1, 9, (Launch(Variant(fuzz.OPERATOR), (("m", 1), ("k", 1), ("n", 1))),))),
        (
            lambda case: case.ranks > 2 and any(dict(each.sizes)["k"] > 17 for each in case.launches),
            Case(3, 9, (Launch(Variant(fuzz.OPERATOR), (("m", 1), ("k", 18), ("n", 1))),)),
        ),
        (
            lambda case: len(case.launches) > 1 and case.start > 5 and case.launches[1].variant.slots == 3,
            Case(
                1,
                9,
                (
                    Launch(Variant(fuzz.OPERATOR), (("m", 1), ("k", 1), ("n", 1))),
                    Launch(Variant(fuzz.OPERATOR, slots=3), (("m", 1), ("k", 1), ("n", 1))),
                ),
                start=100,
            ),
        ),
    ],
    ids=["anything", "sizes", "launches"],
)
def test_a_failing_case_becomes_small(fails, smallest):
    case = Case(8, 9, (Launch(LARGE, SIZES, 20),) * 3, False, 1, 100)
    assert fails(case)
    assert fuzz.shrunk(case, fails) == smallest


def test_another_order_may_be_needed_when_a_case_becomes_small():
    case = Case(2, 9, (Launch(LARGE, SIZES, 20),))
    small = fuzz.shrunk(case, lambda each: each.seed % 2 == 1)
    assert small.ranks == 1 and small.seed % 2 == 1


def test_a_fault_is_found_and_its_command_repeats_it(monkeypatch, tmp_path, capsys):
    """With a compiler that lets a sender overwrite slots that are still read."""
    compiled = fuzz.compiled
    edited = tmp_path / "edited.cpp"

    def load(variant):
        text = compiled(variant).source
        edited.write_text(text.replace("chunksDone - tiling.slots)", "chunksDone - tiling.slots - 1)"))
        return compiled(variant).load(edited)

    monkeypatch.setattr(fuzz, "load", load)
    campaign = fuzz.Campaign(fuzz.told_of)
    campaign.take(0)
    (failure,) = campaign.failures
    command = next(line for line in failure.splitlines() if line.startswith("shrunk to: ")).removeprefix("shrunk to: ")
    assert "--ranks 2 --m 2 --k 1 --n 1 --blocks 1 " in command
    words = shlex.split(command)
    assert words[0] == "dovetail"
    capsys.readouterr()
    assert cli.main([*words[1:], "--source", str(edited)]) == 1
    said = capsys.readouterr()
    assert "race" in said.err or "FAIL" in said.out


def test_a_case_that_crashes_is_a_failure(monkeypatch):
    monkeypatch.setattr(fuzz, "fault_of", lambda case: os._exit(3))
    attempt = fuzz.Apart()
    try:
        assert [attempt(fuzz.drawn(0)) for _ in range(2)] == [("the process crashed", "")] * 2
    finally:
        attempt.close()


def test_a_case_that_does_not_end_is_a_failure(monkeypatch):
    monkeypatch.setattr(fuzz, "SECONDS_OF_CASE", 0.5)
    monkeypatch.setattr(fuzz, "fault_of", lambda case: time.sleep(1000))
    attempt = fuzz.Apart()
    try:
        assert attempt(fuzz.drawn(0)) == ("no end within 0.5 s", "")
    finally:
        attempt.close()
