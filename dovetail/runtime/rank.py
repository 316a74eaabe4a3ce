"""The process of one rank: runs what it is told to, until the process that started it closes the channel or ends.

    python -m dovetail.runtime.rank CHANNEL RANK RANKS KEY OPTIONS

CHANNEL is the file descriptor of a socket, KEY is what the ranks find each other by, OPTIONS are those of hccl as JSON.
"""

import ctypes
import json
import mmap
import os
import select
import socket
import sys
import threading

import numpy

from dovetail.runtime import device, hccl, placement
from dovetail.runtime.kernel import entry


def end_with_parent(channel: socket.socket) -> None:
    """Ends this process when the other end of the channel is closed, whatever a kernel is doing."""

    def watch() -> None:
        poll = select.poll()
        poll.register(channel, select.POLLRDHUP)
        poll.poll()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """One line, and the file descriptors that came with it. The line is empty at the end of the stream."""
    line, handles = b"", list[int]()
    while not line.endswith(b"\n"):
        piece, came, _, _ = socket.recv_fds(channel, 1 << 16, 1)
        if not piece:
            return b"", handles
        line += piece
        handles += came
    return line, handles


def perform(rank: hccl.Rank, order: dict, arguments: numpy.ndarray, ready, go) -> float | None:
    """Runs the kernel of an order on arguments in shared memory. Returns seconds, or None if it never got to `go`."""
    library = ctypes.CDLL(order["object"])
    matrices = [(name, arguments[offset : offset + size], output) for name, offset, size, output in order["matrices"]]
    placed = placement.place(
        [placement.Argument(name, len(data), None if output else data) for name, data, output in matrices]
    )
    launch = hccl.Order(
        order["kernel"],
        [(name, output) for name, _, output in matrices],
        entry(library, order["kernel"]),
        bytes.fromhex(order["tiling"]),
        order["blocks"],
        order["workspace"],
    )
    ready()
    if not go():
        return None
    seconds = rank.launch(launch, placed).wait()
    for (_, data, output), memory in zip(matrices, placed):
        if output:
            data[:] = memory
    return seconds


def main() -> None:
    channel_handle, number, ranks = map(int, sys.argv[1:4])
    key, options = sys.argv[4], hccl.Options.parse(sys.argv[5])
    channel = socket.socket(fileno=channel_handle)
    end_with_parent(channel)

    def reply(**said) -> None:
        channel.sendall(json.dumps(said).encode() + b"\n")

    try:
        rank = hccl.init_one(ranks, number, key, options)
    except (device.DeviceError, OSError) as error:
        reply(error=str(error))
        return
    reply(window_bytes=rank.window_bytes, timeout=rank.timeout)
    while True:
        line, handles = receive(channel)
        if not line:
            return
        order = json.loads(line)
        try:
            arguments = numpy.frombuffer(mmap.mmap(handles[0], os.fstat(handles[0]).st_size), numpy.uint8)
            seconds = perform(
                rank, order, arguments, ready=lambda: reply(ready=True), go=lambda: receive(channel)[0] != b""
            )
        except (device.DeviceError, OSError) as error:
            reply(error=rank.failure or str(error))
            return
        finally:
            os.close(handles[0])
        if seconds is None:
            return
        reply(seconds=seconds)
