"""Builds libascendcl with sanitizers, and the programs of this folder against it."""

import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
RUNTIME = ROOT / "dovetail" / "runtime"
PATIENCE = 120  # seconds within which a program must have ended


class Programs:
    """The programs, each one file, built into `directory` when they are first asked for."""

    def __init__(self, directory: Path):
        self.directory = directory
        cmake = shutil.which("cmake")
        assert cmake is not None, "these tests build with cmake: pip install cmake"
        options = ["-DDOVETAIL_SANITIZE=ON", "-DCMAKE_BUILD_TYPE=Sanitized", "-DCMAKE_CXX_FLAGS_SANITIZED=-O1"]
        generator = ["-G", "Ninja"] if shutil.which("ninja") else []
        run_tool(cmake, "-S", ROOT, "-B", directory, *generator, *options)
        run_tool(cmake, "--build", directory, "--target", "ascendcl", "--parallel")
        self.compiled = functools.cache(self._compiled)

    def _compiled(self, name: str) -> Path:
        """The executable of `<name>.cpp`."""
        program, libraries = self.directory / name, self.directory / "lib"
        command = [os.environ.get("CXX", "g++"), "-std=c++17", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]
        command += ["-fsanitize=address,undefined", "-fno-sanitize-recover", f"-I{RUNTIME}"]
        command += [f"-I{RUNTIME / room / 'include'}" for room in ("acl", "device")]
        run_tool(
            *command, FOLDER / f"{name}.cpp", "-o", program, f"-L{libraries}", "-lascendcl", f"-Wl,-rpath,{libraries}"
        )
        return program

    def run(self, name: str, *arguments: object, **environment: str) -> str:
        """Runs a program that must end well, and returns what it printed."""
        variables = {**os.environ, "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1", **environment}
        command = [str(self.compiled(name)), *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=PATIENCE)
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout + ended.stderr
        return ended.stdout


def run_tool(*command: object) -> None:
    ended = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert ended.returncode == 0, ended.stdout


@pytest.fixture(scope="session")
def programs(tmp_path_factory) -> Programs:
    return Programs(tmp_path_factory.mktemp("sanitized"))
