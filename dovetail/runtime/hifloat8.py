"""HIFLOAT8, the 8-bit type of tapered precision that neither numpy nor ml_dtypes has: codes in uint8, and their values.

The encoding is that of "Ascend HiFloat8 Format for Deep Learning" (arXiv 2409.16626), section 2: a sign, a prefix code
that says how many bits the exponent has, the exponent as a sign and a magnitude whose leading one is not stored, and
the rest as mantissa. Small numbers have as many bits of precision as large ones have of range.

    bits                values
    s 0001 mmm          1.mmm
    s 001 e mmm         1.mmm * 2^+-1
    s 01 ee mmm         1.mmm * 2^+-(2 to 3)
    s 10 eee mm         1.mm * 2^+-(4 to 7)
    s 11 eeee m         1.m * 2^+-(8 to 15), but for 1.1 * 2^15, which is infinity
    s 0000 mmm          2^(mmm - 23); 0 0000 000 is zero, 1 0000 000 NaN
"""

import functools

import numpy

NAN, INFINITY, LARGEST = 0x80, 0x6F, 0x6E
SIGN = 0x80


@functools.cache
def values() -> numpy.ndarray:
    """The value of each code, as float32."""
    magnitudes = [_magnitude(code) for code in range(SIGN)]
    made = numpy.array([*magnitudes, *(-value for value in magnitudes)], numpy.float32)
    made[NAN] = numpy.nan
    return made


def _magnitude(code: int) -> float:
    if code == INFINITY:
        return float("inf")
    if code < 8:
        return 2.0 ** (code - 23) if code else 0.0
    if code < 16:
        return 1 + (code & 7) / 8
    exponent_bits, dot_bits = (1, 3) if code < 32 else (1 + (code >> 5), 2)
    mantissa_bits = 7 - dot_bits - exponent_bits
    exponent = code >> mantissa_bits & ((1 << exponent_bits) - 1)
    leading = 1 << (exponent_bits - 1)
    size = leading | exponent & (leading - 1)
    mantissa = (code & ((1 << mantissa_bits) - 1)) / (1 << mantissa_bits)
    return (1 + mantissa) * 2.0 ** (-size if exponent & leading else size)


@functools.cache
def _rounding() -> tuple[numpy.ndarray, numpy.ndarray]:
    """The codes without a sign by their values, and the numbers halfway between neighbours, from which it is up."""
    magnitudes = values()[:SIGN].astype(numpy.float64)
    magnitudes[INFINITY] = 1.5 * 2.0**15
    codes = numpy.argsort(magnitudes)
    ordered = magnitudes[codes]
    return codes.astype(numpy.uint8), (ordered[1:] + ordered[:-1]) / 2


def decode(codes: numpy.ndarray) -> numpy.ndarray:
    """The values of codes, as float32, which holds each of them."""
    return values()[codes]


def encode(numbers: numpy.ndarray) -> numpy.ndarray:
    """The codes nearest to numbers; halfway between two, the one further from zero.

    From 1.25 * 2^15 on that is infinity, and below 2^-23 zero, which has no sign.
    """
    wide = numpy.asarray(numbers).astype(numpy.float64)
    codes, middles = _rounding()
    made = codes[numpy.searchsorted(middles, numpy.abs(wide), side="right")]
    made = numpy.where(numpy.signbit(wide) & (made != 0), made | SIGN, made)
    return numpy.where(numpy.isnan(wide), numpy.uint8(NAN), made).astype(numpy.uint8)
