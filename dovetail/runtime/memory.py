"""Memory that processes share: mapped zeroed, taken from the system page by page as it is touched."""

import mmap
import os
import weakref
from collections.abc import Sequence

import numpy

PAGE = 4096


class Memory:
    """At least `size` bytes. Other processes map the same bytes by the file descriptor `handle`.

    The bytes live as long as this object or an array made from it.
    """

    def __init__(self, size: int):
        size = max(size, PAGE)
        self.handle = os.memfd_create("dovetail", os.MFD_CLOEXEC)
        weakref.finalize(self, os.close, self.handle)
        os.ftruncate(self.handle, size)
        self._map = mmap.mmap(self.handle, size)
        self._bytes = numpy.frombuffer(self._map, numpy.uint8)

    def array(self, offset: int, shape: Sequence[int], dtype: numpy.dtype) -> numpy.ndarray:
        """The elements from `offset` bytes on, in place."""
        return numpy.ndarray(shape, dtype, self._bytes, offset)
