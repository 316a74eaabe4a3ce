"""Scales packed in 64 bits, as the fixpipe of a cube core takes them ("trans quant").

The low 32 bits are a float32 of which 1 sign, 8 exponent and 10 mantissa bits count: the low 13 are zero. Bit 46 is
set. Bits 37 to 45 may hold an offset, which nothing here uses.
"""

from typing import Literal

import numpy

DROPPED = 13  # of the 23 bits of a float32's mantissa
MARK = numpy.uint64(1 << 46)
LOW = numpy.uint64(0xFFFFFFFF)


def pack(scales: numpy.ndarray, rounding: Literal["truncate", "nearest"] = "nearest") -> numpy.ndarray:
    """float32 scales as int64. What the ten bits of a mantissa do not hold is cut off, or rounded to nearest even.

    Raises ValueError where a scale is not finite, or not any more when it is rounded.
    """
    bits = numpy.ascontiguousarray(scales, numpy.float32).view(numpy.uint32).astype(numpy.uint64)
    dropped = numpy.uint64(DROPPED)
    if rounding == "nearest":
        is_odd = bits >> dropped & numpy.uint64(1)
        bits = bits + numpy.uint64((1 << DROPPED - 1) - 1) + is_odd
    kept = bits >> dropped << dropped
    exponents = kept >> numpy.uint64(23) & numpy.uint64(0xFF)
    if not numpy.isfinite(scales).all() or (exponents == 0xFF).any():
        raise ValueError("packed scales are finite numbers, before and after they are rounded")
    return (kept | MARK).view(numpy.int64).reshape(numpy.shape(scales))


def unpack(packed: numpy.ndarray) -> numpy.ndarray:
    """The float32 that each packed scale stands for."""
    bits = numpy.ascontiguousarray(packed).view(numpy.uint64) & LOW
    kept = bits.astype(numpy.uint32) >> numpy.uint32(DROPPED) << numpy.uint32(DROPPED)
    return kept.view(numpy.float32).reshape(numpy.shape(packed))
