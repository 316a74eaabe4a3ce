"""Cube instructions: ND to NZ, both ways into L0B, Mmad and Fixpipe, against numpy."""

import ml_dtypes
import numpy as np
import pytest

from .conftest import Program

PROGRAM = "matmul"
TYPES = {"half": np.dtype(np.float16), "brain": np.dtype(ml_dtypes.bfloat16), "float": np.dtype(np.float32)}
SHAPES = [
    (16, 16, 16),
    (1, 1, 1),
    (1, 100, 77),
    (7, 9, 5),
    (33, 70, 100),
    (128, 256, 64),
    (100, 255, 61),
    (17, 31, 257),
]


def multiply(program: Program, name: str, a: np.ndarray, b: np.ndarray, transposed: bool, splits: int) -> np.ndarray:
    """a @ b on one AIC; b as [k, n], or [n, k] if `transposed`."""
    (m, k), n = a.shape, b.shape[1]
    output = np.full((m, n), 77, TYPES[name])
    x2 = np.ascontiguousarray(b.T) if transposed else b
    tiling = np.array([m, n, k, transposed, splits], np.int32)
    program.run(f"matmul_{name}", np.ascontiguousarray(a), x2, output, tiling)
    return output


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_small_integers_are_exact(program: Program, name: str, transposed: bool, shape: tuple[int, int, int]):
    if name == "float" and not transposed:
        pytest.skip("LoadData transposes 16-bit numbers only")
    m, n, k = shape
    generator = np.random.default_rng(m * n + k)
    a = generator.integers(-3, 4, (m, k)).astype(TYPES[name])
    b = generator.integers(-3, 4, (k, n)).astype(TYPES[name])
    expected = (a.astype(np.float32) @ b.astype(np.float32)).astype(TYPES[name])
    for splits in (1, 3):
        np.testing.assert_array_equal(multiply(program, name, a, b, transposed, splits), expected)


@pytest.mark.parametrize("name", ["half", "brain"])
def test_random_numbers_are_accumulated_in_float_and_rounded_once(program: Program, name: str):
    m, n, k = 64, 96, 256
    generator = np.random.default_rng(1)
    a = generator.standard_normal((m, k)).astype(TYPES[name])
    b = generator.standard_normal((k, n)).astype(TYPES[name])
    exact = a.astype(np.float64) @ b.astype(np.float64)
    magnitude = np.abs(a.astype(np.float64)) @ np.abs(b.astype(np.float64))
    output = multiply(program, name, a, b, False, 2)
    nearest = exact.astype(TYPES[name])
    unit = np.abs(np.nextafter(nearest, TYPES[name].type(np.inf)).astype(np.float64) - nearest.astype(np.float64))
    assert np.all(np.abs(output.astype(np.float64) - exact) <= unit + k * 2.0**-24 * magnitude)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", ["half", "brain"])
def test_every_number_passes_through_unchanged(program: Program, name: str):
    """All 65536 bit patterns times one: subnormals, infinities and NaNs included."""
    patterns = np.arange(65536, dtype=np.uint16)
    for start in range(0, 65536, 128 * 256):
        a = patterns[start : start + 128 * 256].reshape(-1, 1).view(TYPES[name])
        for part in range(0, len(a), 128):
            column = np.ascontiguousarray(a[part : part + 128])
            output = multiply(program, name, column, np.ones((1, 16), TYPES[name]), True, 1)
            expected = column.astype(np.float32) * np.ones((1, 16), np.float32)
            np.testing.assert_array_equal(output.astype(np.float32), expected)
            nan = np.isnan(expected)
            if not nan.all():
                signs = np.signbit(output.astype(np.float32)) == np.signbit(expected)
                # C starts as +0, so -0 comes out as +0, as on the device.
                assert np.all(signs | nan | (expected == 0))


@pytest.mark.parametrize("name", ["half", "brain"])
@pytest.mark.parametrize("transposed", [False, True])
def test_what_lies_beyond_k_does_not_count(program: Program, name: str, transposed: bool):
    """L1 and L0 hold NaN from a launch before; k is not a multiple of 16."""
    poison = np.full((128, 256), np.nan, TYPES[name])
    multiply(program, name, poison, poison.T[:, :128], transposed, 4)
    a = np.ones((20, 21), TYPES[name])
    b = np.ones((21, 37), TYPES[name])
    output = multiply(program, name, a, b, transposed, 1)
    np.testing.assert_array_equal(output.astype(np.float32), np.full((20, 37), 21, np.float32))


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("name", ["half", "brain"])
def test_fixpipe_rounds_to_nearest_even(program: Program, name: str):
    """Sums that fall between two numbers of the output, and beyond the largest."""
    one = np.ones((1, 1), np.float32)
    step = 2.0**-11 if name == "half" else 2.0**-8
    largest = float(np.finfo(np.float16).max if name == "half" else ml_dtypes.finfo(ml_dtypes.bfloat16).max)
    rows = [(1.0, step), (1.0 + 2 * step, step), (1.0, 1.5 * step), (largest, largest), (-largest, -largest)]
    a = np.array(rows, np.float32).astype(TYPES[name])
    b = np.ones((2, 16), TYPES[name])
    output = multiply(program, name, a, b, True, 1)
    expected = (a.astype(np.float32) @ b.astype(np.float32)).astype(TYPES[name]) * one.astype(TYPES[name])
    np.testing.assert_array_equal(output, expected)
    assert np.isinf(output[3:].astype(np.float32)).all()


def test_twice_gives_the_same_bits(program: Program):
    generator = np.random.default_rng(2)
    a = generator.standard_normal((100, 300)).astype(np.float16)
    b = generator.standard_normal((300, 90)).astype(np.float16)
    first = multiply(program, "half", a, b, False, 3)
    second = multiply(program, "half", a, b, False, 3)
    np.testing.assert_array_equal(first.view(np.uint16), second.view(np.uint16))
