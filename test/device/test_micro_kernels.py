"""The inner loops of each instruction set against the portable ones."""

import os
import subprocess
from pathlib import Path

import pytest

from dovetail.runtime import device

from .conftest import KERNELS

SOURCES = Path(device.__file__).parent / "device" / "source"


@pytest.mark.skipif(not SOURCES.exists(), reason="an installed package has no sources of the device")
def test_instruction_sets_agree(tmp_path: Path):
    library, target = device.library_path(), tmp_path / "micro_kernels"
    command = [os.environ.get("CXX", "g++"), "-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{SOURCES}"]
    command += [f"-I{device.include_directory()}", str(KERNELS / "micro_kernels.cpp"), "-o", str(target), str(library)]
    subprocess.run(command + [f"-Wl,-rpath,{library.parent}"], check=True)
    result = subprocess.run([target], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "portable compared" in result.stdout
