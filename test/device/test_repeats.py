"""Vector functions in repeats, against numpy."""

import ml_dtypes
import numpy as np
import pytest

from .conftest import Program

PROGRAM = "repeats"
ROWS, COLUMNS = 24, 96


@pytest.mark.parametrize("name, dtype", [("half", np.float16), ("brain", ml_dtypes.bfloat16)])
def test_rows_and_columns_are_scaled(program: Program, name: str, dtype: type):
    generator = np.random.default_rng(8)
    sums = generator.integers(-(2**30), 2**30, (ROWS, COLUMNS)).astype(np.int32)  # beyond what a float holds
    row, column = (generator.uniform(1e-3, 2e-3, size).astype(np.float32) for size in (COLUMNS, ROWS))
    scaled, rounded = np.zeros((ROWS, COLUMNS), np.float32), np.zeros((ROWS, COLUMNS), dtype)
    program.run(f"scale_{name}", sums, row, column, scaled, rounded)
    expected = sums.astype(np.float32) * (row * column[:, None])
    np.testing.assert_array_equal(scaled, expected)
    np.testing.assert_array_equal(rounded, expected.astype(dtype))


def test_blocks_may_lie_apart(program: Program):
    source, target = np.arange(128, dtype=np.float32), np.full(128, -1, np.float32)
    program.run("spread", source, target)
    expected = np.full(128, -1, np.float32)
    for repeat in range(2):
        for lane in range(20):
            place = repeat * 48 + lane // 8 * 16 + lane % 8
            expected[place] = 2 * source[place]
    np.testing.assert_array_equal(target, expected)
