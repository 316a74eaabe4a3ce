"""The process of one rank: runs what it is told to, until the process that started it closes the channel or ends.

    python -m dovetail.runtime.rank CHANNEL SHARED RANK RANKS WINDOW_BYTES

CHANNEL and SHARED are file descriptors: of a socket, and of the memory with the device's control and the windows.
"""

import ctypes
import json
import mmap
import os
import select
import socket
import sys
import threading
from time import perf_counter

from dovetail.runtime import device


class Mapped:
    """The memory behind a file descriptor."""

    def __init__(self, handle: int):
        self._map = mmap.mmap(handle, os.fstat(handle).st_size)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))


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


def main() -> None:
    channel_handle, shared_handle, rank, ranks, window_bytes = map(int, sys.argv[1:])
    channel = socket.socket(fileno=channel_handle)
    end_with_parent(channel)
    shared = Mapped(shared_handle)
    windows = [shared.address + device.CONTROL_BYTES + each * window_bytes for each in range(ranks)]

    def reply(**said) -> None:
        channel.sendall(json.dumps(said).encode() + b"\n")

    while True:
        line, handles = receive(channel)
        if not line:
            return
        order = json.loads(line)
        try:
            arguments = Mapped(handles[0])
            device.library()
            function = getattr(ctypes.CDLL(order["object"]), order["entry"])
            entry = ctypes.cast(function, ctypes.c_void_p).value or 0
        except OSError as error:
            reply(error=str(error))
            return
        finally:
            os.close(handles[0])
        reply(ready=True)
        if not receive(channel)[0]:
            return
        start = perf_counter()
        try:
            device.launch(
                entry,
                [[0 if each is None else arguments.address + each for each in order["arguments"]]],
                device.DeviceMemories(**order["machine"]),
                ranks=ranks,
                first_rank=rank,
                windows=windows,
                window_bytes=window_bytes,
                blocks=order["blocks"],
                workers=1,
                link_bytes_per_second=order["link_bytes_per_second"],
                control=shared.address,
                timeout_seconds=order["timeout"],
            )
            reply(seconds=perf_counter() - start)
        except device.DeviceError as error:
            reply(error=str(error))
