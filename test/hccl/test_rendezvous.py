"""How the processes of a communicator meet: ranks that agree, that are missing, and that contradict each other."""

import errno
import os
import re
import resource
import signal
import time

import pytest
from meeting import NOBODY, PATIENCE, Job, held, message_of_all, name_and_processes


@pytest.fixture
def job():
    with Job() as made:
        yield made


# Ranks that agree.


@pytest.mark.parametrize("ranks", [1, 2, 4, 8])
def test_all_meet_and_share_one_memory(job, ranks):
    started = job.start_all(ranks)
    _, processes = name_and_processes(started)
    assert processes == [rank.pid for rank in started]
    assert [rank.ask("nonzero") for rank in started] == ["0"] * ranks
    for index, rank in enumerate(started):
        rank.ask(f"write {4096 * index} {index + 1}")
    for rank in started:
        assert [rank.ask(f"read {4096 * index}") for index in range(ranks)] == [str(i + 1) for i in range(ranks)]
    for rank in started:
        rank.end()


def test_64_ranks_meet_with_few_descriptors(job):
    """Each gets 65 descriptors. A user who is not root may not have more under way than one process may open."""
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    name_and_processes(job.start_all(64, preexec_fn=few, **({"user": NOBODY} if os.geteuid() == 0 else {})))


def test_the_order_of_arrival_does_not_matter(job):
    others = [job.start(rank, 3) for rank in (2, 1)]
    time.sleep(0.2)
    name_and_processes([*others, job.start(0, 3)])


def test_memory_keeps_its_size(job):
    for rank in job.start_all(2):
        rank.met()
        assert [rank.ask("resize 4096"), rank.ask("resize 8388608")] == ["sealed", "sealed"]


def test_communicators_have_names_of_their_own():
    with Job() as first, Job() as second:
        names = {name_and_processes(job.start_all(2))[0] for job in (first, second)}
    assert len(names) == 2
    assert all(0 < len(name) < 128 for name in names)


def test_a_wanted_name_is_given(job):
    assert name_and_processes(job.start_all(2, name="my_group"))[0] == "my_group"


@pytest.mark.parametrize("key", ["a" * 4107, "b" * 4107 + "c", "\x01\n\xff"])
def test_keys_may_be_long_and_strange(job, key):
    job.key = key + job.key[-36:]
    name_and_processes(job.start_all(2))


def test_peers_are_seen_to_end(job):
    ranks = job.start_all(3)
    name_and_processes(ranks)
    assert [ranks[0].ask(f"ended {rank}") for rank in (1, 2)] == ["0", "0"]
    ranks[2].kill()
    ranks[2].process.wait()
    assert [ranks[0].ask(f"ended {rank}") for rank in (1, 2)] == ["0", "1"]
    assert [ranks[1].ask(f"ended {rank}") for rank in (0, 2)] == ["0", "1"]


@pytest.mark.parametrize("error", [errno.ENOSYS, errno.EPERM])
def test_peers_are_seen_to_end_without_pidfds(job, error):
    ranks = job.start_all(3, env={**os.environ, "PIDFD_ERROR": str(error)})
    name_and_processes(ranks)
    child = int(ranks[2].ask("fork"))  # which does not stand for the rank
    assert [ranks[0].ask(f"ended {rank}") for rank in (1, 2)] == ["0", "0"]
    ranks[2].kill()
    ranks[2].process.wait()
    assert [ranks[0].ask(f"ended {rank}") for rank in (1, 2)] == ["0", "1"]
    assert [ranks[1].ask(f"ended {rank}") for rank in (0, 2)] == ["0", "1"]
    os.kill(child, signal.SIGKILL)


# Ranks that are missing.


def test_time_out_names_the_missing_ranks(job):
    ranks = [job.start(2, 4), job.start(0, 4, seconds=3)]
    assert "ranks 1, 3 of 4 did not come within 3 s" in message_of_all(ranks, timed_out=True)


def test_the_least_patient_rank_ends_it_for_all(job):
    ranks = [job.start(0, 3, seconds=10 * PATIENCE), job.start(1, 3, seconds=1)]
    message = message_of_all(ranks, timed_out=True)
    assert f"rank 2 of 3 did not come within 1 s, which is how long rank 1 (process {ranks[1].pid}) waits" in message


def test_time_out_without_rank_0(job):
    assert "rank 0 did not come within 0.5 s" in message_of_all([job.start(1, seconds=0.5)], timed_out=True)


def test_time_out_of_a_rank_0_that_stands_still(job):
    root = job.start(0, 3)
    job.await_socket()
    os.kill(root.pid, signal.SIGSTOP)
    message = message_of_all([job.start(1, 3, seconds=1)], timed_out=True)
    assert f"rank 0 (process {root.pid}) did not answer within 1 s" in message


def test_time_out_of_a_rank_0_that_stands_still_while_others_wait(job):
    root = job.start(0, 3)
    waiting = job.start(1, 3, seconds=4)
    job.await_seats(root, 1)
    os.kill(root.pid, signal.SIGSTOP)
    message = message_of_all([waiting], timed_out=True)
    assert f"rank 0 (process {root.pid}) did not answer within 4 s" in message


# Ranks that contradict each other.


@pytest.mark.parametrize(
    "contradiction, message",
    [
        ({"ranks": 3}, "numbers of ranks: 4 of rank 0 (process {}), 3 of rank 2 (process {})"),
        ({"window": 8192}, "bytes of windows: 4096 of rank 0 (process {}), 8192 of rank 2 (process {})"),
        ({"machine": "Ascend950"}, "machines: Ascend910B3 of rank 0 (process {}), Ascend950 of rank 2 (process {})"),
        ({"name": "mine"}, 'names of the communicator: "" of rank 0 (process {}), "mine" of rank 2 (process {})'),
    ],
)
def test_all_ranks_hear_of_a_contradiction(job, contradiction, message):
    ranks = [job.start(0, 4), job.start(1, 4)]
    job.await_seats(ranks[0], 1)
    ranks.append(job.start(2, **{"ranks": 4, **contradiction}))
    assert message.format(ranks[0].pid, ranks[2].pid) in message_of_all(ranks)
    assert not held(job.socket_name)


def test_who_has_not_been_heard_hears_of_a_contradiction(job):
    root = job.start(0, 3)
    job.await_socket()
    os.kill(root.pid, signal.SIGSTOP)
    others = [job.start(rank, 3, window=8192) for rank in (1, 2)]
    job.await_connections(2)  # rank 0 finds the contradiction with one, before it reads what the other said
    os.kill(root.pid, signal.SIGCONT)
    assert "bytes of windows: 4096 of rank 0" in message_of_all([root, *others])


def test_all_contradictions_are_listed(job):
    message = message_of_all([job.start(0, 4), job.start(1, 3, window=1, machine="x", name="y")])
    assert re.search("numbers of ranks: .*; bytes of windows: .*; machines: .*; names of the communicator: ", message)


def test_a_rank_taken_twice(job):
    root, first = job.start(0, 3), job.start(1, 3)
    job.await_seats(root, 1)
    second = job.start(1, 3)
    message = message_of_all([root, first, second])
    assert f"rank 1 is taken twice, by process {first.pid} and process {second.pid}" in message


def test_rank_0_taken_twice(job):
    first = job.start(0, 3)
    job.await_socket()
    second = job.start(0, 3)
    message = message_of_all([first, second])
    assert f"rank 0 is taken twice, by process {first.pid} and process {second.pid}" in message


def test_a_rank_that_does_not_exist(job):
    ranks = [job.start(0, 2), job.start(2, 2)]
    assert f"rank 2 (process {ranks[1].pid}) is not one of ranks 0..1" in message_of_all(ranks)


@pytest.mark.parametrize("ranks", [0, 65])
def test_a_number_of_ranks_that_is_not_allowed(job, ranks):
    assert f"{ranks} ranks, not 1..64" in message_of_all([job.start(0, ranks)])


def test_a_rank_without_room_for_descriptors(job):
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    ranks = [*(job.start(rank, 8) for rank in range(7)), job.start(7, 8, preexec_fn=few)]
    message = message_of_all(ranks)
    assert f"rank 7 (process {ranks[7].pid}): there is no room for 9 descriptors (ulimit -n)" in message


def test_a_rank_0_without_room_for_descriptors(job):
    few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
    ranks = job.start_all(8, seconds=5, preexec_fn=few)
    assert f"rank 0 (process {ranks[0].pid})" in ranks[0].failed()[0]
    for rank in ranks[1:]:
        rank.failed()
