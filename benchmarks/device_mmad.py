"""Cube instructions of the device against the multiply-add peak of one core: `device_mmad.py [rounds]`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from dovetail.runtime import device


def main() -> None:
    folder, library = Path(__file__).parent, device.library_path()
    sources = [str(folder / name) for name in ("device_mmad.cpp", "device_mmad_3510.cpp")]
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "device_mmad"
        command = [os.environ.get("CXX", "g++"), "-std=c++17", "-O2", f"-I{device.include_directory()}", *sources]
        subprocess.run([*command, str(library), f"-Wl,-rpath,{library.parent}", "-o", str(target)], check=True)
        subprocess.run([target, *sys.argv[1:]], check=True)


if __name__ == "__main__":
    main()
