"""Processes share what checked execution knows, under a lock: one of them may die, or stand still, and hold it."""

import ctypes
import os
import signal
import threading

import pytest

from dovetail.runtime import device
from dovetail.runtime.device import DeviceError

from .conftest import MACHINE, Program
from .test_windows import SharedExchange

PROGRAM = "windows"
LOCK = 8  # the byte of the shared memory at which it lies


class Sharing:
    """Rank 0 of two, and a process that holds the lock."""

    def __init__(self, program: Program):
        self.program = program
        self.exchange = SharedExchange(2)
        self.kept = device.check_memory(2, MACHINE.cores, self.exchange.windows[0].nbytes)
        self.exchange.run(program, check=device.Check(), check_memory=self.kept)
        lock = ctypes.c_void_p(self.kept.address + LOCK)
        told, tells = os.pipe()
        self.holder = os.fork()
        if self.holder == 0:
            os.write(tells, str(ctypes.CDLL(None).pthread_mutex_lock(lock)).encode())
            signal.pause()
            os._exit(0)
        assert os.read(told, 1) == b"0"
        os.close(told)
        os.close(tells)

    def end(self) -> None:
        os.kill(self.holder, signal.SIGKILL)
        os.waitpid(self.holder, 0)

    def launch(self, **options) -> None:
        self.program.run_ranks(
            "exchange",
            [self.exchange.arguments(0, 2, 99)],
            windows=self.exchange.windows,
            ranks=2,
            control=self.exchange.control,
            check=device.Check(seed=3),
            check_memory=self.kept,
            **options,
        )


@pytest.fixture
def sharing(program: Program):
    return Sharing(program)


def test_it_stands_still(sharing: Sharing):
    said = r"^hang: no rank made progress for 0\.2 s: one stands still while it accesses global memory\n.*seed 3"
    with pytest.raises(DeviceError, match=said):
        sharing.launch(timeout_seconds=0.2)
    sharing.end()


def test_it_has_died(sharing: Sharing):
    sharing.end()
    with pytest.raises(DeviceError, match=r"^the process of another rank has ended"):
        sharing.launch()


def test_it_dies_while_others_wait(sharing: Sharing):
    killer = threading.Timer(0.2, sharing.end)
    killer.start()
    with pytest.raises(DeviceError, match=r"^the process of another rank has ended"):
        sharing.launch()
    killer.join()


def test_the_launch_fails_elsewhere(sharing: Sharing):
    fail = device.library().dovetail_control_fail
    fail.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    failing = threading.Timer(0.2, fail, (sharing.exchange.control, b"somebody failed"))
    failing.start()
    with pytest.raises(DeviceError, match=r"^somebody failed"):
        sharing.launch()
    failing.join()
    sharing.end()
