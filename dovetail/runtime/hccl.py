"""HCCL from Python: communicators, and kernels launched on their ranks."""

import ctypes
import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy

from dovetail.runtime import acl, device
from dovetail.runtime.checking import Access, Check, Mutation, NativeCheck, native

ROOT_INFO_BYTES = 4108
MODES = ("", "fast", "checked")  # "": what DOVETAIL_MODE says


class _Options(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_uint32),
        ("machine", ctypes.c_char_p),
        ("window_bytes", ctypes.c_uint64),
        ("workers", ctypes.c_uint32),
        ("link_bytes_per_second", ctypes.c_double),
        ("timeout_seconds", ctypes.c_double),
        ("mode", ctypes.c_uint32),
        ("check", ctypes.POINTER(NativeCheck)),
    ]


class _Region(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
        ("bytes", ctypes.c_uint64),
        ("access", ctypes.c_uint32),
    ]


class _Facts(ctypes.Structure):
    _fields_ = [
        ("ranks", ctypes.c_uint32),
        ("rank", ctypes.c_uint32),
        ("device", ctypes.c_int32),
        ("window_bytes", ctypes.c_uint64),
        ("timeout_seconds", ctypes.c_double),
        ("cores", ctypes.c_uint32),
        ("machine", ctypes.c_char_p),
        ("family", ctypes.c_char_p),
    ]


class _KernelLaunch(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        ("description", ctypes.c_char_p),
        ("entry", ctypes.c_void_p),
        ("arguments", ctypes.POINTER(ctypes.c_void_p)),
        ("argument_count", ctypes.c_uint32),
        ("tiling", ctypes.c_char_p),
        ("tiling_bytes", ctypes.c_uint64),
        ("blocks", ctypes.c_uint32),
        ("regions", ctypes.POINTER(_Region)),
        ("region_count", ctypes.c_uint32),
    ]


@functools.cache
def library() -> ctypes.CDLL:
    """libhccl."""
    device.library()
    acl.library()
    library = acl.load("libhccl.so")
    handles = ctypes.POINTER(ctypes.c_void_p)
    options = ctypes.POINTER(_Options)
    library.dovetail_comm_init_all.argtypes = [ctypes.c_uint32, options, handles]
    library.dovetail_comm_init.argtypes = [ctypes.c_uint32, ctypes.c_char_p, ctypes.c_uint32, options, handles]
    library.dovetail_comm_facts.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Facts)]
    library.dovetail_comm_failure.argtypes = [ctypes.c_void_p]
    library.dovetail_comm_failure.restype = ctypes.c_char_p
    library.dovetail_comm_window.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    library.dovetail_comm_window.restype = ctypes.c_void_p
    library.dovetail_launch_kernel.argtypes = [ctypes.c_void_p, ctypes.POINTER(_KernelLaunch), ctypes.c_void_p]
    library.HcclCommDestroy.argtypes = [ctypes.c_void_p]
    return library


@dataclass(frozen=True)
class Options:
    """How a communicator is made.

    machine: its name. window_bytes: of each rank, 0 for what HCCL_BUFFSIZE says. workers: threads that run the ranks of
    this process, 0 for one per core. link_bytes_per_second: of each directed pair of ranks, 0 for no bound. timeout:
    seconds without progress, 0 for what DOVETAIL_TIMEOUT says. mode: fast or checked, "" for what DOVETAIL_MODE says.
    check: how launches are checked, None for what DOVETAIL_SEED says.
    """

    machine: str
    window_bytes: int = 0
    workers: int = 0
    link_bytes_per_second: float = 0.0
    timeout: float = 0.0
    mode: str = ""
    check: Check | None = None

    @property
    def text(self) -> str:
        """All of it, for another process to parse."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> "Options":
        values = json.loads(text)
        check = values.pop("check")
        if check is not None and check["mutation"] is not None:
            check["mutation"] = Mutation(**check["mutation"])
        return cls(**values, check=None if check is None else Check(**check))

    def _native(self) -> _Options:
        return _Options(
            ctypes.sizeof(_Options),
            self.machine.encode(),
            self.window_bytes,
            self.workers,
            self.link_bytes_per_second,
            self.timeout,
            MODES.index(self.mode),
            None if self.check is None else ctypes.pointer(native(self.check)),
        )


class Rank:
    """A rank of a communicator, on the device of the same number, with a stream."""

    def __init__(self, handle: int, number: int):
        self.handle, self.number = handle, number
        acl.set_device(number)
        self.stream = acl.Stream()
        facts = _Facts()
        acl.call(library().dovetail_comm_facts, handle, ctypes.byref(facts))
        self.window_bytes: int = facts.window_bytes
        self.timeout: float = facts.timeout_seconds

    @property
    def failure(self) -> str | None:
        """What made the communicator fail first."""
        said = library().dovetail_comm_failure(self.handle)
        return said.decode(errors="replace") if said else None

    def window(self, rank: int) -> numpy.ndarray:
        """The bytes of the window of a rank, in place."""
        address = library().dovetail_comm_window(self.handle, rank)
        return numpy.ctypeslib.as_array((ctypes.c_uint8 * self.window_bytes).from_address(address))

    def launch(self, order: "Order", matrices: Sequence[numpy.ndarray]) -> "Flight":
        """Queues a launch on matrices in device memory. Raises AclError where it is refused."""
        acl.set_device(self.number)
        workspace = acl.allocate(order.workspace) if order.workspace else None
        given = [(name, matrix, output) for (name, output), matrix in zip(order.matrices, matrices)]
        given += [] if workspace is None else [("workspace", workspace, True)]
        addresses = [memory.ctypes.data for _, memory, _ in given] + ([None] if workspace is None else [])
        regions = [
            _Region(name.encode(), memory.ctypes.data, memory.nbytes, Access.OUTPUT if output else Access.INPUT)
            for name, memory, output in given
        ]
        launch = _KernelLaunch(
            ctypes.sizeof(_KernelLaunch),
            order.kernel.encode(),
            f"tiling {hashlib.sha256(order.tiling).hexdigest()[:16]}".encode(),
            order.entry,
            (ctypes.c_void_p * len(addresses))(*addresses),
            len(addresses),
            order.tiling,
            len(order.tiling),
            order.blocks,
            (_Region * len(regions))(*regions),
            len(regions),
        )
        start = self.stream.record()
        acl.call(library().dovetail_launch_kernel, self.handle, ctypes.byref(launch), self.stream.handle)
        return Flight(self.stream, start, self.stream.record(), workspace)

    def close(self) -> None:
        acl.set_device(self.number)
        acl.call(library().HcclCommDestroy, self.handle)
        self.stream.close()


@dataclass(frozen=True)
class Order:
    """What a launch is of, the same on all ranks: a kernel, its matrices and whether each is an output, how it runs."""

    kernel: str
    matrices: Sequence[tuple[str, bool]]
    entry: int
    tiling: bytes
    blocks: int
    workspace: int = 0  # bytes


@dataclass(frozen=True)
class Flight:
    """A launch that has been queued. It keeps the workspace for as long."""

    stream: acl.Stream
    start: acl.Event
    end: acl.Event
    workspace: numpy.ndarray | None = None

    def wait(self) -> float:
        """Returns, when it has ended, how many seconds it took. Raises AclError where it failed."""
        self.stream.synchronize()
        return self.end.seconds_since(self.start)


def init_all(ranks: int, options: Options) -> list[Rank]:
    """A communicator whose ranks are all in this process."""
    acl.library().dovetail_provide_devices(ranks)
    handles = (ctypes.c_void_p * ranks)()
    acl.call(library().dovetail_comm_init_all, ranks, ctypes.byref(options._native()), handles)
    return [Rank(handle, number) for number, handle in enumerate(handles) if handle is not None]


def init_one(ranks: int, rank: int, key: str, options: Options) -> Rank:
    """This process's rank of a communicator whose other ranks join, in other processes, with the same key."""
    acl.library().dovetail_provide_devices(ranks)
    acl.set_device(rank)
    root_info = ctypes.create_string_buffer(key.encode(), ROOT_INFO_BYTES)
    handle = ctypes.c_void_p()
    native = options._native()
    acl.call(library().dovetail_comm_init, ranks, root_info, rank, ctypes.byref(native), ctypes.byref(handle))
    assert handle.value is not None
    return Rank(handle.value, rank)
