"""Launches as such: their arguments are checked, and many of them leak nothing."""

import gc
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dovetail.runtime.device import DeviceError

from .conftest import MACHINE, Program

PROGRAM = "synchronization"


def resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1])


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer keeps freed memory")
def test_two_hundred_launches_leak_nothing(program: Program):
    traces = [np.zeros(64, np.int32) for _ in range(2)]

    def launch(count: int) -> None:
        for _ in range(count):
            program.run_ranks("mode_2", [[trace] for trace in traces], blocks=3)

    launch(20)
    gc.collect()
    pages, descriptors = resident_pages(), len(os.listdir("/proc/self/fd"))
    launch(200)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert resident_pages() - pages < 64  # 256 KiB


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"blocks": 0}, "0 blocks on a machine of 24 cores"),
        ({"blocks": 25}, "25 blocks on a machine of 24 cores"),
        ({"ranks": 65}, "65 ranks, not 1..64"),
        ({"ranks": 2}, "ranks in other processes need a control block"),
        ({"first_rank": 1}, "ranks 1..1 of 1"),
        ({"link_bytes_per_second": -1.0}, "the bandwidth of links is negative"),
    ],
)
def test_arguments_are_checked(program: Program, changes: dict, message: str):
    with pytest.raises(DeviceError, match=message):
        program.run("mode_2", np.zeros(64, np.int32), **changes)


def test_the_number_of_arguments_is_checked(program: Program):
    trace = np.zeros(64, np.int32)
    with pytest.raises(DeviceError, match=r"25 arguments, not 1\.\.24"):
        program.run("mode_2", *[trace] * 25)
    with pytest.raises(ValueError, match="same number of arguments"):
        program.run_ranks("mode_2", [[trace], [trace, trace]])


def test_capacities_come_from_the_machine(program: Program):
    with pytest.raises(DeviceError, match="InitBuffer: 500000 bytes of L1 asked for, 0 of 1024 are taken"):
        program.run("buffer_too_large", np.zeros(64, np.int32), machine=replace(MACHINE, l1=1024))
