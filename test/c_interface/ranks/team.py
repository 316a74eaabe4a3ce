"""Ranks of `ranks.cpp`, as processes or as threads of one: told what to do, and asked what came of it."""

import contextlib
import os
import select
import signal
import subprocess
import time
import uuid
from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path

import dovetail.runtime
from dovetail.target import window

HERE = Path(__file__).parent
RUNTIME = Path(dovetail.runtime.__file__).parent
PATIENCE = 120  # seconds within which every command must have been answered
FAILED = 507015  # what a synchronisation returns after a launch that failed
REFUSED = 361001  # what stage 2 returns where the runtime refuses a launch
INVALID = 161002  # what stage 1 returns where an argument breaks a rule


def compiled(package, program: Path, name: str, *others: str) -> Path:
    """A program of this folder, with the headers that no program of a user needs: links that take time, windows."""
    headers = [f"-I{RUNTIME / room / 'include'}" for room in ("hccl", "device")]
    return package.compile(HERE / f"{name}.cpp", program, *headers, *(str(HERE / f"{each}.cpp") for each in others))


@dataclass(frozen=True)
class Reply:
    code: int
    text: str


class Process:
    """A process of the program, with one rank or several."""

    def __init__(self, program: Path, first: int, count: int, environment: dict[str, str], errors: Path):
        self.errors = errors
        with errors.open("wb") as said:
            self._process = subprocess.Popen(
                [program, str(first), str(count)],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
            )
        self._said = b""
        self._replies: dict[str, deque[Reply]] = defaultdict(deque)

    @property
    def pid(self) -> int:
        return self._process.pid

    def say(self, line: str) -> None:
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def has_reply(self, who: str, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._replies[who]:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return False
            more = os.read(self._process.stdout.fileno(), 1 << 16)
            assert more, f"process {self.pid} has ended: {self._process.wait()}\n{self.errors.read_text()}"
            *lines, self._said = (self._said + more).split(b"\n")
            for line in lines:
                speaker, code, text = line.decode().split(" ", 2)
                self._replies[speaker].append(Reply(int(code), text.replace("\\n", "\n")))
        return True

    def reply(self, who: str) -> Reply:
        assert self.has_reply(who, PATIENCE), f"{who} of process {self.pid} does not answer"
        return self._replies[who].popleft()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def status(self) -> int:
        """How it ended, within the patience; negative where a signal did it."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()


class Rank:
    """A rank, which does one command after the other; `say` does not wait for it."""

    def __init__(self, process: Process, number: int):
        self.process, self.number = process, number

    def say(self, *words: object) -> None:
        self.process.say(" ".join(map(str, (self.number, *words))))

    def reply(self) -> Reply:
        return self.process.reply(str(self.number))

    def is_silent(self, seconds: float) -> bool:
        """Whether what it was told takes longer than that."""
        return not self.process.has_reply(str(self.number), seconds)

    def ask(self, *words: object) -> Reply:
        self.say(*words)
        return self.reply()

    def do(self, *words: object) -> str:
        """For commands that succeed."""
        self.say(*words)
        return self.done(words)

    def done(self, what: object = "") -> str:
        """For an earlier command that succeeds."""
        reply = self.reply()
        assert reply.code == 0, (self.number, what, reply)
        return reply.text


class Team:
    """The ranks of a job."""

    def __init__(self, program: Path, count: int, as_threads: bool, environment: dict[str, str], directory: Path):
        self.as_threads = as_threads
        self._temporary = directory / "temporary"
        self._temporary.mkdir(parents=True)
        environment = environment | {"TMPDIR": str(self._temporary)}
        each = count if as_threads else 1
        self.processes: list[Process] = []
        self.ranks: list[Rank] = []
        self.keys: list[str] = []
        for first in range(0, count, each):
            process = Process(program, first, each, environment, directory / f"errors{first}")
            self.processes.append(process)
            self.ranks += [Rank(process, first + rank) for rank in range(each)]
        for rank in self.ranks:
            rank.done("begin")

    def __getitem__(self, index):
        return self.ranks[index]

    def __len__(self) -> int:
        return len(self.ranks)

    def key(self) -> str:
        self.keys.append(f"test-{uuid.uuid4()}")
        return self.keys[-1]

    def join(self, group: str = "g", *, links: float = 0, key: str | None = None) -> None:
        """Makes a communicator of all ranks. `links`: bytes per second of each, 0 for no bound."""
        if self.as_threads and key is None:
            self.processes[0].say(f"all {group} {links}")
            assert self.processes[0].reply("all").code == 0
            return
        key = key or self.key()
        for rank in self.ranks:
            rank.say("join", group, key, len(self), rank.number, links)
        for rank in self.ranks:
            rank.done("join")

    def do(self, *words: object) -> list[str]:
        """A command that all do at the same time, and that succeeds."""
        for rank in self.ranks:
            rank.say(*words)
        return [rank.done(words) for rank in self.ranks]

    def ask(self, *words: object) -> list[Reply]:
        """A command that all do at the same time."""
        for rank in self.ranks:
            rank.say(*words)
        return [rank.reply() for rank in self.ranks]

    def failures(self, stream: str = "s", of: "list[Rank] | None" = None) -> list[str]:
        """What the ranks, or some of them, are told when they synchronise after a failure."""
        ranks = self.ranks if of is None else of
        for rank in ranks:
            rank.say("synchronize", stream)
        replies = [rank.reply() for rank in ranks]
        assert [reply.code for reply in replies] == [FAILED] * len(ranks), replies
        return [reply.text for reply in replies]

    def finish(self) -> None:
        """Gives everything back, in an orderly way."""
        self.do("finish")
        assert [process.status() for process in self.processes] == [0] * len(self.processes)

    def kill(self, index: int) -> None:
        self.ranks[index].process.signal(signal.SIGKILL)
        assert self.ranks[index].process.status() == -signal.SIGKILL

    def remains(self) -> list[str]:
        """What exists of the job outside of files that belong to it: processes, memory, sockets, files."""
        identifiers = [process.pid for process in self.processes]
        found = [f"process {pid}" for pid in identifiers if _group_exists(pid)]
        sockets = Path("/proc/net/unix").read_text()
        found += [f"socket of {key}" for key in self.keys if f"@{socket_name(key)}\n" in sockets]
        memories = [f"/memfd:dovetail_{pid}_" for pid in identifiers]
        for process in Path("/proc").glob("[0-9]*"):
            held = _held(process)
            found += [f"{memory} of process {process.name}" for memory in memories if memory in held]
        marks = [*self.keys, *map(str, identifiers)]
        for directory in ("/dev/shm", "/tmp"):
            names = set(os.listdir(directory)) - FILES_BEFORE[directory]
            found += [f"{directory}/{name}" for name in names if any(mark in name for mark in marks)]
        return found + [str(path) for path in self._temporary.iterdir()]

    def close(self) -> None:
        for process in self.processes:
            process.close()


FILES_BEFORE = {directory: set(os.listdir(directory)) for directory in ("/dev/shm", "/tmp")}

# Bytes of a window that hold counters, and those that count what has arrived.
COUNTERS = 0, window.DATA
ARRIVALS = window.ARRIVALS * window.COUNTER_BYTES, window.RELEASES * window.COUNTER_BYTES


def _group_exists(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def _held(process: Path) -> str:
    """What a process has open or mapped."""
    try:
        return (process / "maps").read_text() + "".join(os.readlink(link) for link in (process / "fd").iterdir())
    except OSError:  # it has ended, or is somebody else's
        return ""


def socket_name(key: str) -> str:
    """What the ranks of this user meet at."""
    value = 0x6C62272E07BB014262B821756295C58D
    for byte in key.encode():
        value = (value ^ byte) * ((1 << 88) + 0x13B) % (1 << 128)
    return f"dovetail-{os.geteuid()}-{value:032x}"
