"""Communicators: their names, their windows and counters, and making them again."""

import re

import pytest
from team import COUNTERS, INVALID

SHAPE = 16, 256, 32


def join(team, group, key, megabytes, name=""):
    for rank in team.ranks:
        rank.say("join-config", group, key, len(team), rank.number, megabytes, name)
    return [rank.reply() for rank in team.ranks]


def multiply(team, group, seed, product="p", shape=SHAPE):
    team.do("prepare", product, group, *shape, seed)
    team.do("launch", product, "s")
    team.do("synchronize", "s")
    team.do("check", product)


# -- names --


@pytest.mark.parametrize("wanted", ["a_group", "x" * 127])
def test_the_name_that_is_asked_for_comes_back(start, wanted):
    team = start(2)
    assert [reply.code for reply in join(team, "g", team.key(), 200, wanted)] == [0, 0]
    assert team.do("name", "g") == [wanted] * 2
    multiply(team, "g", 1)


def test_a_name_is_that_of_one_communicator(start):
    team = start(2)
    join(team, "g", team.key(), 200, "twice")
    for reply in join(team, "h", team.key(), 200, "twice"):
        assert reply.code == 1
        assert "communicator twice already" in reply.text


def test_communicators_have_different_names(start):
    team = start(2, "g", "h")
    assert len({*team.do("name", "g"), *team.do("name", "h")}) == 2


# -- the same again --


def test_the_key_serves_again(as_processes):
    team = as_processes(2)
    key = team.key()
    names = set()
    for turn in range(5):
        team.join("g", key=key)
        names.update(team.do("name", "g"))
        multiply(team, "g", turn)
        team.do("leave", "g")
    assert len(names) == 5


def test_threads_may_meet_like_processes(as_threads):
    """With root info, and so with memory that is shared as between processes."""
    team = as_threads(4)
    team.join("g", key=team.key())
    for turn in range(3):
        multiply(team, "g", turn)
    team.finish()


def test_a_communicator_that_has_been_left(start):
    team = start(2, "g")
    team.do("leave", "g")
    for command in (("leave", "g"), ("name", "g"), ("barrier", "g", "s")):
        for reply in team.ask(*command):
            assert reply.code == 1
            assert "comm is no communicator of this process" in reply.text


# -- windows --


@pytest.mark.parametrize("by", ["HCCL_BUFFSIZE", "config"])
def test_windows_that_are_too_small_for_the_operator(start, by):
    team = start(2, **({"HCCL_BUFFSIZE": 100} if by == "HCCL_BUFFSIZE" else {}))
    if by == "config":
        join(team, "g", team.key(), 100)
    else:
        team.join("g")
    for reply in team.ask("prepare", "p", "g", *SHAPE, 1):
        assert reply.code == INVALID
        assert re.search(r"\bgroup\b.*\b100\b.*\b200\b", reply.text), reply.text


def test_the_configuration_goes_before_the_environment(start):
    team = start(2, HCCL_BUFFSIZE=100)
    join(team, "g", team.key(), 200)
    multiply(team, "g", 1)


def test_windows_of_different_sizes(as_processes):
    team = as_processes(2)
    key = team.key()
    for rank in team.ranks:
        rank.say("join-config", "g", key, 2, rank.number, 200 + rank.number)
    for rank in team.ranks:
        reply = rank.reply()
        assert reply.code == 1
        sizes = [f"{(200 + each.number) << 20} of rank {each.number}" for each in team.ranks]
        assert all(size in reply.text for size in sizes)


@pytest.mark.parametrize("size", ["0", "-1", "1.5", "200MB", "9999999"])
def test_a_size_that_is_none(as_processes, size):
    team = as_processes(1, HCCL_BUFFSIZE=size)
    reply = team[0].ask("join", "g", team.key(), 1, 0)
    assert reply.code == 1
    assert f"HCCL_BUFFSIZE is '{size}'; allowed is a whole number of megabytes" in reply.text


# -- counters --


@pytest.mark.parametrize("value", [2**31 - 3, 2**31 - 1, 2**32 - 3, 2**32 - 1])
def test_counters_that_start_high(start, value):
    team = start(2, "g")
    first, end = COUNTERS
    assert first == 0
    team.do("counters", "g", value, end)
    for seed, shape in enumerate([SHAPE, (300, 256, 32), SHAPE, (600, 256, 16), SHAPE]):
        multiply(team, "g", seed, shape=shape)
    team.finish()


def test_counters_that_do_not_agree(as_processes):
    """So that the test above can fail: a rank that counts from elsewhere is waited for in vain."""
    team = as_processes(2, "g", DOVETAIL_TIMEOUT=1)
    team[0].do("counters", "g", 5, COUNTERS[1])
    team.do("prepare", "p", "g", *SHAPE, 1)
    team.do("launch", "p", "s")
    assert any(reply.code != 0 for reply in team.ask("synchronize", "s") + team.ask("check", "p"))
