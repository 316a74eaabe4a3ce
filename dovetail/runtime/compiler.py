"""The host's C++ compiler: which one, what version, with which flags."""

import functools
import hashlib
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dovetail.runtime import cache

# Nearly all work of a kernel is done in the prebuilt library, so that optimising the caller buys nothing but waiting.
FLAGS = ("-std=c++17", "-O0", "-fPIC", "-shared")
CANDIDATES = ("c++", "g++", "clang++")


class CompilerNotFound(RuntimeError):
    """There is no C++ compiler on this machine, or the one that was asked for is not there."""


class HostCompileError(RuntimeError):
    """The compiler refused a source; the message is the compiler's own."""


@dataclass(frozen=True)
class HostCompiler:
    command: tuple[str, ...]  # the compiler's path and what DOVETAIL_CXX says after it
    version: str

    def compile(self, sources: list[Path], output: Path, options: list[str]) -> None:
        """Compiles and links `sources` to the shared object `output`. Raises HostCompileError."""
        command = [*self.command, *FLAGS, *options, *map(str, sources), "-o", str(output), *_extra_flags()]
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        if result.returncode != 0:
            said = result.stdout.strip() or f"{command[0]} ended with status {result.returncode} and said nothing"
            raise HostCompileError(said)

    @property
    def identity(self) -> str:
        """What of the compiler decides the object that it makes."""
        return "\n".join([*self.command, self.version, *FLAGS, *_extra_flags()])


def _extra_flags() -> list[str]:
    return shlex.split(os.environ.get("DOVETAIL_CXXFLAGS", ""))


def find() -> HostCompiler:
    """The compiler that DOVETAIL_CXX or CXX names, or else the first of c++, g++ and clang++ on the PATH.

    Raises CompilerNotFound with what was looked for.
    """
    for variable in ("DOVETAIL_CXX", "CXX"):
        words = shlex.split(os.environ.get(variable, ""))
        if words:
            path = shutil.which(words[0])
            if path is None:
                raise CompilerNotFound(f"{variable} names the C++ compiler {words[0]!r}, which is not on this machine")
            return _compiler(path, tuple(words[1:]))
    for name in CANDIDATES:
        path = shutil.which(name)
        if path is not None:
            return _compiler(path, ())
    raise CompilerNotFound(
        f"no C++ compiler: none of {', '.join(CANDIDATES)} is on the PATH. Kernels run as native code, so install one "
        "(on Debian and Ubuntu: apt install g++), or name one in the variable DOVETAIL_CXX"
    )


@functools.cache
def _compiler(path: str, options: tuple[str, ...]) -> HostCompiler:
    return HostCompiler((path, *options), _version(Path(path)))


def _version(path: Path) -> str:
    """What `--version` says, remembered in the cache as long as the executable stays the same."""
    stat = os.stat(path)
    identity = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"
    remembered = cache.root() / "compilers" / hashlib.sha256(identity.encode()).hexdigest()[:32]
    try:
        return remembered.read_text()
    except FileNotFoundError:
        pass
    said = subprocess.run([str(path), "--version"], capture_output=True, text=True)
    if said.returncode != 0:
        raise CompilerNotFound(f"'{path} --version' ended with status {said.returncode}: {said.stderr.strip()}")
    cache.write(remembered, said.stdout)
    return said.stdout
