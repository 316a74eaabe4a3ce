"""The order of launches: of one communicator on several streams, of several communicators, after a failure."""

import re

import pytest
from team import FAILED, REFUSED

SHAPE = 16, 256, 32
CHAINED = 4, 256, 256  # its output may be the x1 of another


def name(team, group):
    (found,) = set(team.do("name", group))
    return found


# -- one communicator --


def test_launches_on_two_streams_run_in_the_order_of_submission(start):
    """The second multiplies what the first gives, on a stream that has nothing to wait for."""
    team = start(2, "g")
    team.do("stream", "t")
    team.do("event", "e")
    team.do("prepare", "p", "g", *CHAINED, 1)
    team.do("prepare", "q", "g", len(team) * CHAINED[0], *CHAINED[1:], 2, "of", "p")
    team.do("stream", "u")
    team.do("wait", "e", "s")
    team.do("launch", "p", "s")
    team.do("launch", "q", "t")
    assert team[0].is_silent(0.1)
    assert team.do("query", "t") == ["busy"] * 2
    team.do("record", "e", "u")
    team.do("synchronize", "t")
    team.do("check", "q")
    team.do("synchronize", "s")
    team.do("check", "p")
    team.finish()


def test_many_launches_on_two_streams(start):
    team = start(2, "g")
    team.do("stream", "t")
    for i in range(4):
        of = ["of", f"p{i - 1}"] if i > 0 else []
        team.do("prepare", f"p{i}", "g", 4 * 2**i, 256, 256, i, *of)
    for i in range(4):
        team.do("launch", f"p{i}", "st"[i % 2])
    team.do("synchronize", "s")
    team.do("synchronize", "t")
    for i in range(4):
        team.do("check", f"p{i}")


# -- two communicators --


def test_two_groups_in_the_same_order(start):
    team = start(2, "g", "h")
    team.do("stream", "t")
    for turn in range(40):
        products = [("p", "g", "s"), ("q", "h", "t"), ("r", "h", "t"), ("v", "g", "s")]
        for seed, (product, group, _) in enumerate(products):
            team.do("prepare", product, group, *SHAPE, 4 * turn + seed)
        for rank in team.ranks:
            for product, _, stream in products:
                rank.say("launch", product, stream)
        for rank in team.ranks:
            for _ in products:
                rank.done()
        for stream in "st":
            team.do("synchronize", stream)
        for product, _, _ in products:
            team.do("check", product)
    team.finish()


@pytest.mark.parametrize("streams", ["st", "ss"], ids=["two streams", "one stream"])
def test_two_groups_in_opposite_order(start, streams):
    team = start(2, "g", "h")
    team.do("stream", "t")
    team.do("prepare", "g", "g", *SHAPE, 1)
    team.do("prepare", "h", "h", *SHAPE, 2)
    team[0].do("launch", "g", streams[0])
    team[1].do("launch", "h", streams[0])
    replies = [team[0].ask("launch", "h", streams[1]), team[1].ask("launch", "g", streams[1])]
    failures = team.failures("s")
    failures += [reply.text for reply in replies if reply.code != 0]  # the report may be there already
    for failure in failures:
        assert "kernels of two communicators were started in opposite order" in failure
        for group in "gh":
            assert re.search(rf"rank [01] in step 1 of {name(team, group)}\b", failure.replace("is in", "in")), failure
    for rank in team.ranks:
        for group in "gh":
            assert "opposite order" in rank.ask("failure", group).text


def test_three_groups_in_a_circle(as_processes):
    """Each rank holds its cores for a group whose other rank holds them for the next group."""
    team = as_processes(3, DOVETAIL_TIMEOUT=1)
    for group in range(3):
        key = team.key()
        pair = [team[group], team[(group + 1) % 3]]
        for rank, member in enumerate(pair):
            member.say("join", f"g{group}", key, 2, rank)
        for member in pair:
            member.done()
    for rank in range(3):
        first, second = rank, (rank + 2) % 3
        team[rank].do("prepare", "p", f"g{first}", *SHAPE, 1)
        team[rank].do("prepare", "q", f"g{second}", *SHAPE, 1)
        team[rank].do("launch", "p", "s")
        team[rank].do("launch", "q", "s")
    replies = team.ask("synchronize", "s")
    failed = [reply.text for reply in replies if reply.code == FAILED]
    assert failed  # after one group has, others may go on
    assert all(re.search(r"for 1 s: rank [01] has not begun this launch", text) for text in failed), failed


def test_a_barrier_holds_no_cores(start):
    """So it may wait for a rank that is in a launch which comes later here."""
    team = start(2, "g", "h")
    team.do("stream", "t")
    team.do("prepare", "p", "h", *SHAPE, 1)
    team[1].do("launch", "p", "s")
    team[1].do("barrier", "g", "s")
    team[0].do("barrier", "g", "s")
    team[1].say("synchronize", "s")
    assert team[1].is_silent(0.2)
    team[0].do("launch", "p", "t")
    team[1].done()
    team[0].do("synchronize", "s")
    team[0].do("synchronize", "t")
    team.do("check", "p")


# -- errors --


def test_an_error_reaches_the_next_synchronisation_once(start):
    team = start(2, "g")
    for rank in team.ranks:
        rank.do("prepare", "p", "g", 16 + rank.number, 256, 32, 1)
    team[0].do("launch", "p", "s")
    team[1].do("launch", "p", "s")
    assert all("m = 17" in failure for failure in team.failures())
    team.do("synchronize", "s")


def test_after_a_failure_stage_2_refuses_and_names_it(start):
    team = start(2, "g", "h")
    for rank in team.ranks:
        rank.do("prepare", "p", "g", 16 + rank.number, 256, 32, 1)
        rank.do("prepare", "q", "g", *SHAPE, 2)
        rank.do("prepare", "r", "h", *SHAPE, 3)
    team[0].do("launch", "p", "s")
    team[1].do("launch", "p", "s")
    team.failures()
    ((_, first),) = {(reply.code, reply.text) for reply in team.ask("failure", "g")}
    assert "m = 16" in first and "m = 17" in first
    for reply in team.ask("launch", "q", "s"):
        assert reply.code == REFUSED
        assert f"communicator {name(team, 'g')} takes no more launches" in reply.text
        assert reply.text.endswith(first)
    team.do("synchronize", "s")  # nothing was queued
    team.do("launch", "r", "s")  # other communicators go on
    team.do("synchronize", "s")
    team.do("check", "r")


# -- events --


def test_a_stream_waits_for_a_launch_of_another(start):
    team = start(2, "g")
    team.do("stream", "t")
    team.do("event", "e")
    for product in ("p", "q"):
        team.do("prepare", product, "g", *SHAPE, 7)
    team[0].do("launch", "p", "s")
    team[0].do("record", "e", "s")
    team[0].do("wait", "e", "t")
    team[0].do("copy", "q", "output", "from", "p", "output", "t")
    assert team[0].is_silent(0.1)
    assert team[0].do("query", "t") == "busy"
    team[1].do("launch", "p", "s")
    team[0].do("synchronize", "t")
    assert "gatherOut" in team[0].ask("check", "q").text  # which alone was not copied
    team.do("synchronize", "s")


def test_a_launch_waits_for_a_copy_on_another_stream(start):
    team = start(2, "g")
    team.do("stream", "t")
    for event in ("before", "after"):
        team.do("event", event)
    team.do("prepare", "p", "g", *CHAINED, 1)
    team.do("prepare", "q", "g", *CHAINED, 9)
    team.do("prepare", "r", "g", 2 * CHAINED[0], *CHAINED[1:], 2, "of", "q")
    team.do("launch", "q", "s")
    team.do("synchronize", "s")
    team.do("launch", "p", "s")  # whose output goes to r's x1, when `before` comes
    team.do("wait", "before", "t")
    team.do("copy", "q", "output", "from", "p", "output", "t")
    team.do("record", "after", "t")
    team.do("wait", "after", "s")
    team.do("launch", "r", "s")
    assert team.do("query", "s") == ["busy"] * 2
    team.do("stream", "u")
    team.do("record", "before", "u")
    team.do("synchronize", "s")
    assert "output" in team[0].ask("check", "r").text  # it has multiplied p's
    team.do("synchronize", "t")


# -- what is not of this device --


def test_streams_of_another_device(start):
    team = start(2, "g")
    team.do("stream", "t", 3)
    team.do("prepare", "p", "g", *SHAPE, 1)
    for rank, reply in enumerate(team.ask("launch", "p", "t")):
        assert reply.code == REFUSED
        assert "another context" in reply.text or f"device {rank}" in reply.text
    team.do("launch", "p", "s")
    team.do("synchronize", "s")
    team.do("check", "p")


@pytest.mark.parametrize(
    ("option", "words"), [(["host"], "x1 .*is not device memory"), (["device", 5], "x1 .*memory of device 5")]
)
def test_memory_that_is_not_of_the_device(start, option, words):
    team = start(2, "g")
    for reply in team.ask("prepare", "p", "g", *SHAPE, 1, *option):
        assert reply.code == 161002
        assert re.search(words, reply.text)
