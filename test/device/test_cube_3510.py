"""Cube instructions of architecture 3510, against numpy: A in columns of fractals, 8-bit types, bias."""

import ml_dtypes
import numpy as np
import pytest

from dovetail.runtime import device, hifloat8

from .conftest import Program

PROGRAM = "cube_3510"
MACHINE = device.DeviceMemories(
    cores=32, l1=512 << 10, l0a=64 << 10, l0b=64 << 10, l0c=256 << 10, ub=248 << 10, bt=4 << 10, fb=4 << 10
)
E4M3, E5M2 = np.dtype(ml_dtypes.float8_e4m3fn), np.dtype(ml_dtypes.float8_e5m2)
HALF, BRAIN = np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16)
HIFLOAT8 = "hifloat8"
KERNELS = {
    "half_": (HALF, HALF),
    "e4m3": (E4M3, E4M3),
    "e5m2": (E5M2, E5M2),
    "e4m3_e5m2": (E4M3, E5M2),
    "e5m2_e4m3": (E5M2, E4M3),
    "hifloat8": (HIFLOAT8, HIFLOAT8),
}
SHAPES = [
    (16, 16, 32),
    (1, 1, 1),
    (1, 100, 77),
    (7, 9, 5),
    (33, 70, 100),
    (128, 112, 256),
    (100, 255, 61),
    (17, 31, 257),
]


def narrowed(values: np.ndarray, dtype) -> np.ndarray:
    return hifloat8.encode(values) if dtype == HIFLOAT8 else values.astype(dtype)


def widened(codes: np.ndarray, dtype) -> np.ndarray:
    return hifloat8.decode(codes) if dtype == HIFLOAT8 else codes.astype(np.float32)


def multiply(program: Program, kernel: str, a, b, *, transposed=False, splits=1, bias=None, dtype=np.float32):
    (m, k), n = a.shape, b.shape[1]
    output = np.full((m, n), 77, dtype)
    x2 = np.ascontiguousarray(b.T) if transposed else np.ascontiguousarray(b)
    row = np.zeros(1, np.float32) if bias is None else bias
    tiling = np.array([m, n, k, transposed, splits], np.int32)
    program.run(kernel, np.ascontiguousarray(a), x2, row, output, tiling, machine=MACHINE)
    return output


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_small_integers_are_exact(program: Program, kernel: str, transposed: bool, shape: tuple[int, int, int]):
    m, n, k = shape
    left, right = KERNELS[kernel]
    generator = np.random.default_rng(m * n + k)
    a = narrowed(generator.integers(-3, 4, (m, k)).astype(np.float32), left)
    b = narrowed(generator.integers(-3, 4, (k, n)).astype(np.float32), right)
    expected = widened(a, left) @ widened(b, right)
    for splits in (1, 3):
        np.testing.assert_array_equal(multiply(program, kernel, a, b, transposed=transposed, splits=splits), expected)


@pytest.mark.parametrize("kernel", ["e4m3", "e5m2", "hifloat8"])
@pytest.mark.parametrize("transposed", [False, True])
def test_every_code_has_its_value(program: Program, kernel: str, transposed: bool):
    """All 256 codes times one, from either side. Only k = 1, so that a NaN stays alone."""
    dtype, _ = KERNELS[kernel]
    codes = np.arange(256, dtype=np.uint8).reshape(2, 128)
    one = narrowed(np.ones((1, 1), np.float32), dtype)
    for row in codes:
        given = row if dtype == HIFLOAT8 else row.view(dtype)
        expected = widened(given, dtype)
        from_left = multiply(program, kernel, given.reshape(-1, 1), one, transposed=transposed)
        np.testing.assert_array_equal(from_left[:, 0], expected)
        from_right = multiply(program, kernel, one, given.reshape(1, -1), transposed=transposed)
        np.testing.assert_array_equal(from_right[0], expected)
        signed = ~np.isnan(expected) & (expected != 0)  # C starts as +0, so that -0 comes out as +0
        np.testing.assert_array_equal(np.signbit(from_left[signed, 0]), np.signbit(expected[signed]))


@pytest.mark.parametrize("kernel", ["half_", "e4m3", "e5m2", "hifloat8"])
@pytest.mark.parametrize("transposed", [False, True])
def test_what_lies_beyond_k_does_not_count(program: Program, kernel: str, transposed: bool):
    """L1 and L0 hold NaN from a launch before; k is not a multiple of a fractal."""
    dtype, _ = KERNELS[kernel]
    poison = narrowed(np.full((128, 256), np.nan, np.float32), dtype)
    multiply(program, kernel, poison, np.ascontiguousarray(poison.T[:, :128]), transposed=transposed, splits=4)
    a, b = (narrowed(np.ones(shape, np.float32), dtype) for shape in ((20, 21), (21, 37)))
    output = multiply(program, kernel, a, b, transposed=transposed)
    np.testing.assert_array_equal(output, np.full((20, 37), 21, np.float32))


@pytest.mark.parametrize(
    "kernel, dtype", [("half_with_bias", HALF), ("brain_with_bias", BRAIN), ("e4m3_with_bias", E4M3)]
)
@pytest.mark.parametrize("shape", [(1, 1, 1), (33, 70, 100), (16, 250, 64)], ids=str)
def test_a_bias_is_where_the_sums_start(program: Program, kernel: str, dtype, shape):
    m, n, k = shape
    generator = np.random.default_rng(n)
    a = generator.integers(-3, 4, (m, k)).astype(dtype)
    b = generator.integers(-3, 4, (k, n)).astype(dtype)
    of_bias = np.dtype(np.float32) if dtype == E4M3 else dtype
    bias = generator.integers(-64, 65, n).astype(of_bias)
    expected = (a.astype(np.float32) @ b.astype(np.float32) + bias.astype(np.float32)).astype(of_bias)
    for splits in (1, 2):
        output = multiply(program, kernel, a, b, splits=splits, bias=bias, dtype=of_bias)
        np.testing.assert_array_equal(output, expected)


@pytest.mark.parametrize("kernel, dtype", [("scaled_e4m3", E4M3), ("scaled_e5m2_e4m3", E5M2)])
@pytest.mark.parametrize("shape", [(16, 16, 64), (1, 1, 1), (33, 70, 100), (128, 200, 256), (17, 31, 257)], ids=str)
def test_scales_along_k(program: Program, kernel: str, dtype, shape):
    """Small integers times powers of two, of another one for each row, column and 32 of k."""
    m, n, k = shape
    generator = np.random.default_rng(k)
    a = generator.integers(-3, 4, (m, k)).astype(dtype)
    b = generator.integers(-3, 4, (n, k)).astype(E4M3)
    columns = -(-k // 64) * 2
    scales = [2.0 ** generator.integers(-3, 4, (rows, columns)) for rows in (m, n)]
    left, right = (matrix.astype(np.float64) * np.repeat(of, 32, axis=1)[:, :k] for matrix, of in zip((a, b), scales))
    codes = [of.astype(ml_dtypes.float8_e8m0fnu) for of in scales]
    for splits in (1, 3):
        output = np.full((m, n), 77, np.float32)
        program.run(kernel, a, b, *codes, output, np.array([m, n, k, 1, splits], np.int32), machine=MACHINE)
        np.testing.assert_array_equal(output, left @ right.T)


FP4 = np.dtype(ml_dtypes.float4_e2m1fn)


def paired(numbers: np.ndarray) -> np.ndarray:
    """Two numbers to a byte, the first one in its lower half."""
    codes = np.ascontiguousarray(numbers).reshape(-1).view(np.uint8)
    return codes[::2] & 15 | codes[1::2] << 4


def multiply_paired(program: Program, a, b, scales, splits=1, **options) -> np.ndarray:
    """a @ b.T, both as codes of 4 bits, times scales of each 32 along k."""
    (m, k), n = a.shape, b.shape[0]
    output = np.full((m, n), 77, np.float32)
    tiling = np.array([m, n, k, 1, splits], np.int32)
    codes = [of.astype(ml_dtypes.float8_e8m0fnu) for of in scales]
    program.run("scaled_e2m1", paired(a), paired(b), *codes, output, tiling, machine=MACHINE, **options)
    return output


@pytest.mark.parametrize("shape", [(16, 16, 64), (1, 1, 2), (33, 70, 100), (128, 200, 256), (17, 31, 322)], ids=str)
def test_half_bytes_with_scales_along_k(program: Program, shape):
    m, n, k = shape
    generator = np.random.default_rng(k)
    a, b = (generator.integers(0, 16, (rows, k), np.uint8).view(FP4) for rows in (m, n))
    scales = [2.0 ** generator.integers(-3, 4, (rows, -(-k // 64) * 2)) for rows in (m, n)]
    left, right = (matrix.astype(np.float64) * np.repeat(of, 32, axis=1)[:, :k] for matrix, of in zip((a, b), scales))
    for splits in (1, 3):
        np.testing.assert_array_equal(multiply_paired(program, a, b, scales, splits), left @ right.T)


def test_every_code_of_half_a_byte_has_its_value(program: Program):
    """From either side and in either half of a byte: what 4 bits mean is written out here."""
    magnitudes = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    expected = np.array([*magnitudes, *(-each for each in magnitudes)], np.float32)
    codes = np.zeros((16, 64), np.uint8)
    ones = [np.ones((16, 2))] * 2
    for place in (0, 1, 63):
        given, one = codes.copy(), codes.copy()
        given[:, place], one[:, place] = np.arange(16), 2
        from_left = multiply_paired(program, given.view(FP4), one.view(FP4), ones)
        from_right = multiply_paired(program, one.view(FP4), given.view(FP4), ones)
        np.testing.assert_array_equal(from_left, np.repeat(expected[:, None], 16, axis=1))
        np.testing.assert_array_equal(from_right, from_left.T)


def test_checked_execution_of_half_bytes(program: Program):
    generator = np.random.default_rng(4)
    a, b = (generator.integers(0, 16, (rows, 130), np.uint8).view(FP4) for rows in (33, 18))
    scales = [np.ones((rows, 6)) for rows in (33, 18)]
    got = multiply_paired(program, a, b, scales, splits=2, check=device.Check())
    np.testing.assert_array_equal(got, a.astype(np.float32) @ b.astype(np.float32).T)


@pytest.mark.parametrize(
    "transposed, fault",
    [(0, "numbers of 4 bits are multiplied with scales alone"), (1, "ifTranspose of this type is not implemented")],
)
def test_what_half_bytes_are_not_for(program: Program, transposed: int, fault: str):
    with pytest.raises(device.DeviceError, match=fault):
        tiling = np.array([16, 16, 64, transposed, 1], np.int32)
        program.run("half_bytes_without_scales", np.zeros(8, np.uint8), tiling, machine=MACHINE)


def test_all_scales(program: Program):
    """Each of the 256 codes, by which one is multiplied; the last one is NaN."""
    codes = np.arange(256, dtype=np.uint8)
    a = np.zeros((128, 64), E4M3)
    a[:, 0] = 1
    b = np.zeros((16, 64), E4M3)
    b[:, 0] = 1
    one = np.full((16, 2), 127, np.uint8)
    for part in codes.reshape(2, 128):
        scales = np.ascontiguousarray(np.stack([part, np.full(128, 127, np.uint8)], axis=1))
        output = np.full((128, 16), 77, np.float32)
        program.run("scaled_e4m3", a, b, scales, one, output, np.array([128, 16, 64, 1, 1], np.int32), machine=MACHINE)
        np.testing.assert_array_equal(output[:, 0], part.view(ml_dtypes.float8_e8m0fnu).astype(np.float32))


@pytest.mark.parametrize("instruction_set", ["portable", "avx2"])
def test_lesser_instruction_sets_give_the_same_values(instruction_set: str, monkeypatch: pytest.MonkeyPatch, tmp_path):
    """In a process of its own, since the choice is made once."""
    import subprocess
    import sys

    monkeypatch.setenv("DOVETAIL_INSTRUCTION_SET", instruction_set)
    arguments = ["-m", "pytest", "-q", "-x", __file__, "-k", "every_code_has_its_value or 33"]
    subprocess.run([sys.executable, *arguments], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
