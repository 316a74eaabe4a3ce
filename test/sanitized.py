"""The libraries of the runtime and programs for them, with AddressSanitizer and UndefinedBehaviorSanitizer."""

import fcntl
import functools
import os
import shutil
import subprocess
from pathlib import Path

RUNTIME = Path(__file__).parents[1] / "dovetail" / "runtime"
PATIENCE = 120  # seconds within which a program must have ended
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover"]


def run_tool(*command: object) -> None:
    ended = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert ended.returncode == 0, ended.stdout


class Libraries:
    """The libraries, each built into `directory` when it is first asked for, by one process at a time."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.build = functools.cache(self._build)

    @functools.cached_property
    def _cmake(self) -> str:
        cmake = shutil.which("cmake")
        assert cmake is not None, "these tests build with cmake: pip install cmake"
        options = ["-DDOVETAIL_SANITIZE=ON", "-DCMAKE_BUILD_TYPE=Sanitized", "-DCMAKE_CXX_FLAGS_SANITIZED=-O1"]
        generator = ["-G", "Ninja"] if shutil.which("ninja") else []
        run_tool(cmake, "-S", RUNTIME.parents[1], "-B", self.directory, *generator, *options)
        return cmake

    def _build(self, target: str) -> None:
        with open(f"{self.directory}.lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            run_tool(self._cmake, "--build", self.directory, "--target", target, "--parallel")

    def compile(self, output: Path, *words: object) -> None:
        """Compiles C++ with the headers of the runtime, and links it with libraries that have been built."""
        libraries = self.directory / "lib"
        command = [os.environ.get("CXX", "g++"), "-std=c++17", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]
        headers = [f"-I{RUNTIME}", *(f"-I{RUNTIME / room / 'include'}" for room in ("acl", "device", "hccl"))]
        run_tool(*command, *SANITIZE, *headers, *words, "-o", output, f"-L{libraries}", f"-Wl,-rpath,{libraries}")


class Programs:
    """The programs of a folder, each one file, built when they are first asked for."""

    def __init__(self, folder: Path, libraries: Libraries, directory: Path, *needed: str):
        self._folder, self._libraries, self._directory = folder, libraries, directory
        self._options = [f"-l{library}" for library in needed]
        for library in needed:
            libraries.build(library)
        self.compiled = functools.cache(self._compiled)

    def _compiled(self, name: str) -> Path:
        """The executable of `<name>.cpp`."""
        program = self._directory / name
        self._libraries.compile(program, self._folder / f"{name}.cpp", *self._options)
        return program

    def run(self, name: str, *arguments: object, **environment: str) -> str:
        """Runs a program that must end well, and returns what it printed."""
        variables = {**os.environ, "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1", **environment}
        command = [str(self.compiled(name)), *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, text=True, env=variables, timeout=PATIENCE)
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout + ended.stderr
        return ended.stdout
