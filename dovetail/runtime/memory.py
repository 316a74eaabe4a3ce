"""Memory that ranks share: mapped zeroed, taken from the system page by page as it is touched."""

import mmap
import os
import weakref
from collections.abc import Sequence

import numpy

PAGE = 4096
MEGABYTE = 1 << 20


class Memory:
    """At least `size` bytes. With `shared`, other processes map the same bytes by the file descriptor `handle`.

    The bytes live as long as this object or an array made from it.
    """

    def __init__(self, size: int, shared: bool = False):
        size = max(size, PAGE)
        self.handle: int | None = None
        if shared:
            self.handle = os.memfd_create("dovetail", os.MFD_CLOEXEC)
            weakref.finalize(self, os.close, self.handle)
            os.ftruncate(self.handle, size)
            self._map = mmap.mmap(self.handle, size)
        else:
            self._map = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            if hasattr(mmap, "MADV_HUGEPAGE"):
                self._map.madvise(mmap.MADV_HUGEPAGE)
        self._bytes = numpy.frombuffer(self._map, numpy.uint8)

    @property
    def address(self) -> int:
        return self._bytes.ctypes.data

    def array(self, offset: int, shape: Sequence[int], dtype: numpy.dtype) -> numpy.ndarray:
        """The elements from `offset` bytes on, in place."""
        return numpy.ndarray(shape, dtype, self._bytes, offset)


def window_bytes() -> int:
    """Bytes of the window of each rank: HCCL_BUFFSIZE megabytes, 200 unless it is set. Raises ValueError."""
    text = os.environ.get("HCCL_BUFFSIZE", "200")
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"HCCL_BUFFSIZE is {text!r}; allowed is a whole number of megabytes, at least 1")
    return int(text) * MEGABYTE
