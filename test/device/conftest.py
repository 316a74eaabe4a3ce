"""Compiles the hand-written kernels of this folder and runs them on the device."""

import ctypes
import functools
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from dovetail.runtime import device

KERNELS = Path(__file__).parent / "kernels"
MACHINE = device.DeviceMemories(
    cores=24, l1=512 << 10, l0a=64 << 10, l0b=64 << 10, l0c=128 << 10, ub=192 << 10, bt=1 << 10, fb=7 << 10
)


@functools.cache
def _built() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="dovetail-device-")


@functools.cache
def compiled(name: str) -> ctypes.CDLL:
    """The shared object of `kernels/<name>.cpp`."""
    library = device.library_path()
    target = Path(_built().name) / f"{name}.so"
    command = [os.environ.get("CXX", "g++"), "-std=c++17", "-O1", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
    command += [f"-I{device.include_directory()}", str(KERNELS / f"{name}.cpp"), "-o", str(target), str(library)]
    subprocess.run(command + [f"-Wl,-rpath,{library.parent}"], check=True)
    device.instruction_set()  # loads the library before what links to it
    return ctypes.CDLL(str(target))


class Program:
    """The kernels of one source file, called with numpy arrays: `program.run("entry", x, y, blocks=2)`."""

    def __init__(self, name: str):
        self.objects = compiled(name)

    def address(self, entry: str) -> int:
        address = ctypes.cast(getattr(self.objects, entry), ctypes.c_void_p).value
        assert address is not None
        return address

    def run(self, entry: str, *arrays: np.ndarray, blocks: int = 1, **options) -> None:
        """One rank."""
        self.run_ranks(entry, [arrays], blocks=blocks, **options)

    def run_ranks(self, entry: str, arrays: Sequence[Sequence[np.ndarray]], *, blocks: int = 1, **options) -> None:
        """Several ranks; a window for each may be given as `windows`, one array each."""
        windows = options.pop("windows", None)
        if windows is not None:
            options |= {"windows": [window.ctypes.data for window in windows], "window_bytes": windows[0].nbytes}
        addresses = [[array.ctypes.data for array in of_rank] for of_rank in arrays]
        machine = options.pop("machine", MACHINE)
        device.launch(self.address(entry), addresses, machine, blocks=blocks, **options)


@pytest.fixture
def program(request: pytest.FixtureRequest) -> Program:
    """The program that the module names as `PROGRAM`."""
    return Program(request.module.PROGRAM)
