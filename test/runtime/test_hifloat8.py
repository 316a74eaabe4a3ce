"""HIFLOAT8 against its definition, written out once more as a walk over the bits of a code."""

import math

import numpy as np
import pytest

from dovetail.runtime import hifloat8

PREFIXES = [("11", 4), ("10", 3), ("01", 2), ("001", 1), ("0001", 0)]  # the dot field, and the bits of the exponent


def value_of(code: int) -> float:
    bits = f"{code:08b}"
    sign, rest = -1.0 if bits[0] == "1" else 1.0, bits[1:]
    for prefix, width in PREFIXES:
        if rest.startswith(prefix):
            exponent, mantissa = rest[len(prefix) : len(prefix) + width], rest[len(prefix) + width :]
            size = int("1" + exponent[1:], 2) if width else 0
            size = -size if exponent.startswith("1") else size
            if size == 15 and mantissa == "1":
                return sign * math.inf
            return sign * (1 + int(mantissa, 2) / 2 ** len(mantissa)) * 2.0**size
    assert rest.startswith("0000")
    if rest == "0000000":
        return 0.0 if sign > 0 else math.nan
    return sign * 2.0 ** (int(rest[4:], 2) - 23)


def test_all_codes():
    expected = np.array([value_of(code) for code in range(256)], np.float32)
    np.testing.assert_array_equal(hifloat8.decode(np.arange(256, dtype=np.uint8)), expected)


def test_what_the_white_paper_says_of_its_range():
    values = hifloat8.values()[:128].astype(np.float64)
    finite = np.sort(values[np.isfinite(values) & (values > 0)])
    assert (finite[0], finite[-1]) == (2.0**-22, 2.0**15)
    exponents = np.floor(np.log2(finite)).astype(int)
    counts = {int(exponent): int(np.sum(exponents == exponent)) for exponent in set(exponents)}
    assert [sum(count == 8 for count in counts.values())] == [7]  # exponent values with 3 bits of mantissa
    assert [sum(count == 4 for count in counts.values())] == [8]
    assert len(counts) == 38  # binades
    assert counts[15] == 1 and all(counts[exponent] == 1 for exponent in range(-22, -15))


def test_codes_survive():
    codes = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(hifloat8.encode(hifloat8.decode(codes)), codes)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_every_float16_goes_to_the_nearest():
    numbers = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    made = hifloat8.encode(numbers)
    rounded = hifloat8.decode(made).astype(np.float64)
    nan = np.isnan(numbers)
    assert np.all(made[nan] == hifloat8.NAN) and not np.isnan(rounded[~nan]).any()
    candidates = np.unique(np.array([value_of(code) for code in range(256) if not math.isnan(value_of(code))]))
    candidates = candidates[np.isfinite(candidates)]
    candidates = np.concatenate([[-1.5 * 2.0**15], candidates, [1.5 * 2.0**15]])  # infinity, where it would be
    given, got = numbers[~nan], rounded[~nan]
    wide = np.clip(given, candidates[0], candidates[-1])
    got = np.where(np.isinf(got), np.copysign(1.5 * 2.0**15, got), got)
    distance = np.abs(wide[:, None] - candidates[None, :])
    nearest = distance.min(axis=1)
    np.testing.assert_array_equal(np.abs(got - wide), nearest)
    # Halfway between two it is the one further from zero.
    tied = (distance == nearest[:, None]).sum(axis=1) == 2
    assert tied.any()
    furthest = np.where(distance == nearest[:, None], np.abs(candidates), -1).max(axis=1)
    np.testing.assert_array_equal(np.abs(got[tied]), furthest[tied])
    np.testing.assert_array_equal(np.signbit(got[got != 0]), np.signbit(given[got != 0]))
