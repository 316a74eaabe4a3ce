"""HcclAllGather and HcclBarrier, by themselves and among launches of the operator."""

import re

import pytest

SHAPE = 16, 256, 32
INT8, INT32, FP16, INT64 = 0, 2, 3, 5
MEGABYTE = 1 << 20


@pytest.mark.parametrize("ranks", [1, 2, 3, 8])
@pytest.mark.parametrize("in_place", [0, 1], ids=["", "in place"])
def test_every_rank_receives_what_all_send(start, ranks, in_place):
    team = start(ranks, "g")
    for seed, (count, kind) in enumerate([(1, INT8), (1000, FP16), (333, INT32), (12345, INT64)]):
        team.do("gather", f"a{seed}", "g", "s", count, kind, seed, in_place)
    team.do("synchronize", "s")
    for seed in range(4):
        team.do("check", f"a{seed}")
    team.finish()


@pytest.mark.parametrize("in_place", [0, 1], ids=["", "in place"])
def test_more_than_a_window_holds(start, in_place):
    team = start(2, "g", HCCL_BUFFSIZE=1)
    team.do("gather", "a", "g", "s", 3 * MEGABYTE + 1, INT8, 5, in_place)
    team.do("gather", "b", "g", "s", 7, INT8, 6, in_place)
    team.do("synchronize", "s")
    team.do("check", "a")
    team.do("check", "b")


def test_nothing_to_gather(start):
    team = start(2, "g")
    team.do("prepare", "p", "g", *SHAPE, 1)
    team[0].do("launch", "p", "s")
    team[0].do("gather", "a", "g", "s", 0, INT8, 5)  # is no step of the communicator
    team[1].do("launch", "p", "s")
    team.do("synchronize", "s")
    team.do("check", "p")


def test_collectives_among_launches(start):
    """On two streams, and all in one order."""
    team = start(2, "g")
    team.do("stream", "t")
    for turn in range(20):
        for seed, product in enumerate("pq"):
            team.do("prepare", product, "g", *SHAPE, 2 * turn + seed)
        for rank in team.ranks:
            rank.say("launch", "p", "s")
            rank.say("gather", "a", "g", "t", 5000, FP16, turn, turn % 2)
            rank.say("barrier", "g", "s")
            rank.say("launch", "q", "t")
            rank.say("gather", "b", "g", "s", 40, INT32, turn + 7)
        for rank in team.ranks:
            for _ in range(5):
                rank.done()
        team.do("synchronize", "s")
        team.do("synchronize", "t")
        for each in "pqab":
            team.do("check", each)
    team.finish()


def test_collectives_between_two_groups(start):
    """What one group waits for must not change the order in which launches of two groups start."""
    team = start(2, "g", "h")
    team.do("stream", "t")
    for turn in range(30):
        team.do("prepare", "p", "g", *SHAPE, turn)
        team.do("prepare", "q", "h", *SHAPE, turn + 100)
        for rank in team.ranks:
            rank.say("barrier", "g", "s")
            rank.say("launch", "p", "s")
            rank.say("launch", "q", "t")
            rank.say("barrier", "h", "t")
        for rank in team.ranks:
            for _ in range(4):
                rank.done()
        team.do("synchronize", "s")
        team.do("synchronize", "t")
        team.do("check", "p")
        team.do("check", "q")


def test_a_barrier_waits_for_all(start):
    team = start(4, "g")
    for rank in team[:3]:
        rank.do("barrier", "g", "s")
        rank.say("synchronize", "s")
    assert all(rank.is_silent(0.1) for rank in team[:3])
    team[3].do("barrier", "g", "s")
    team[3].do("synchronize", "s")
    for rank in team[:3]:
        rank.done()


def test_other_counts(start):
    team = start(2, "g")
    team[0].do("gather", "a", "g", "s", 100, FP16, 1)
    team[1].ask("gather", "a", "g", "s", 200, FP16, 1)
    for failure in team.failures():
        assert "rank 0: HcclAllGather of 100 elements" in failure
        assert "rank 1: HcclAllGather of 200 elements" in failure


def test_something_else(start):
    team = start(2, "g")
    team.do("prepare", "p", "g", *SHAPE, 1)
    team[0].do("launch", "p", "s")
    team[1].do("barrier", "g", "s")
    for failure in team.failures():
        assert re.search(r"rank 0: aclnnAllGatherMatmulV2\b.*m = 16", failure), failure
        assert "rank 1: HcclBarrier" in failure


def test_a_rank_does_not_come(start):
    team = start(2, "g", DOVETAIL_TIMEOUT=1)
    team[0].do("barrier", "g", "s")
    (failure,) = team.failures(of=[team[0]])
    assert re.search(r"rank 0 waits for rank 1 in step 1 of communicator \S+, and for 1 s nobody came", failure)


def test_a_rank_is_killed(as_processes):
    team = as_processes(3, "g")
    for rank in team[:2]:
        rank.do("gather", "a", "g", "s", 100, FP16, 1)
    team.kill(2)
    failures = team.failures(of=team[:2])
    assert all(f"the process of rank 2 ({team[2].process.pid}) has ended" in failure for failure in failures)
