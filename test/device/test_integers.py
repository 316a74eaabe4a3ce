"""Products of integers of 8 and of 4 bits, exact, and the scales of a Fixpipe, against numpy."""

import numpy as np
import pytest

from dovetail.runtime.device import Check, DeviceError

from .conftest import KERNELS, Program

PROGRAM = "integers"
KERNEL = KERNELS / "integers.cpp"
SHAPES = [
    (16, 16, 32),
    (2, 1, 1),
    (1, 100, 77),
    (7, 9, 5),
    (33, 70, 100),
    (128, 256, 256),
    (100, 255, 61),
    (17, 31, 257),
]


def multiply(
    program: Program,
    entry: str,
    a: np.ndarray,
    b: np.ndarray,
    transposed=False,
    splits=1,
    scales=None,
    further=0,
    **options,
):
    """a @ b on one AIC; b as [k, n], or [n, k] if `transposed`."""
    (m, k), n = a.shape, b.shape[1]
    output = np.full((m, n), 77, np.int32 if entry.endswith("plain") else np.float16)
    x2 = np.ascontiguousarray(b.T) if transposed else b
    if entry.startswith("half_bytes"):
        a, x2 = paired(a), paired(x2)
    tiling = np.array([m, n, k, transposed, splits, m == 1, further], np.int32)
    scales = np.zeros(n + 4, np.uint64) if scales is None else scales
    program.run(entry, np.ascontiguousarray(a), x2, scales, output, tiling, **options)
    return output


def paired(numbers: np.ndarray) -> np.ndarray:
    """Two numbers to a byte, the first one in its lower half."""
    codes = np.ascontiguousarray(numbers).reshape(-1).view(np.uint8)
    return codes[::2] & 15 | codes[1::2] << 4


def draw(generator: np.random.Generator, *shape: int) -> np.ndarray:
    return generator.integers(-128, 128, shape, np.int8)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_products_are_exact(program: Program, transposed: bool, shape: tuple[int, int, int]):
    m, n, k = shape
    generator = np.random.default_rng(m * n + k)
    a, b = draw(generator, m, k), draw(generator, k, n)
    expected = a.astype(np.int32) @ b.astype(np.int32)
    for splits in (1, 3):
        if m == 1 and splits > 1:
            continue
        got = multiply(program, "integers_plain", a, b, transposed, splits)
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("values", [(-128, -128), (127, -128), (-128, 127), (127, 127)])
@pytest.mark.parametrize("transposed", [False, True])
def test_extremes_do_not_saturate(program: Program, values: tuple[int, int], transposed: bool):
    a, b = np.full((32, 512), values[0], np.int8), np.full((512, 64), values[1], np.int8)
    expected = a.astype(np.int32) @ b.astype(np.int32)
    assert abs(int(expected[0, 0])) > 1 << 22
    np.testing.assert_array_equal(multiply(program, "integers_plain", a, b, transposed), expected)


@pytest.mark.parametrize("transposed", [False, True])
def test_what_lies_beyond_k_does_not_count(program: Program, transposed: bool):
    """L1 and L0 hold numbers from a launch before; k is not a multiple of 32."""
    generator = np.random.default_rng(5)
    multiply(program, "integers_plain", draw(generator, 128, 512), draw(generator, 512, 128), transposed)
    a, b = np.ones((20, 21), np.int8), np.ones((21, 37), np.int8)
    np.testing.assert_array_equal(multiply(program, "integers_plain", a, b, transposed), np.full((20, 37), 21))


def scaled(sums: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """What a Fixpipe makes of sums: a scale keeps 10 bits of its mantissa, and there is one rounding to half."""
    kept = (scales.view(np.uint32) & np.uint32(0xFFFFE000)).view(np.float32)
    return (sums.astype(np.float32) * kept).astype(np.float16)


def test_scales_of_columns_keep_ten_bits_of_mantissa(program: Program):
    generator = np.random.default_rng(6)
    a, b = draw(generator, 48, 300), draw(generator, 300, 77)
    scales = generator.uniform(1e-4, 2e-4, 77).astype(np.float32)
    packed = np.zeros(80, np.uint64)
    packed[:77] = scales.view(np.uint32).astype(np.uint64) | np.uint64(1 << 46)
    got = multiply(program, "integers_scaled_by_column", a, b, scales=packed)
    sums = a.astype(np.int32) @ b.astype(np.int32)
    np.testing.assert_array_equal(got, scaled(sums, scales))
    assert (got != (sums.astype(np.float32) * scales).astype(np.float16)).any()  # the other bits would matter


def test_one_scale_for_all(program: Program):
    generator = np.random.default_rng(7)
    a, b = draw(generator, 20, 64), draw(generator, 64, 33)
    scale = np.full(1, 0.000123456, np.float32)
    got = multiply(program, "integers_scaled", a, b, scales=scale.view(np.uint32).astype(np.uint64))
    np.testing.assert_array_equal(got, scaled(a.astype(np.int32) @ b.astype(np.int32), scale))


# -- two numbers to a byte --

PAIRED_SHAPES = [(16, 64, 64), (2, 2, 2), (33, 70, 100), (128, 256, 256), (100, 254, 62), (17, 130, 322), (65, 64, 34)]


def draw_small(generator: np.random.Generator, *shape: int) -> np.ndarray:
    return generator.integers(-8, 8, shape, np.int8)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("shape", PAIRED_SHAPES, ids=str)
def test_products_of_half_bytes_are_exact(program: Program, transposed: bool, shape: tuple[int, int, int]):
    m, n, k = shape
    generator = np.random.default_rng(m * n + k)
    a, b = draw_small(generator, m, k), draw_small(generator, k, n)
    for splits in (1, 3):
        got = multiply(program, "half_bytes_plain", a, b, transposed, splits)
        np.testing.assert_array_equal(got, a.astype(np.int32) @ b.astype(np.int32))


@pytest.mark.parametrize("values", [(-8, -8), (7, -8), (-8, 7), (7, 7), (-1, 1)])
@pytest.mark.parametrize("transposed", [False, True])
def test_extremes_of_half_bytes(program: Program, values: tuple[int, int], transposed: bool):
    a, b = np.full((32, 512), values[0], np.int8), np.full((512, 64), values[1], np.int8)
    got = multiply(program, "half_bytes_plain", a, b, transposed)
    np.testing.assert_array_equal(got, np.full((32, 64), 512 * values[0] * values[1]))


@pytest.mark.parametrize("transposed", [False, True])
def test_half_bytes_beyond_k_do_not_count(program: Program, transposed: bool):
    """L1 and L0 hold numbers from a launch before; k fills neither a fractal of 64 nor one of 32."""
    generator = np.random.default_rng(5)
    multiply(program, "half_bytes_plain", draw_small(generator, 128, 512), draw_small(generator, 512, 128), transposed)
    for k in (22, 32, 34):
        a, b = np.ones((20, k), np.int8), np.ones((k, 38), np.int8)
        np.testing.assert_array_equal(multiply(program, "half_bytes_plain", a, b, transposed), np.full((20, 38), k))


@pytest.mark.parametrize(
    "kernel, draws, less", [("integers_plain", draw, (1, 31)), ("half_bytes_plain", draw_small, (10, 32, 54))]
)
@pytest.mark.parametrize("transposed", [False, True])
def test_what_is_loaded_beyond_k_does_not_count(program: Program, kernel: str, draws, less, transposed: bool):
    """In the last fractal."""
    generator = np.random.default_rng(3)
    a, b = draws(generator, 32, 192), draws(generator, 192, 64)
    for fewer in less:
        got = multiply(program, kernel, a, b, transposed, further=-fewer)
        np.testing.assert_array_equal(got, a[:, :-fewer].astype(np.int32) @ b[:-fewer].astype(np.int32))


def test_sums_of_half_bytes_are_scaled(program: Program):
    generator = np.random.default_rng(8)
    a, b = draw_small(generator, 48, 300), draw_small(generator, 300, 78)
    scales = generator.uniform(1e-2, 2e-2, 78).astype(np.float32)
    packed = np.zeros(80, np.uint64)
    packed[:78] = scales.view(np.uint32)
    got = multiply(program, "half_bytes_scaled_by_column", a, b, scales=packed)
    np.testing.assert_array_equal(got, scaled(a.astype(np.int32) @ b.astype(np.int32), scales))


def test_odd_depth_is_refused(program: Program):
    with pytest.raises(DeviceError, match=r"Mmad: k is 63; of elements of 4 bits it is even"):
        multiply(program, "half_bytes_plain", np.ones((16, 63), np.int8), np.ones((63, 64), np.int8))


def test_a_row_alone_is_refused(program: Program):
    with pytest.raises(DeviceError, match=r"one row of numbers of 4 bits as a vector is not implemented"):
        multiply(program, "half_bytes_plain", np.ones((1, 64), np.int8), np.ones((64, 64), np.int8))


def test_a_tensor_does_not_begin_within_a_byte(program: Program):
    line = (
        KERNEL.read_text().splitlines().index(next(each for each in KERNEL.read_text().splitlines() if "[3]" in each))
    )
    with pytest.raises(DeviceError, match=rf"integers.cpp:{line + 1}.*element 3 lies in the middle of a byte"):
        program.run("half_bytes_from_within_a_byte", np.zeros(64, np.uint8))


@pytest.mark.parametrize("transposed", [False, True])
def test_checked_execution_of_half_bytes(program: Program, transposed: bool):
    generator = np.random.default_rng(9)
    a, b = draw_small(generator, 48, 134), draw_small(generator, 134, 64)
    got = multiply(program, "half_bytes_plain", a, b, transposed, splits=2, check=Check())
    np.testing.assert_array_equal(got, a.astype(np.int32) @ b.astype(np.int32))


@pytest.mark.parametrize("further", [1, 2])
def test_a_byte_is_undefined_where_one_of_its_numbers_is(program: Program, further: int):
    """Transposed, the last row of x2 shares its bytes with one that nobody has loaded."""
    rows = 134 - further
    a, b = np.ones((48, rows), np.int8), np.ones((rows, 64), np.int8)
    with pytest.raises(DeviceError, match=r"uninitialised: .* M reads bytes .* of L0B"):
        multiply(program, "half_bytes_plain", a, b, further=further, check=Check())
