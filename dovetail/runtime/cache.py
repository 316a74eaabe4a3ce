"""The cache of built objects: a directory in which every entry is whole, whoever else builds or dies.

An entry is a directory, made under another name and renamed to its own when it is complete. Its name is a hash of all
that decides its content, so that an entry never changes and whichever of two builders comes second drops its own work.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def root() -> Path:
    """$DOVETAIL_CACHE, or the folder `dovetail` in the user's cache directory."""
    named = os.environ.get("DOVETAIL_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "dovetail"


def entry(key: str) -> Path:
    """Where the entry of this key lies, if it has been built."""
    return root() / "objects" / key[:2] / key[2:]


@contextlib.contextmanager
def making(key: str) -> Iterator[Path]:
    """A fresh directory to fill, which becomes the entry of `key` if the block ends without an exception."""
    workshop = root() / "building"
    workshop.mkdir(parents=True, exist_ok=True)
    with _locked(workshop):  # no sweep between the making of the directory and its lock
        _sweep(workshop)
        made = Path(tempfile.mkdtemp(dir=workshop))
        # The lock says that the builder lives; the system gives it back however the builder ends.
        lock = os.open(made, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield made
        for file in made.iterdir():
            _flush(file)
        target = entry(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    finally:
        os.close(lock)
        shutil.rmtree(made, ignore_errors=True)


def write(path: Path, text: str) -> None:
    """Writes a file that readers see either whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with open(handle, "w") as file:
        file.write(text)
    os.replace(temporary, path)


def _flush(path: Path) -> None:
    """Has the system write the file out, so that after a power cut no entry with an empty file is found."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    lock = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _sweep(workshop: Path) -> None:
    """Removes what builders left that were killed."""
    for left in workshop.iterdir():
        try:
            lock = os.open(left, os.O_RDONLY)
        except FileNotFoundError:  # its builder has just ended
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            pass
        finally:
            os.close(lock)
