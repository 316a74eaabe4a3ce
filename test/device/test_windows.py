"""Ranks and their windows: as contexts of one process, on several threads, and as processes."""

import ctypes
import mmap
import os
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from dovetail.runtime import device
from dovetail.runtime.device import DeviceError

from .conftest import MACHINE, Program

PROGRAM = "windows"
TILING = np.dtype([("mc2", "u1", 64 + 280), ("elements", "i4"), ("target", "i4"), ("silent", "i4")])
NOBODY = 99


@dataclass
class Exchange:
    """Arrays of all ranks of one communicator; windows may lie in shared memory."""

    ranks: int
    elements: int = 1024
    windows: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self):
        words = self.ranks * (8 + self.elements)
        self.windows = self.windows or [np.zeros(words, np.int32) for _ in range(self.ranks)]
        self.sources = [np.arange(self.elements, dtype=np.int32) + 10000 * rank for rank in range(self.ranks)]
        self.gathered = [np.zeros(self.ranks * self.elements, np.int32) for _ in range(self.ranks)]
        self.facts = [np.zeros(8, np.int32) for _ in range(self.ranks)]

    def arguments(self, rank: int, target: int, silent: int) -> list[np.ndarray]:
        tiling = np.zeros((), TILING)
        for name, value in zip(TILING.names[1:], (self.elements, target, silent)):
            tiling[name] = value
        return [self.sources[rank], self.gathered[rank], self.facts[rank], tiling.reshape(1)]

    def run(self, program: Program, target: int = 1, silent: int = NOBODY, **options) -> None:
        arrays = [self.arguments(rank, target, silent) for rank in range(self.ranks)]
        program.run_ranks("exchange", arrays, windows=self.windows, **options)

    def check(self) -> None:
        for rank in range(self.ranks):
            np.testing.assert_array_equal(self.gathered[rank], np.concatenate(self.sources))
            np.testing.assert_array_equal(self.facts[rank][:3], [rank, self.ranks, 1])


@pytest.mark.parametrize("ranks", [1, 2, 4, 8])
@pytest.mark.parametrize("workers", [0, 1, 3])
def test_ranks_exchange_data(program: Program, ranks: int, workers: int):
    exchange = Exchange(ranks)
    for launch in range(5):
        for gathered in exchange.gathered:
            gathered[:] = 0
        exchange.run(program, target=launch + 1, workers=workers, blocks=2)
        exchange.check()


def test_a_rank_that_is_silent_is_reported(program: Program):
    message = r"rank 0, block 0, AIV 0 polls the window of rank 0 at byte 0, which holds 1 0 1 \(windows.cpp:\d+\)"
    with pytest.raises(DeviceError, match=message) as caught:
        Exchange(3).run(program, silent=1)
    assert caught.match(r"rank 2, block 0, AIV 0 polls the window of rank 2")


def test_a_rank_that_does_not_exist_is_refused(program: Program):
    windows = [np.zeros(8, np.int32)] * 2
    with pytest.raises(DeviceError, match="there is no rank 2 among 2"):
        program.run_ranks("stranger", [[windows[0]], [windows[1]]], windows=windows)


def test_a_kernel_without_windows_has_no_communicator(program: Program):
    with pytest.raises(DeviceError, match="GetHcclContext: the launch has no windows"):
        program.run("stranger", np.zeros(8, np.int32))


def test_transfers_take_the_time_of_their_link(program: Program):
    """Each of 4 ranks sends 128 KiB to 3 others, at 8 MB/s over each link, which takes 16 ms each time."""
    exchange = Exchange(4, elements=32768)
    bandwidth = 8e6
    exchange.run(program, target=1)
    start = time.perf_counter()
    exchange.run(program, target=2, link_bytes_per_second=bandwidth)
    seconds = time.perf_counter() - start
    exchange.check()
    # One core sends to one destination after the other.
    one = 32768 * 4 / bandwidth
    assert 3 * one <= seconds


class SharedExchange(Exchange):
    """Windows and results in memory that forked processes share."""

    def __init__(self, ranks: int, elements: int = 1024):
        words = ranks * (8 + elements)
        self._maps = [mmap.mmap(-1, words * 4) for _ in range(ranks)]
        self._control = mmap.mmap(-1, device.CONTROL_BYTES)
        super().__init__(ranks, elements, [np.frombuffer(memory, np.int32) for memory in self._maps])
        self.results = mmap.mmap(-1, 4096 * ranks)
        self.control = ctypes.addressof(ctypes.c_char.from_buffer(self._control))

    def run_processes(self, program: Program, launches: int = 1, **options) -> list[str]:
        """One process per rank; returns what each reported: "" or an error."""
        silent = options.pop("silent", NOBODY)
        address = program.address("exchange")
        children = []
        for rank in range(self.ranks):
            child = os.fork()
            if child == 0:
                report = "wrong data"
                try:
                    for launch in range(launches):
                        arrays = self.arguments(rank, launch + 1, silent)
                        device.launch(
                            address,
                            [[array.ctypes.data for array in arrays]],
                            MACHINE,
                            blocks=1,
                            ranks=self.ranks,
                            first_rank=rank,
                            windows=[window.ctypes.data for window in self.windows],
                            window_bytes=self.windows[0].nbytes,
                            control=self.control,
                            **options,
                        )
                    if np.array_equal(self.gathered[rank], np.concatenate(self.sources)):
                        report = "right"
                except DeviceError as error:
                    report = str(error)
                finally:
                    text = report.encode()[:4095]
                    self.results[4096 * rank : 4096 * rank + len(text)] = text
                    os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
        return [self.results[4096 * r : 4096 * (r + 1)].split(b"\0")[0].decode() for r in range(self.ranks)]


@pytest.mark.parametrize("ranks", [2, 4])
def test_ranks_as_processes(program: Program, ranks: int):
    assert SharedExchange(ranks).run_processes(program, launches=5, timeout_seconds=30.0) == ["right"] * ranks


def test_a_silent_process_is_reported_by_all_ranks(program: Program):
    reports = SharedExchange(3).run_processes(program, silent=2, timeout_seconds=30.0)
    for report in reports:
        assert report.startswith("hang: every core waits and none can wake another")
        for rank in range(3):
            assert f"rank {rank}, block 0, AIV 0 polls the window of rank {rank}" in report


def test_a_failed_communicator_refuses_further_launches(program: Program):
    exchange = SharedExchange(2)
    exchange.run_processes(program, silent=0, timeout_seconds=30.0)
    exchange.results[:] = bytes(len(exchange.results))
    reports = exchange.run_processes(program, timeout_seconds=30.0)
    assert all(
        report.startswith("an earlier launch of this communicator failed: hang: every core") for report in reports
    )


def test_a_rank_that_never_starts_runs_into_the_timeout(program: Program):
    exchange = SharedExchange(2)
    arrays = exchange.arguments(0, 1, NOBODY)
    with pytest.raises(DeviceError, match=r"no rank made progress for 0\.2 s"):
        program.run_ranks(
            "exchange",
            [arrays],
            windows=exchange.windows,
            ranks=2,
            control=exchange.control,
            timeout_seconds=0.2,
        )
