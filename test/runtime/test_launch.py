"""Launching on ranks, in one process and as processes."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy
import pytest

from dovetail.runtime.communicator import Communicator
from dovetail.runtime.device import DeviceError
from dovetail.runtime.kernel import Kernel, TilingError
from dovetail.runtime.signature import ArgumentError

IN_ONE_PROCESS_AND_AS_PROCESSES = pytest.mark.parametrize("processes", [False, True], ids=["contexts", "processes"])


def matrices(ranks, m=7, k=50, seed=0):
    random = numpy.random.default_rng(seed)
    return [random.standard_normal((m, k), numpy.float32).astype(numpy.float16) for _ in range(ranks)]


STUCK = "word, epoch);\n            target", "word, epoch + 9);\n            target"  # waits for what never comes


FOREVER = (
    "        GlobalTensor<half> source, target;",
    "        while (ranks > 0) {\n            Write(Counter(own, 8000), word, epoch);\n        }\n"
    "        GlobalTensor<half> source, target;",
)


def edited(gather_signature, gather_source, tmp_path, old, new):
    """The kernel with one place changed."""
    assert gather_source.device.count(old) == 1
    path = tmp_path / "edited.cpp"
    path.write_text(gather_source.device.replace(old, new))
    return Kernel.load(gather_signature, gather_source.with_device_source(path))


@IN_ONE_PROCESS_AND_AS_PROCESSES
@pytest.mark.parametrize("ranks", [1, 2, 4, 8])
def test_every_rank_gets_the_rows_of_all(gather, chip, ranks, processes):
    x = matrices(ranks)
    with Communicator(ranks, chip, processes) as communicator:
        launched = communicator.run(gather, [x], blocks=2)
    assert len(launched.outputs) == ranks
    for outputs in launched.outputs:
        assert numpy.array_equal(outputs["output"], numpy.concatenate(x))


@IN_ONE_PROCESS_AND_AS_PROCESSES
def test_windows_last_so_that_launches_of_any_shape_follow_each_other(gather, chip, processes):
    with Communicator(3, chip, processes) as communicator:
        for launch in range(6):
            x = matrices(3, m=1 + 5 * (launch % 3), k=40, seed=launch)
            for outputs in communicator.run(gather, [x], blocks=1).outputs:
                assert numpy.array_equal(outputs["output"], numpy.concatenate(x))


@pytest.mark.parametrize("number", [200])
def test_many_launches_leak_nothing(gather, chip, number):
    def used():
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        with open("/proc/self/maps") as file:
            return pages, len(file.readlines()), len(os.listdir("/proc/self/fd")), threading.active_count()

    x = matrices(2)
    with Communicator(2, chip) as communicator:
        for _ in range(20):
            communicator.run(gather, [x], blocks=2)
        before = used()
        for _ in range(number):
            communicator.run(gather, [x], blocks=2)
        after = used()
    assert after[0] - before[0] < 256  # a megabyte
    assert after[1] - before[1] <= 2
    assert after[2:] == before[2:]


def test_outputs_that_a_kernel_does_not_write_are_poisoned(gather_signature, gather_source, chip, tmp_path):
    lazy = edited(gather_signature, gather_source, tmp_path, "+ peer * count", "+ 0 * count")
    with Communicator(2, chip) as communicator:
        outputs = communicator.run(lazy, [matrices(2)], blocks=1).outputs
    assert numpy.isfinite(outputs[0]["output"][:7]).all()
    assert numpy.isnan(outputs[0]["output"][7:]).all()


@IN_ONE_PROCESS_AND_AS_PROCESSES
def test_after_a_failed_launch_others_are_refused_and_the_first_failure_is_named(
    gather, gather_signature, gather_source, chip, tmp_path, processes
):
    stuck = edited(gather_signature, gather_source, tmp_path, *STUCK)
    with Communicator(2, chip, processes, timeout=10) as communicator:
        communicator.run(gather, [matrices(2)], blocks=1)
        with pytest.raises(DeviceError, match="gather: ") as first:
            communicator.run(stuck, [matrices(2)], blocks=1)
        with pytest.raises(DeviceError, match="takes no more launches") as second:
            communicator.run(gather, [matrices(2)], blocks=1)
    assert str(first.value) in str(second.value)


@IN_ONE_PROCESS_AND_AS_PROCESSES
def test_what_cannot_be_launched_spoils_nothing(gather, chip, processes):
    with Communicator(2, chip, processes, window_bytes=1 << 20) as communicator:
        with pytest.raises(TilingError, match=r"gather: the window needs .* bytes and has 1048576"):
            communicator.run(gather, [matrices(2, m=1000, k=1000)], blocks=1)
        with pytest.raises(ArgumentError, match="x has 3 arrays for 2 ranks"):
            communicator.run(gather, [matrices(3)], blocks=1)
        with pytest.raises(ValueError, match=f"{chip.cores + 1} blocks: Ascend910B3 has 1 to {chip.cores}"):
            communicator.run(gather, [matrices(2)], blocks=chip.cores + 1)
        communicator.run(gather, [matrices(2)], blocks=1)


def test_the_size_of_windows_is_that_of_hccl(chip, monkeypatch):
    for megabytes in (200, 3):
        with Communicator(2, chip) as communicator:
            assert communicator.window_bytes == megabytes << 20
        monkeypatch.setenv("HCCL_BUFFSIZE", "3")
    monkeypatch.setenv("HCCL_BUFFSIZE", "0")
    with pytest.raises(DeviceError, match="HCCL_BUFFSIZE is '0'"):
        Communicator(2, chip)


def _alive(identifier):
    try:
        os.kill(identifier, 0)
    except ProcessLookupError:
        return False
    return True


def _seconds_of_work(process):
    """The time that its threads have had of the processor."""
    *_, user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _kill_at_work(process):
    before = _seconds_of_work(process)
    while _seconds_of_work(process) < before + 0.5:
        time.sleep(0.02)
    os.kill(process, signal.SIGKILL)


def test_a_rank_that_dies_is_named_and_the_others_end(gather, gather_signature, gather_source, chip, tmp_path):
    busy = edited(gather_signature, gather_source, tmp_path, *FOREVER)
    communicator = Communicator(3, chip, processes=True, timeout=600)
    communicator.run(gather, [matrices(3)], blocks=1)
    identifiers = communicator._ranks.identifiers
    killer = threading.Thread(target=_kill_at_work, args=(identifiers[1],))
    killer.start()
    with pytest.raises(DeviceError, match="the process of rank 1 was killed by SIGKILL while it ran the kernel"):
        communicator.run(busy, [matrices(3)], blocks=1)
    killer.join()
    assert not any(map(_alive, identifiers))


def test_a_rank_that_died_before_the_launch_is_named(gather, chip):
    communicator = Communicator(2, chip, processes=True)
    communicator.run(gather, [matrices(2)], blocks=1)
    os.kill(communicator._ranks.identifiers[0], signal.SIGKILL)
    communicator._ranks._children[0].wait()
    with pytest.raises(DeviceError, match="the process of rank 0 was killed by SIGKILL"):
        communicator.run(gather, [matrices(2)], blocks=1)


def test_processes_end_with_the_process_that_started_them(gather_signature, gather_source, chip, tmp_path):
    busy = edited(gather_signature, gather_source, tmp_path, *FOREVER)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # a process that starts ranks and is then killed, while they run a kernel
        communicator = Communicator(2, chip, processes=True)
        os.write(write, " ".join(map(str, communicator._ranks.identifiers)).encode())
        communicator.run(busy, [matrices(2)], blocks=1)
        os._exit(0)
    identifiers = [int(word) for word in os.read(read, 100).split()]
    time.sleep(1)
    assert all(map(_alive, identifiers))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(read)
    os.close(write)
    deadline = time.monotonic() + 120
    while any(map(_alive, identifiers)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_closed_communicator_leaves_no_process(gather, chip):
    with Communicator(2, chip, processes=True) as communicator:
        communicator.run(gather, [matrices(2)], blocks=1)
        identifiers = communicator._ranks.identifiers
    assert not any(map(_alive, identifiers))
