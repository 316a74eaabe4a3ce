"""Starts processes of `meet.cpp`, and talks to them and to the socket that they meet at."""

import contextlib
import functools
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

RUNTIME = Path(__file__).parents[2] / "dovetail" / "runtime"
SOURCES = [RUNTIME / "hccl" / "source" / f"{name}.cpp" for name in ("rendezvous", "host", "letters", "socket")]
SOURCES += [RUNTIME / "acl" / "source" / "errors.cpp", Path(__file__).parent / "meet.cpp"]
PATIENCE = 60  # seconds within which every process must have said something
NOBODY = 65534  # a user


@functools.cache
def _directory():
    return tempfile.TemporaryDirectory(prefix="dovetail-meet-")


@functools.cache
def program():
    """The program `meet` with sanitizers, where any user can run it."""
    built = Path(_directory().name) / "meet"
    built.parent.chmod(0o755)
    command = [os.environ.get("CXX", "g++"), "-std=c++17", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]
    # -fno-sanitize=vptr: that check opens descriptors, of which some tests have none left.
    command += ["-fsanitize=address,undefined", "-fno-sanitize=vptr", "-fno-sanitize-recover", f"-I{RUNTIME}"]
    command += [f"-I{RUNTIME / 'acl' / 'include'}", f"-I{RUNTIME / 'device' / 'include'}", "-o", str(built)]
    subprocess.run([*command, *map(str, SOURCES), "-pthread"], check=True)
    return built


class Rank:
    """A process of `meet`."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        self.said = b""

    @property
    def pid(self):
        return self.process.pid

    def line(self, seconds=PATIENCE):
        """The next line that it says."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.said:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError(f"process {self.pid} says nothing")
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            if not more:
                raise EOFError(self.process.stderr.read().decode())
            self.said += more
        line, self.said = self.said.split(b"\n", 1)
        return line.decode()

    def say(self, command):
        self.process.stdin.write(f"{command}\n".encode())
        self.process.stdin.flush()

    def ask(self, command):
        self.say(command)
        return self.line()

    def met(self):
        """The communicator's name and the ranks' processes."""
        word, *rest = self.line().split()
        assert word == "met", rest
        return rest[0], [int(each) for each in rest[1:]]

    def failed(self):
        """The message, and whether the time was out."""
        word, timed_out, message = self.line().split(" ", 2)
        assert word == "failed", message
        return message, timed_out == "1"

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def end(self):
        """Ends it in an orderly way; the sanitizers must have nothing to say."""
        _, complaints = self.process.communicate(timeout=PATIENCE)
        assert (self.process.returncode, complaints) == (0, b"")


class Job:
    """Processes that meet for a key of their own."""

    def __init__(self):
        self.key = f"key of a test {uuid.uuid4()}"
        self.ranks = []

    def start(self, rank, ranks=2, *, window=4096, machine="Ascend910B3", seconds=PATIENCE, name=None, **options):
        command = [program(), self.key, ranks, rank, window, machine, seconds]
        started = Rank(command + ([] if name is None else [name]), **options)
        self.ranks.append(started)
        return started

    def start_all(self, ranks, **options):
        return [self.start(rank, ranks, **options) for rank in range(ranks)]

    @property
    def socket_name(self):
        return socket_name(self.key)

    def await_socket(self):
        """Until rank 0 waits: it listens at the socket, which has its name a little earlier."""
        await_that(lambda: listened_to(self.socket_name))

    def await_connections(self, count):
        """Until so many processes have connected to rank 0."""
        await_that(lambda: len(states_of(self.socket_name)) == 1 + count)

    def await_seats(self, root, count):
        """Until rank 0 has given so many others their seats."""
        # A rank brings a descriptor of its process along. When it is there, rank 0 has heard the rank, and whoever
        # connects then is answered later.
        await_that(lambda: len(ends_of_processes(root.pid)) == 1 + count)
        assert b"comes with another key" in turned_away(self.socket_name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for rank in self.ranks:
            with contextlib.suppress(ProcessLookupError):
                rank.process.kill()
            rank.process.communicate()


def socket_name(key):
    """The name that the ranks of this user meet at."""
    value = 0x6C62272E07BB014262B821756295C58D
    for byte in key.encode():
        value = (value ^ byte) * ((1 << 88) + 0x13B) % (1 << 128)
    return f"dovetail-{os.geteuid()}-{value:032x}"


def await_that(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def states_of(name):
    """Of each socket that has the name: its flags. Connections have the name of the socket that they were made at."""
    lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
    return [int(line[3], 16) for line in lines if line[-1] == f"@{name}"]


def held(name):
    return states_of(name) != []


def listened_to(name):
    accepts = 0x10000
    return any(state & accepts for state in states_of(name))


def ends_of_processes(pid):
    """Descriptors that a process has of processes."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has been closed meanwhile
            found += [link] * ("pidfd" in os.readlink(link))
    return found


def connect(name):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.settimeout(PATIENCE)
    connection.connect("\0" + name)
    return connection


def answer(connection):
    """The message that a process gets which is no rank."""
    while True:
        # Whoever turns one away need not have read what it was sent.
        with contextlib.suppress(ConnectionResetError):
            return connection.recv(1 << 16)


def turned_away(name):
    """What a process with another key is told."""
    stranger = connect(name)
    stranger.send(hello("another key"))
    return answer(stranger)


def hello(key, *, version=2, rank=1):
    """The letter of a rank that is right in all but its key."""

    def text(words):
        return struct.pack("<I", len(words)) + words.encode()

    letter = struct.pack("<III", 0x4C54564F, version, 1) + text(key) + struct.pack("<IIiQ", 2, rank, 0, 4096)
    return letter + text("Ascend910B3") + text("") + text("") + struct.pack("<Qdd", 1 << 20, 1, 1)


def name_and_processes(ranks):
    outcomes = [rank.met() for rank in ranks]
    assert outcomes == [outcomes[0]] * len(ranks)
    return outcomes[0]


def message_of_all(ranks, timed_out=False):
    """What all ranks say alike."""
    outcomes = [rank.failed() for rank in ranks]
    assert outcomes == [(outcomes[0][0], timed_out)] * len(ranks)
    return outcomes[0][0]
