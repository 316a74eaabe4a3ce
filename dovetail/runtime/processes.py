"""A process for each rank: started, given launches, watched, ended."""

import contextlib
import json
import os
import secrets
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from time import monotonic
from typing import Any

from dovetail.runtime import device, hccl, placement
from dovetail.runtime.kernel import Kernel

GRACE = 5.0  # seconds that a rank has beyond the time-out to say what it waited for, and to end when it is told to


# A child finds modules where this process does. Python itself would first look in the directory that it is started in,
# which may hold a checkout whose device library is not built.
CHILD = "import sys; del sys.path[0]; from dovetail.runtime.rank import main; main()"


class _Lost(Exception):
    """A rank's process is gone."""


class Processes:
    """The processes of a communicator's ranks. They end with this object or with this process."""

    def __init__(self, ranks: int, options: hccl.Options):
        self.ranks = ranks
        self._channels: list[socket.socket] = []
        self._children: list[subprocess.Popen] = []
        key = f"dovetail-{secrets.token_hex(16)}"
        try:
            for rank in range(ranks):
                self._start(rank, key, options)
            joined = self._replies("while it joined the others", GRACE)
        except BaseException:
            self.kill()
            raise
        self.window_bytes: int = joined[0]["window_bytes"]
        self.timeout: float = joined[0]["timeout"]

    def _start(self, rank: int, key: str, options: hccl.Options) -> None:
        here, there = socket.socketpair()
        with there:
            words = (there.fileno(), rank, self.ranks, key, options.text)
            self._channels.append(here)
            self._children.append(
                subprocess.Popen(
                    [sys.executable, "-c", CHILD, *map(str, words)],
                    pass_fds=(there.fileno(),),
                    stdin=subprocess.DEVNULL,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                )
            )

    @property
    def identifiers(self) -> list[int]:
        """The process ids, by rank."""
        return [child.pid for child in self._children]

    def run(
        self, kernel: Kernel, arguments: Sequence[Sequence[placement.Argument]], tiling: bytes, blocks: int
    ) -> tuple[list[list[placement.Bytes]], float]:
        """Runs a kernel on all ranks. Returns each rank's arguments, as bytes, and the seconds that the slowest took.

        Raises DeviceError with what went wrong first, after which every process has ended.
        """
        shared = placement.Shared(arguments)
        order = {
            "object": str(kernel.built.object),
            "kernel": kernel.signature.name,
            "blocks": blocks,
            "tiling": tiling.hex(),
            "workspace": kernel.workspace_bytes(blocks),
        }
        with self._killing_all_if_it_fails():
            for rank, of_rank in enumerate(arguments):
                matrices = [
                    (each.name, offset, each.size, each.source is None)
                    for each, offset in zip(of_rank, shared.offsets[rank])
                ]
                text = json.dumps({**order, "matrices": matrices}).encode() + b"\n"
                try:
                    socket.send_fds(self._channels[rank], [text], [shared.memory.handle])
                except (BrokenPipeError, ConnectionResetError):
                    raise device.DeviceError(self._obituary(rank, "before the launch")) from None
            self._replies("while it loaded the kernel", None)  # all are ready before any starts
            for channel in self._channels:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    channel.sendall(b"go\n")
            replies = self._replies("while it ran the kernel", self.timeout + GRACE)
        memories = [
            [shared.bytes(offset, each.size) for each, offset in zip(of_rank, offsets)]
            for of_rank, offsets in zip(arguments, shared.offsets)
        ]
        return memories, max(reply["seconds"] for reply in replies)

    def _replies(self, when: str, patience: float | None) -> list[dict[str, Any]]:
        """One reply of each rank. `patience` is how long the others may take after one has failed."""
        replies: dict[int, dict[str, Any]] = {}
        failure: str | None = None
        deadline: float | None = None
        with selectors.DefaultSelector() as selector:
            for rank, channel in enumerate(self._channels):
                selector.register(channel, selectors.EVENT_READ, rank)
            while len(replies) < self.ranks:
                remaining = None if deadline is None else deadline - monotonic()
                ready = selector.select(remaining) if remaining is None or remaining > 0 else []
                if not ready:
                    break
                for key, _ in ready:
                    rank = key.data
                    selector.unregister(key.fileobj)
                    try:
                        replies[rank] = _receive(self._channels[rank])
                    except _Lost:
                        raise device.DeviceError(self._obituary(rank, when)) from None
                    if "error" in replies[rank] and failure is None:
                        failure = f"rank {rank}: {replies[rank]['error']}"
                        deadline = monotonic() + (patience or 0.0)
        if failure is not None:
            raise device.DeviceError(failure)
        return [replies[rank] for rank in range(self.ranks)]

    def _obituary(self, rank: int, when: str) -> str:
        try:
            status = self._children[rank].wait(GRACE)
        except subprocess.TimeoutExpired:
            return f"rank {rank} closed its channel {when}"
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return f"the process of rank {rank} {how} {when}"

    @contextlib.contextmanager
    def _killing_all_if_it_fails(self):
        try:
            yield
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        for child in self._children:
            child.kill()
        for child in self._children:
            child.wait()  # with a time-out it would sleep between looks
        self.close()

    def close(self) -> None:
        """Tells the processes to end and waits until they have."""
        for channel in self._channels:
            channel.close()
        for child in self._children:
            try:
                child.wait(GRACE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _receive(channel: socket.socket) -> dict[str, Any]:
    """One line, as JSON. Raises _Lost at the end of the stream."""
    line = bytearray()
    while not line.endswith(b"\n"):
        try:
            piece = channel.recv(1 << 16)
        except ConnectionResetError:
            piece = b""
        if not piece:
            raise _Lost
        line += piece
    return json.loads(line)
