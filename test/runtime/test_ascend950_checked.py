"""Kernels for Ascend 950 under checked execution: asynchronous, every access checked, in several orders."""

import functools

import ml_dtypes
import numpy
import pytest

import dovetail as dt

E4M3, E5M2, E8M0 = (ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, ml_dtypes.float8_e8m0fnu)
CELLS = {
    "bias": {"dtype": "float16", "present": ("bias",)},
    "scales of whole matrices": {
        "dtype": "float8_e5m2",
        "dtypes": {"x2": "float8_e4m3fn", "output": "bfloat16", "bias": "float32"},
        "present": ("x1_factor", "x2_factor", "bias"),
    },
    "scales along the contraction": {
        "dtype": "float8_e4m3fn",
        "dtypes": {"output": "float32", "bias": "float32"},
        "present": ("x1_exponents", "x2_exponents", "bias"),
        "transposed": ("x2",),
    },
    "scales of blocks": {
        "dtype": "float8_e4m3fn",
        "dtypes": {"output": "float32"},
        "present": ("x1_blocks", "x2_blocks"),
        "transposed": ("x2", "x2_blocks"),
    },
    "scales of blocks, rounded": {
        "dtype": "float8_e4m3fn",
        "dtypes": {"output": "bfloat16"},
        "present": ("x1_blocks", "x2_blocks"),
    },
}


@functools.cache
def compiled(cell, **schedule):
    return dt.compile("all_gather_matmul", target="ascend950", schedule=dt.Schedule(**schedule), **CELLS[cell])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("schedule", [{}, {"tile": (16, 32, 64), "chunk": 16, "slots": 2}], ids=["usual", "small"])
def test_checked(cell, schedule, seed):
    """Small integers, so that every bit is known. The small schedule goes round every ring and window several times."""
    m, k, n, ranks = (260, 290, 150, 2) if "blocks" in cell else (70, 290, 77, 2)
    random = numpy.random.default_rng(seed)

    def integers(*shape):
        return random.integers(-2, 3, shape)

    left, right, bias = [integers(m, k) for _ in range(ranks)], integers(k, n), integers(1, n)
    left_type = E5M2 if "matrices" in cell else E4M3
    types = {"bias": (numpy.float16,) * 3}.get(cell, (left_type, E4M3, numpy.float32))
    arguments = [[each.astype(types[0]) for each in left], right.astype(types[1])]
    if cell == "scales of whole matrices":
        arguments += [numpy.array([[value]], numpy.float32) for value in (2, 0.5)]
    if cell == "scales along the contraction":
        arguments += [[numpy.ones((m, 10), E8M0)] * ranks, numpy.ones((n, 10), E8M0)]
    if "blocks" in cell:
        arguments += [[numpy.ones((3, 3), numpy.float32)] * ranks, numpy.full((3, 2), 2, numpy.float32)]
        bias, right = 0, 2 * right
    else:
        arguments.append(bias.astype(types[2]))
    operation = compiled(cell, **schedule)
    for of_rank in operation.run(*arguments, ranks=ranks, blocks=3, mode="checked", seed=seed):
        wanted = (numpy.concatenate(left) @ right + bias).astype(of_rank["output"].dtype)
        numpy.testing.assert_array_equal(of_rank["output"], wanted)
