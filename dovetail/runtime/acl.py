"""The ACL runtime from Python: devices, streams, device memory."""

import ctypes
import functools
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy

from dovetail.runtime import device

HUGE_FIRST = 0
HOST_TO_DEVICE = 1
TIME_LINE = 8  # ACL_EVENT_TIME_LINE: of an event that takes the time

SIGNATURES: dict[str, tuple] = {
    "aclInit": (ctypes.c_char_p,),
    "aclrtSetDevice": (ctypes.c_int32,),
    "aclrtCreateStream": (ctypes.POINTER(ctypes.c_void_p),),
    "aclrtDestroyStream": (ctypes.c_void_p,),
    "aclrtSynchronizeStream": (ctypes.c_void_p,),
    "aclrtCreateEventWithFlag": (ctypes.POINTER(ctypes.c_void_p), ctypes.c_uint32),
    "aclrtDestroyEvent": (ctypes.c_void_p,),
    "aclrtRecordEvent": (ctypes.c_void_p, ctypes.c_void_p),
    "aclrtEventElapsedTime": (ctypes.POINTER(ctypes.c_float), ctypes.c_void_p, ctypes.c_void_p),
    "aclrtMalloc": (ctypes.POINTER(ctypes.c_void_p), ctypes.c_size_t, ctypes.c_int),
    "aclrtFree": (ctypes.c_void_p,),
    "aclrtMemcpy": (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int),
}


class AclError(device.DeviceError):
    """A call of ACL or HCCL failed; the message is the library's own."""


@functools.cache
def library() -> ctypes.CDLL:
    """libascendcl, initialised."""
    library = load("libascendcl.so")
    library.aclGetRecentErrMsg.restype = ctypes.c_char_p
    for name, arguments in SIGNATURES.items():
        getattr(library, name).argtypes = arguments
    library.dovetail_provide_devices.argtypes = [ctypes.c_uint32]
    library.dovetail_provide_devices.restype = None
    library.aclInit(None)  # whoever embeds us may have done it: then it counts
    return library


def load(name: str) -> ctypes.CDLL:
    """A library that lies beside the device library."""
    return ctypes.CDLL(str(Path(device.library_path()).parent / name), mode=ctypes.RTLD_GLOBAL)


def call(function: Callable[..., int], *arguments) -> None:
    """Calls a function of ACL or HCCL. Raises AclError where it returns a code."""
    code = function(*arguments)
    if code != 0:
        said = library().aclGetRecentErrMsg()
        raise AclError(said.decode(errors="replace") if said else f"{function.__name__} returned {code}")


def set_device(number: int) -> None:
    """The device of this thread, on which streams and memory are made from now on."""
    call(library().aclrtSetDevice, number)


class Stream:
    """A stream of the device that is current when it is made."""

    def __init__(self):
        self.handle = ctypes.c_void_p()
        call(library().aclrtCreateStream, ctypes.byref(self.handle))

    def record(self) -> "Event":
        """An event that comes when the work has ended that is queued so far."""
        return Event(self)

    def synchronize(self) -> None:
        """Waits for the work that is queued. Raises AclError where some of it failed."""
        call(library().aclrtSynchronizeStream, self.handle)

    def close(self) -> None:
        call(library().aclrtDestroyStream, self.handle)


class Event:
    """A place in a stream, with the time at which the stream came there."""

    def __init__(self, stream: Stream):
        self.handle = ctypes.c_void_p()
        call(library().aclrtCreateEventWithFlag, ctypes.byref(self.handle), TIME_LINE)
        weakref.finalize(self, library().aclrtDestroyEvent, self.handle)
        call(library().aclrtRecordEvent, self.handle, stream.handle)

    def seconds_since(self, earlier: "Event") -> float:
        """The time between two events that have come."""
        milliseconds = ctypes.c_float()
        call(library().aclrtEventElapsedTime, ctypes.byref(milliseconds), earlier.handle, self.handle)
        return milliseconds.value / 1000


def allocate(size: int) -> numpy.ndarray:
    """Device memory of the current device, as bytes. It is freed with the last array that lies in it."""
    address = ctypes.c_void_p()
    call(library().aclrtMalloc, ctypes.byref(address), max(size, 1), HUGE_FIRST)
    assert address.value is not None
    memory = (ctypes.c_uint8 * size).from_address(address.value)
    weakref.finalize(memory, library().aclrtFree, address.value)
    return numpy.ctypeslib.as_array(memory)


def copy_to_device(target: numpy.ndarray, source: numpy.ndarray) -> None:
    """Copies the bytes of a contiguous host array."""
    call(
        library().aclrtMemcpy,
        target.ctypes.data,
        target.nbytes,
        source.ctypes.data,
        source.nbytes,
        HOST_TO_DEVICE,
    )
