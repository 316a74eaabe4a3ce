"""The key of a rendezvous: taken by a communicator, freed by its end, guessed by others."""

import multiprocessing
import os
import signal
import socket
import time
from pathlib import Path

import pytest
from meeting import NOBODY, PATIENCE, Job, answer, connect, held, hello, message_of_all, name_and_processes, turned_away

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process of another user")


@pytest.fixture
def job():
    with Job() as made:
        yield made


def processes_with_memory(name):
    """Processes that hold or map the memory of a communicator."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = [os.readlink(link) for link in (process / "fd").iterdir()]
            if f"/memfd:{name} " in (process / "maps").read_text() + "".join(f"{link} " for link in links):
                found.add(int(process.name))
        except OSError:  # it has ended meanwhile
            pass
    return found


# A key that is in use.


def test_a_second_job_is_told_of_the_first(job):
    first = job.start_all(2)
    name_and_processes(first)
    for rank in (0, 1, 2):
        message, timed_out = job.start(rank, 3).failed()
        used = f"the key is used by a communicator of 2 ranks, which process {first[0].pid} made"
        assert used in message
        assert (f"its rank {rank} is process" in message) == (rank < 2)
        assert rank == 2 or message.endswith(f"process {first[rank].pid}")
        assert not timed_out
    assert first[1].ask("write 0 7") and first[0].ask("read 0") == "7"


def test_a_key_is_free_when_its_communicator_has_gone(job):
    ranks = job.start_all(2)
    name, _ = name_and_processes(ranks)
    for rank in ranks:
        assert rank.ask("leave") == "left"
    assert not held(job.socket_name)
    later = job.start_all(2)
    assert name_and_processes(later)[0] != name


@pytest.mark.parametrize("first", [0, 1, 2])
def test_ranks_may_meet_again_in_any_order(job, first):
    ranks = job.start_all(3)
    name, processes = name_and_processes(ranks)
    for index in [first, *({0, 1, 2} - {first})]:
        assert ranks[index].ask("leave") == "left"
        ranks[index].say("meet")
        time.sleep(0.2)
    again, same = name_and_processes(ranks)
    assert name != again and processes == same


def test_who_comes_again_alone_hears_why_it_waited(job):
    ranks = job.start_all(2)
    name_and_processes(ranks)
    ranks[1].ask("leave")
    ranks[1].say("meet 1")
    message, timed_out = ranks[1].failed()
    assert timed_out
    assert (
        f"a communicator of 2 ranks, which process {ranks[0].pid} made with this key and which "
        f"rank 1 (process {ranks[1].pid}) has left, did not end within 1 s" in message
    )


# Processes that die.


def test_rank_0_is_killed_while_others_wait(job):
    ranks = [job.start(rank, 4) for rank in range(3)]
    job.await_seats(ranks[0], 2)
    ranks[0].kill()
    message = f"rank 0 (process {ranks[0].pid}) ended before all ranks had met"
    assert message in message_of_all(ranks[1:])


def test_a_rank_is_killed_while_others_wait(job):
    ranks = [job.start(rank, 4) for rank in range(3)]
    job.await_seats(ranks[0], 2)
    ranks[2].kill()
    message = f"rank 2 (process {ranks[2].pid}) ended before all ranks had met"
    assert message in message_of_all(ranks[:2])


@pytest.mark.parametrize("repetition", range(5))
def test_a_job_follows_at_once_on_one_that_was_killed(job, repetition):
    killed = job.start_all(2)
    name_and_processes(killed)
    for rank in reversed(killed):
        rank.kill()
    name_and_processes(job.start_all(2))


def test_a_rank_may_exit_without_giving_anything_back(job):
    ranks = job.start_all(2)
    name_and_processes(ranks)
    for rank in ranks:
        rank.say("exit")
        rank.end()
    assert not held(job.socket_name)


def test_nothing_is_left_of_ranks_that_were_killed(job):
    ranks = job.start_all(2)
    name, processes = name_and_processes(ranks)
    assert processes_with_memory(name) == set(processes)
    assert held(job.socket_name)
    for rank in ranks:
        rank.kill()
        rank.process.wait()
    assert not processes_with_memory(name)
    assert not held(job.socket_name)


def test_a_fork_does_not_hold_the_key(job):
    ranks = job.start_all(2)
    name_and_processes(ranks)
    children = [int(rank.ask("fork")) for rank in ranks]
    try:
        for rank in ranks:
            rank.kill()
            rank.process.wait()
        assert not held(job.socket_name)
        name_and_processes(job.start_all(2))
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)


# Processes that are no ranks.


@pytest.mark.parametrize("letters", [[b"garbage"], [b"\0" * 100_000], [b""], [], "cut", "version"])
def test_who_is_no_rank_does_no_harm(job, letters):
    root = job.start(0, 2)
    job.await_socket()
    if letters == "cut":
        letters = [hello(job.key)[:-1]]
    elif letters == "version":
        letters = [hello(job.key, version=1)]
    stranger = connect(job.socket_name)
    for letter in letters:
        stranger.send(letter)
    if letters:
        assert f"process {os.getpid()} did not introduce itself as a rank".encode() in answer(stranger)
    name_and_processes([root, job.start(1, 2)])
    late = connect(job.socket_name)  # and the same when all have met
    for letter in letters:
        late.send(letter)
    assert b"did not introduce itself" in answer(late)


def test_keys_with_one_hash_are_told_apart(job):
    root = job.start(0, 2)
    job.await_socket()
    assert f"process {os.getpid()} comes with another key".encode() in turned_away(job.socket_name)
    name_and_processes([root, job.start(1, 2)])


def as_nobody(act, *arguments):
    """Runs `act` in a process of another user."""

    def run():
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        act(*arguments)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    return process


def squat(name, ready):
    taken = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    taken.bind("\0" + name)
    taken.listen()
    ready.set()
    time.sleep(PATIENCE)


@as_root
@pytest.mark.parametrize("rank", [0, 1])
def test_a_socket_of_another_user_is_named(job, rank):
    ready = multiprocessing.get_context("fork").Event()
    squatter = as_nobody(squat, job.socket_name, ready)
    try:
        assert ready.wait(PATIENCE)
        message = message_of_all([job.start(rank)])
        assert f"process {squatter.pid} of user {NOBODY} has its socket" in message
        assert message.endswith(f"this process is of user {os.geteuid()}")
    finally:
        squatter.kill()
        squatter.join()


def test_a_socket_at_which_nobody_listens(job):
    taken = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    taken.bind("\0" + job.socket_name)
    message = f"whoever has the socket @{job.socket_name} did not answer within 0.5 s"
    assert message in message_of_all([job.start(0, seconds=0.5)], timed_out=True)


def intrude(name, pipe):
    pipe.send(answer(connect(name)))


@as_root
def test_another_user_is_turned_away(job):
    root = job.start(0, 2)
    job.await_socket()
    for _ in range(2):
        ours, theirs = multiprocessing.Pipe()
        intruder = as_nobody(intrude, job.socket_name, theirs)
        assert ours.poll(PATIENCE)
        said = f"its ranks are processes of user 0, and process {intruder.pid} is of user {NOBODY}"
        assert said.encode() in ours.recv()
        intruder.join()
        if len(job.ranks) == 1:
            name_and_processes([root, job.start(1, 2)])
