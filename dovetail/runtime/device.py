"""The device library from Python: run a compiled Ascend C kernel on some or all ranks of a communicator."""

import ctypes
import functools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dovetail.runtime.checking import Check as Check
from dovetail.runtime.checking import CheckMemory, NativeCheck, native
from dovetail.runtime.checking import Region as Region
from dovetail.runtime.trace import Trace

CONTROL_BYTES = 16384
"""Size of the zeroed shared memory that ranks in several processes share (`control` of `launch`)."""

_MESSAGE_BYTES = 4096


class DeviceError(RuntimeError):
    """A kernel failed on the device; the message names the core, the line and the reason."""


@dataclass(frozen=True)
class DeviceMemories:
    """What the device models of a machine: AICs per rank, and the size of each memory of a core in bytes."""

    cores: int
    l1: int
    l0a: int
    l0b: int
    l0c: int
    ub: int
    bt: int
    fb: int


class _Machine(ctypes.Structure):
    _fields_ = [("cores", ctypes.c_uint32)] + [
        (name, ctypes.c_uint64) for name in ("l1", "l0a", "l0b", "l0c", "ub", "bt", "fb")
    ]


class _Launch(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_uint32),
        ("kernel", ctypes.c_void_p),
        ("argument_count", ctypes.c_uint32),
        ("ranks", ctypes.c_uint32),
        ("first_rank", ctypes.c_uint32),
        ("local_ranks", ctypes.c_uint32),
        ("arguments", ctypes.POINTER(ctypes.c_void_p)),
        ("windows", ctypes.POINTER(ctypes.c_void_p)),
        ("window_bytes", ctypes.c_uint64),
        ("blocks", ctypes.c_uint32),
        ("workers", ctypes.c_uint32),
        ("link_bytes_per_second", ctypes.c_double),
        ("machine", _Machine),
        ("control", ctypes.c_void_p),
        ("timeout_seconds", ctypes.c_double),
        ("fault_of_peer", ctypes.c_void_p),
        ("peers", ctypes.c_void_p),
        ("check", ctypes.POINTER(NativeCheck)),
    ]


def include_directory() -> Path:
    """The directory of headers that kernels are compiled against."""
    return Path(__file__).parent / "device" / "include"


def library_path() -> Path:
    """The device library; `DOVETAIL_DEVICE_LIBRARY` names another build of it.

    Raises:
        DeviceError: if it has not been built.
    """
    named = os.environ.get("DOVETAIL_DEVICE_LIBRARY")
    path = Path(named) if named else Path(__file__).parent / "lib" / "libdovetail_device.so"
    if not path.exists():
        raise DeviceError(
            f"the device library {path} does not exist: `pip install .` builds it. In a checkout, Python finds the "
            "checkout's package before the installed one: start `dovetail` itself, or work elsewhere"
        )
    return path


@functools.cache
def library() -> ctypes.CDLL:
    """The device library, loaded so that kernels, which need it, find it."""
    library = ctypes.CDLL(str(library_path()), mode=ctypes.RTLD_GLOBAL)
    library.dovetail_launch.argtypes = [ctypes.POINTER(_Launch), ctypes.c_char_p, ctypes.c_uint64]
    library.dovetail_launch.restype = ctypes.c_int
    library.dovetail_instruction_set.restype = ctypes.c_char_p
    library.dovetail_check_bytes.argtypes = [ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint64]
    library.dovetail_check_bytes.restype = ctypes.c_uint64
    return library


def instruction_set() -> str:
    """The processor's instruction set that the cube instructions use: "avx512", "avx2" or "portable"."""
    return library().dovetail_instruction_set().decode()


def check_memory(ranks: int, cores: int, window_bytes: int) -> CheckMemory:
    """For several launches (`check_memory` of `launch`) on the same windows."""
    return CheckMemory(library().dovetail_check_bytes(ranks, cores, window_bytes))


def launch(
    kernel: int,
    arguments: Sequence[Sequence[int]],
    machine: DeviceMemories,
    *,
    blocks: int,
    ranks: int | None = None,
    first_rank: int = 0,
    windows: Sequence[int] | None = None,
    window_bytes: int = 0,
    workers: int = 0,
    link_bytes_per_second: float = 0.0,
    control: int | None = None,
    timeout_seconds: float = 0.0,
    check: Check | None = None,
    regions: Sequence[Region] = (),
    check_memory: CheckMemory | None = None,
    trace: Trace | None = None,
) -> None:
    """Runs a kernel to its end on the ranks of this process.

    Args:
        kernel: address of the `extern "C"` entry.
        arguments: for each rank of this process, the addresses that the entry receives.
        machine: cores and memories.
        blocks: AICs per rank, each with two AIVs.
        ranks: of the communicator; those of `arguments` if not given.
        first_rank: the first rank of this process.
        windows: for each rank of the communicator, the address of its window in this process.
        window_bytes: size of each window.
        workers: threads; 0 = one per physical core.
        link_bytes_per_second: of each directed pair of ranks; 0 = transfers take no time of their own.
        control: address of `CONTROL_BYTES` of shared memory, when ranks are processes.
        timeout_seconds: without progress of any rank, when ranks are processes; 0 = never.
        check: how the launch is checked; None = instructions take effect at once, and little is checked.
        regions: the tensors of the ranks of this process, for a checked launch; without any, global memory has no
            bounds.
        check_memory: what is kept from one checked launch to the next.

    Raises:
        DeviceError: when the kernel fails, or no core can ever move again.
    """
    count = len(arguments[0])
    flat = [address for of_rank in arguments for address in of_rank]
    if len(flat) != count * len(arguments):
        raise ValueError("every rank needs the same number of arguments")
    request = _Launch(
        struct_size=ctypes.sizeof(_Launch),
        kernel=kernel,
        argument_count=count,
        ranks=len(arguments) if ranks is None else ranks,
        first_rank=first_rank,
        local_ranks=len(arguments),
        arguments=(ctypes.c_void_p * len(flat))(*flat),
        windows=None if windows is None else (ctypes.c_void_p * len(windows))(*windows),
        window_bytes=window_bytes,
        blocks=blocks,
        workers=workers,
        link_bytes_per_second=link_bytes_per_second,
        machine=_Machine(
            machine.cores,
            machine.l1,
            machine.l0a,
            machine.l0b,
            machine.l0c,
            machine.ub,
            machine.bt,
            machine.fb,
        ),
        control=control,
        timeout_seconds=timeout_seconds,
        check=None if check is None else ctypes.pointer(native(check, regions, check_memory, trace)),
    )
    message = ctypes.create_string_buffer(_MESSAGE_BYTES)
    if library().dovetail_launch(ctypes.byref(request), message, _MESSAGE_BYTES) != 0:
        raise DeviceError(message.value.decode(errors="replace"))
