"""Scales in 64 bits: every exponent, both ways of rounding, and what is refused."""

import numpy
import pytest

from dovetail.runtime.packed_scales import pack, unpack

EXPONENTS = numpy.arange(255, dtype=numpy.uint32)  # 0 for subnormal numbers; 255 is for what is not finite
LARGEST_KEPT = 0x7F7FE000  # the largest float32 whose low 13 bits are zero


def scale(bits: int) -> numpy.ndarray:
    return numpy.array([bits], numpy.uint32).view(numpy.float32)


def of_all_exponents(mantissa: int) -> numpy.ndarray:
    both_signs = numpy.concatenate([EXPONENTS << 23, EXPONENTS << 23 | 1 << 31])
    return (both_signs | mantissa).astype(numpy.uint32)


@pytest.mark.parametrize("rounding", ["truncate", "nearest"])
@pytest.mark.parametrize("mantissa", [0, 1 << 13, 0x7FE000, 0x555 << 13 & 0x7FE000])
def test_what_fits_stays(rounding, mantissa):
    bits = of_all_exponents(mantissa)
    packed = pack(bits.view(numpy.float32), rounding)
    assert packed.dtype == numpy.int64
    assert (packed == (bits.astype(numpy.int64) | 1 << 46)).all()
    assert (unpack(packed).view(numpy.uint32) == bits).all()


@pytest.mark.parametrize(
    ("mantissa", "truncated", "nearest"),
    [
        (0x000001, 0x000000, 0x000000),
        (0x000FFF, 0x000000, 0x000000),  # just below half of the last place
        (0x001000, 0x000000, 0x000000),  # half of it: to the even one, below
        (0x001001, 0x000000, 0x002000),  # just above
        (0x003000, 0x002000, 0x004000),  # half: to the even one, above
        (0x002FFF, 0x002000, 0x002000),
        (0x7FDFFF, 0x7FC000, 0x7FE000),
    ],
)
def test_what_does_not_fit_is_cut_off_or_rounded(mantissa, truncated, nearest):
    scales = of_all_exponents(mantissa).view(numpy.float32)
    assert (unpack(pack(scales, "truncate")).view(numpy.uint32) == of_all_exponents(truncated)).all()
    assert (unpack(pack(scales, "nearest")).view(numpy.uint32) == of_all_exponents(nearest)).all()
    assert (pack(scales) == pack(scales, "nearest")).all()


def test_rounding_carries_into_the_next_exponent():
    scales = (EXPONENTS[:-1] << 23 | 0x7FFFFF).astype(numpy.uint32).view(numpy.float32)
    assert (unpack(pack(scales)).view(numpy.uint32) == EXPONENTS[1:] << 23).all()


def test_rounding_is_to_nearest_for_random_scales():
    bits = numpy.random.default_rng(0).integers(0, LARGEST_KEPT, 20000, numpy.uint32)
    scales = bits.view(numpy.float32)
    below = (bits & ~numpy.uint32(0x1FFF)).view(numpy.float32)
    above = ((bits & ~numpy.uint32(0x1FFF)) + numpy.uint32(0x2000)).view(numpy.float32)
    exact, rounded = scales.astype(numpy.float64), unpack(pack(scales)).astype(numpy.float64)
    nearest = numpy.minimum(abs(exact - below), abs(above.astype(numpy.float64) - exact))
    assert (abs(exact - rounded) == nearest).all()
    assert (unpack(pack(scales, "truncate")) == below).all()


def test_the_shape_stays():
    scales = numpy.linspace(0.5, 2, 6, dtype=numpy.float32).reshape(1, 6)
    assert pack(scales).shape == (1, 6)
    assert unpack(pack(scales)).shape == (1, 6)


def test_bits_beyond_the_ten_do_not_count_when_they_are_unpacked():
    packed = pack(scale(0x3F802000))
    assert (unpack(packed | 0x1FFF | 0x1FF << 37) == unpack(packed)).all()


@pytest.mark.parametrize("bits", [0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001])
@pytest.mark.parametrize("rounding", ["truncate", "nearest"])
def test_what_is_not_finite_is_refused(bits, rounding):
    with pytest.raises(ValueError, match="finite"):
        pack(scale(bits), rounding)


def test_what_is_finite_only_until_it_is_rounded_is_refused():
    assert unpack(pack(scale(0x7F7FFFFF), "truncate")).view(numpy.uint32) == LARGEST_KEPT
    with pytest.raises(ValueError, match="before and after"):
        pack(scale(0x7F7FFFFF), "nearest")
