"""Faults of ranks and of their programs: the others are told what happened, and nothing is left."""

import re
import signal

import pytest
from team import ARRIVALS, FAILED, REFUSED

SHAPE = 16, 256, 32
LONG = 1024, 256, 32, 5  # half a megabyte of x1 for each rank, and a seed
SLOW = 1e5  # bytes per second: the above takes 5 seconds


def launched(team, product="p", seed=1):
    team.do("prepare", product, "g", *SHAPE, seed)
    team.do("launch", product, "s")


def told(ranks, product="p"):
    """What ranks are told of a launch that fails: by stage 2 where it has failed already, or else by synchronising."""
    for rank in ranks:
        rank.say("launch", product, "s")
    replies = [rank.reply() for rank in ranks]
    for rank, reply in zip(ranks, replies):
        if reply.code == 0:
            rank.say("synchronize", "s")
    replies = [rank.reply() if reply.code == 0 else reply for rank, reply in zip(ranks, replies)]
    assert all(reply.code in (FAILED, REFUSED) for reply in replies), replies
    return [reply.text for reply in replies]


def others(team, gone):
    return [rank for rank in team.ranks if rank.number != gone]


def end_of(team, rank):
    return f"the process of rank {rank} ({team[rank].process.pid}) has ended"


# -- a rank is killed --


@pytest.mark.parametrize("gone", [0, 2])
def test_killed_before_the_launch(as_processes, gone):
    team = as_processes(4, "g")
    team.do("prepare", "p", "g", *SHAPE, 1)
    team.kill(gone)
    failures = told(others(team, gone))
    assert all(end_of(team, gone) in failure for failure in failures)


@pytest.mark.parametrize("mode", ["fast", "checked"])
def test_killed_during_the_launch(as_processes, mode):
    team = as_processes(4, "g", links=SLOW, DOVETAIL_MODE=mode)
    team.do("prepare", "p", "g", *LONG)
    team.do("launch", "p", "s")
    team[0].do("arrival", "g", *ARRIVALS)
    team.kill(2)
    failures = team.failures(of=others(team, 2))
    assert all(end_of(team, 2) in failure for failure in failures)
    assert all(rank.ask("check", "p").code != 0 for rank in others(team, 2))  # it was not over


def test_killed_while_others_are_missing(as_processes):
    team = as_processes(2, "g")
    team.do("prepare", "p", "g", *SHAPE, 1)
    team[0].do("launch", "p", "s")
    team[0].say("synchronize", "s")
    assert team[0].is_silent(0.2)
    team.kill(1)
    assert end_of(team, 1) in team[0].reply().text


def test_killed_after_the_launch(as_processes):
    team = as_processes(4, "g")
    launched(team)
    team.do("synchronize", "s")
    team.kill(1)
    for rank in others(team, 1):
        rank.do("check", "p")
        rank.do("prepare", "q", "g", *SHAPE, 2)
    failures = told(others(team, 1), "q")
    assert all(end_of(team, 1) in failure for failure in failures)


def test_all_are_killed(as_processes):
    team = as_processes(4, "g", links=SLOW)
    team.do("prepare", "p", "g", *LONG)
    team.do("launch", "p", "s")
    team[0].do("arrival", "g", *ARRIVALS)
    for rank in range(4):
        team.kill(rank)


def test_what_is_left_of_a_job_is_seen(as_processes):
    """So that the other tests can fail."""
    team = as_processes(2, "g")
    found = team.remains()
    for each in (
        f"process {team[1].process.pid}",
        f"socket of {team.keys[0]}",
        f"/memfd:dovetail_{team[0].process.pid}_",
    ):
        assert any(each in thing for thing in found)
    team.kill(0)
    assert f"/memfd:dovetail_{team[0].process.pid}_ of process {team[1].process.pid}" in team.remains()


# -- a rank does not come --


def test_a_rank_never_arrives(start):
    team = start(4, "g", DOVETAIL_TIMEOUT=1)
    team.do("prepare", "p", "g", *SHAPE, 1)
    failures = told(others(team, 3))
    if team.as_threads:
        words = r"rank [012] waits for rank.* 3 in step 1 of communicator \S+, and for 1 s nobody came"
    else:
        words = "no rank made progress for 1 s: .*rank 3 has not begun this launch"
    assert all(re.search(words, failure) for failure in failures), failures
    assert team[3].ask("launch", "p", "s").code == REFUSED


def test_a_rank_that_stands_still(as_processes):
    team = as_processes(2, "g", links=SLOW, DOVETAIL_TIMEOUT=3)
    team.do("prepare", "p", "g", *LONG)
    team.do("launch", "p", "s")
    team[0].do("arrival", "g", *ARRIVALS)
    team[1].process.signal(signal.SIGSTOP)
    (failure,) = team.failures(of=[team[0]])
    assert "no rank made progress for 3 s" in failure
    team[1].process.signal(signal.SIGCONT)
    assert team.failures(of=[team[1]]) != [failure]


# -- a rank calls with something else --


@pytest.mark.parametrize("other", [(48, 256, 32), (16, 272, 32), (16, 256, 33)], ids=["m", "k", "n"])
def test_other_shapes(start, other):
    team = start(4, "g")
    for rank in team.ranks:
        rank.do("prepare", "p", "g", *((16, 256, 32) if rank.number != 2 else other), 1)
    failures = told(team.ranks)
    for failure in failures:
        assert re.search(r"rank 2: [^;]*m = {}, k = {}, n = {}".format(*other), failure), failure
        assert re.search(r"rank [013]: [^;]*m = 16, k = 256, n = 32", failure), failure


# -- a stream is destroyed --


def test_a_stream_that_is_destroyed_ends_its_work_first(start):
    team = start(2, "g")
    team.do("prepare", "p", "g", *SHAPE, 1)
    team[0].do("launch", "p", "s")
    team[0].say("destroy", "s")
    assert team[0].is_silent(0.2)
    team[1].do("launch", "p", "s")
    team[0].done()
    team[1].do("synchronize", "s")
    team.do("check", "p")


def test_work_is_dropped_with_its_stream(start):
    team = start(2, "g")
    for product in ("p", "q"):
        team.do("prepare", product, "g", *SHAPE, ord(product))
    team[0].do("launch", "p", "s")
    team[0].do("launch", "q", "s")
    team[0].do("destroy-force", "s")
    (failure,) = told([team[1]])
    assert re.search(r"rank 0, aclnnAllGatherMatmulV2: stream \d+ of device 0 was destroyed by force", failure)


def test_what_runs_already_is_not_dropped(start):
    team = start(2, "g")
    team.do("prepare", "p", "g", *SHAPE, 1)
    team[0].do("launch", "p", "s")
    team[0].do("begun", "s")
    team[0].do("destroy-force", "s")
    team[1].do("launch", "p", "s")
    team[1].do("synchronize", "s")
    team[1].do("check", "p")


# -- memory is freed --


@pytest.mark.parametrize("tensor", ["x1", "x2", "output", "gatherOut", "workspace"])
def test_freed_before_the_launch_has_run(start, tensor):
    team = start(2, "g")
    team.do("stream", "t")
    team[0].do("event", "e")
    for product in ("p", "q"):
        team.do("prepare", product, "g", *SHAPE, ord(product))
    team[0].do("launch", "p", "s")
    team[0].do("wait", "e", "t")
    team[0].do("launch", "q", "t")
    team[0].do("free", "q", tensor)
    team[1].do("launch", "p", "s")
    team.do("synchronize", "s")
    team.do("check", "p")
    team[0].do("record", "e", "s")
    failures = told([team[1]], "q") + team.failures("t", of=[team[0]])
    for failure in failures:
        assert f"rank 0, aclnnAllGatherMatmulV2: the memory of {tensor} was freed before the launch began" in failure


def test_freed_while_the_launch_runs(start):
    team = start(2, "g", links=SLOW)
    team.do("prepare", "p", "g", *LONG)
    team.do("launch", "p", "s")
    team[0].do("arrival", "g", *ARRIVALS)
    team[0].do("free", "p", "output")
    (failure,) = team.failures(of=[team[0]])
    words = "rank 0, aclnnAllGatherMatmulV2: the memory of output was freed while the launch ran"
    assert words in failure
    team[1].ask("synchronize", "s")  # its own part may have ended well
    assert words in team[1].ask("failure", "g").text


# -- a program ends, or leaves --


@pytest.mark.parametrize("when", ["idle", "waiting", "running"])
def test_a_process_ends_without_finalising(as_processes, when):
    team = as_processes(2, "g", links=SLOW if when == "running" else 0)
    team.do("prepare", "p", "g", *(LONG if when == "running" else (*SHAPE, 1)))
    if when != "idle":
        team[1].do("launch", "p", "s")
    if when == "running":
        team[0].do("launch", "p", "s")
        team[1].do("arrival", "g", *ARRIVALS)
    team[1].say("exit", 7)
    assert team[1].process.status() == 7
    if when != "running":
        team[0].do("launch", "p", "s")
    (failure,) = team.failures(of=[team[0]])
    assert end_of(team, 1) in failure


def test_threads_end_without_finalising(as_threads):
    team = as_threads(4, "g", links=SLOW)
    team.do("prepare", "p", "g", *LONG)
    team.do("launch", "p", "s")
    team[0].do("arrival", "g", *ARRIVALS)
    team[1].say("exit", 7)
    assert team[1].process.status() == 7


def test_a_rank_leaves_while_others_launch(start):
    team = start(4, "g")
    launched(team)
    team.do("synchronize", "s")
    team[2].do("leave", "g")
    for rank in others(team, 2):
        rank.do("prepare", "q", "g", *SHAPE, 2)
    failures = told(others(team, 2), "q")
    assert all("rank 2 has destroyed communicator dovetail_" in failure for failure in failures)


def test_who_leaves_waits_for_its_launches(start):
    team = start(2, "g")
    team.do("prepare", "p", "g", *SHAPE, 1)
    team[0].do("launch", "p", "s")
    team[0].say("leave", "g")
    assert team[0].is_silent(0.2)
    team[1].do("launch", "p", "s")
    team[0].done()
    team.do("synchronize", "s")
    team.do("check", "p")


# -- many launches --


def test_300_launches_in_flight(start):
    team = start(2, "g")
    products = [f"p{i}" for i in range(300)]

    def tell(rank, command, *words):
        for seed, product in enumerate(products):
            rank.say(command, product, *(words if command != "prepare" else (*words, seed)))
        for product in products:
            rank.done((command, product))

    for rank in team.ranks:
        tell(rank, "prepare", "g", 3, 256, 16)
    tell(team[0], "launch", "s")
    assert team[0].do("query", "s") == "busy"
    tell(team[1], "launch", "s")
    team.do("synchronize", "s")
    for rank in team.ranks:
        tell(rank, "check")
    team.finish()
