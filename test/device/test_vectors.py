"""Vector functions against numpy."""

import ml_dtypes
import numpy as np
import pytest

from .conftest import Program

PROGRAM = "vectors"
COUNT = 96


@pytest.mark.parametrize("name, kind", [("float", "f4"), ("half", "f2"), ("int32", "i4"), ("int16", "i2")])
def test_arithmetic(program: Program, name: str, kind: str):
    generator = np.random.default_rng(3)
    a, b = (generator.integers(-50, 50, COUNT).astype(kind) for _ in range(2))
    target = np.zeros((8, COUNT), kind)
    program.run(f"all_{name}", a, b, target)
    three = np.dtype(kind).type(3)
    expected = [a + b, a - b, a * b, np.maximum(a, b), np.minimum(a, b), a + three, a * three, np.full_like(a, 3)]
    np.testing.assert_array_equal(target, np.stack(expected))


@pytest.mark.parametrize(
    "name, source, target",
    [
        ("half_to_float", np.float16, np.float32),
        ("float_to_half", np.float32, np.float16),
        ("brain_to_float", ml_dtypes.bfloat16, np.float32),
        ("float_to_brain", np.float32, ml_dtypes.bfloat16),
        ("int32_to_float", np.int32, np.float32),
    ],
)
def test_casts_between_types(program: Program, name: str, source: type, target: type):
    values = (np.random.default_rng(4).standard_normal(64) * 1000).astype(source)
    result = np.zeros(64, target)
    program.run(name, values, result)
    np.testing.assert_array_equal(result, values.astype(target))


@pytest.mark.parametrize("mode, function", [("rint", np.rint), ("floor", np.floor), ("trunc", np.trunc)])
def test_casts_to_integers_round_as_told(program: Program, mode: str, function):
    values = np.linspace(-4, 4, 64, dtype=np.float32)
    result = np.zeros(64, np.int32)
    program.run(f"float_to_int32_{mode}", values, result)
    np.testing.assert_array_equal(result, function(values).astype(np.int32))
