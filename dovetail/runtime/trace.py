"""What checked launches write down: what each core issues, and what becomes of it."""

import ctypes
from enum import IntEnum

import numpy


class Kind(IntEnum):
    """Kinds of events, as in dovetail/launch.h."""

    BEGUN = 1
    ISSUED = 2
    SET_FLAG = 3
    WAIT_FLAG = 4
    BARRIER = 5
    SET_CROSS_CORE = 6
    WAIT_CROSS_CORE = 7
    SYNC_ALL = 8
    SCALAR = 9
    ENDED = 10
    STARTED = 11
    READ_COUNTER = 12
    READ = 13
    WRITTEN = 14
    ADDED = 15


EVENT = numpy.dtype(
    [
        ("kind", numpy.uint32),
        ("pipe", numpy.uint32),
        ("core", numpy.uint32),
        ("line", numpy.uint32),
        ("number", numpy.uint32),
        ("padding", numpy.uint32),
        ("first", numpy.uint64),
        ("second", numpy.uint64),
    ]
)


class NativeTrace(ctypes.Structure):
    """DovetailTrace."""

    _fields_ = [
        ("events", ctypes.c_void_p),
        ("event_count", ctypes.c_uint64),
        ("event_capacity", ctypes.c_uint64),
        ("clocks", ctypes.c_void_p),
        ("clock_count", ctypes.c_uint64),
        ("clock_capacity", ctypes.c_uint64),
    ]


class Trace:
    """Room for the events of several launches, and, with `clocks`, for what the checker knew at starts.

    `components` are pipes of all cores: 7 for each of 3 cores in each block of each rank.
    """

    def __init__(self, events: int = 1 << 20, clocks: int = 0, components: int = 0):
        self._events = numpy.empty(events, EVENT)
        self._clocks = numpy.empty((clocks, components), numpy.uint32)
        self.native = NativeTrace(
            events=self._events.ctypes.data,
            event_capacity=events,
            clocks=self._clocks.ctypes.data if clocks else None,
            clock_capacity=clocks,
        )

    @property
    def events(self) -> numpy.ndarray:
        """What has happened so far. Raises ValueError if there was too little room."""
        return self._events[: self._filled(self.native.event_count, len(self._events))]

    @property
    def clocks(self) -> numpy.ndarray:
        """The rows that STARTED events refer to. Raises ValueError if there was too little room."""
        return self._clocks[: self._filled(self.native.clock_count, len(self._clocks))]

    @staticmethod
    def _filled(count: int, capacity: int) -> int:
        if count > capacity:
            raise ValueError(f"{count} were written, and there is room for {capacity}")
        return count
