"""Kernels for Ascend 950: FP16 and BF16 with a bias, 8-bit types with scales of whole matrices, and MX formats.

What is expected is computed here in float64. An element may be off by one unit in the last place of the output's type
and by k * 2^-24 * sum|a||b|; the root of the mean square error may be 1.1 times that of the same in float32, rounded
once.
"""

import functools

import ml_dtypes
import numpy
import pytest

import dovetail as dt
from dovetail.runtime import hifloat8

HALF, BRAIN, FLOAT = numpy.dtype(numpy.float16), numpy.dtype(ml_dtypes.bfloat16), numpy.dtype(numpy.float32)
TYPES = {
    "float16": HALF,
    "bfloat16": BRAIN,
    "float32": FLOAT,
    "float8_e4m3fn": numpy.dtype(ml_dtypes.float8_e4m3fn),
    "float8_e5m2": numpy.dtype(ml_dtypes.float8_e5m2),
    "float4_e2m1fn": numpy.dtype(ml_dtypes.float4_e2m1fn),
}
EXPONENTS = numpy.dtype(ml_dtypes.float8_e8m0fnu)
PAIRS = [
    ("float8_e4m3fn", "float8_e4m3fn"),
    ("float8_e4m3fn", "float8_e5m2"),
    ("float8_e5m2", "float8_e4m3fn"),
    ("float8_e5m2", "float8_e5m2"),
    ("hifloat8", "hifloat8"),
]
HALF_BYTES = "float4_e2m1fn"
SHAPES = [(1, 256, 1, 2), (1, 300, 257, 8), (7, 257, 100, 4), (33, 795, 77, 2), (129, 256, 513, 2), (16, 1000, 256, 4)]


@functools.cache
def compiled(x1="float16", x2="", output="", bias=False, scaled=False, transposed=False, **options):
    of_bias = {"bias": "float32" if scaled else x1} if bias else {}
    return dt.compile(
        "all_gather_matmul",
        target="ascend950",
        dtype=x1,
        dtypes={"x2": x2 or x1, "output": output or x1, **of_bias},
        present=["x1_factor", "x2_factor"] * scaled + ["bias"] * bias,
        transposed=("x2",) if transposed else (),
        **options,
    )


def narrowed(values, dtype):
    return hifloat8.encode(values) if dtype == "hifloat8" else values.astype(TYPES[dtype])


def widened(matrix, dtype):
    return (hifloat8.decode(matrix) if dtype == "hifloat8" else matrix).astype(numpy.float64)


def unit(values, dtype):
    info = ml_dtypes.finfo(TYPES[dtype])
    exponents = numpy.floor(numpy.log2(numpy.maximum(numpy.abs(values), float(info.smallest_normal))))
    return 2.0 ** (exponents - info.nmant)


def check(operation, shape, x1="float16", x2="", output="", bias=False, scaled=False, seed=0):
    m, k, n, ranks = shape
    x2, output = x2 or x1, output or x1
    random = numpy.random.default_rng(seed)
    given = {
        "x1": [narrowed(random.standard_normal((m, k)), x1) for _ in range(ranks)],
        "x2": narrowed(random.standard_normal((k, n)), x2),
    }
    if scaled:
        # All 24 bits of these mantissas count.
        given["x1_factor"] = numpy.array([[0.0123456789]], FLOAT)
        given["x2_factor"] = numpy.array([[3.9999995]], FLOAT)
    if bias:
        given["bias"] = narrowed(random.standard_normal((1, n)) * 8, "float32" if scaled else x1)
    gathered = numpy.concatenate(given["x1"])
    left, right = widened(gathered, x1), widened(given["x2"], x2)
    added = given["bias"].astype(numpy.float64) if bias else numpy.zeros((1, n))
    factor = float(given["x1_factor"][0, 0]) * float(given["x2_factor"][0, 0]) if scaled else 1.0
    exact = factor * (left @ right + added)
    magnitude = abs(factor) * (abs(left) @ abs(right) + abs(added))
    single = (left.astype(FLOAT) @ right.astype(FLOAT) + added.astype(FLOAT)) * FLOAT.type(factor)
    reference = single.astype(TYPES[output]).astype(numpy.float64)
    for of_rank in operation.run(*given.values(), ranks=ranks):
        result = of_rank["output"]
        assert result.dtype == TYPES[output] and result.shape == exact.shape
        error = abs(result.astype(numpy.float64) - exact)
        assert (error <= unit(exact, output) + (k + bias) * 2.0**-24 * magnitude).all()
        squares, of_reference = ((numbers**2).sum() for numbers in (error, reference - exact))
        assert exact.size < 100 or squares <= 1.1**2 * of_reference
        if "gather_out" in of_rank:
            numpy.testing.assert_array_equal(of_rank["gather_out"].view(numpy.uint8), gathered.view(numpy.uint8))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("bias", [False, True], ids=["", "bias"])
def test_floating(shape, dtype, bias):
    check(compiled(dtype, bias=bias), shape, dtype, bias=bias)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("pair", PAIRS, ids=" x ".join)
def test_scales_of_whole_matrices(shape, pair):
    number = SHAPES.index(shape) + PAIRS.index(pair)  # spreads outputs, bias and layouts over shapes and types
    output, bias, transposed = ("float16", "bfloat16", "float32")[number % 3], number % 2 == 0, number % 4 < 2
    operation = compiled(*pair, output, bias, scaled=True, transposed=transposed)
    check(operation, shape, *pair, output, bias, scaled=True)


@functools.cache
def microscaled(x1, x2, output, bias):
    return dt.compile(
        "all_gather_matmul",
        target="ascend950",
        dtype=x1,
        dtypes={"x2": x2, "output": output} | ({"bias": "float32"} if bias else {}),
        present=["x1_exponents", "x2_exponents"] + ["bias"] * bias,
        transposed=("x2",),
    )


@pytest.mark.parametrize("shape", [*SHAPES, (65, 320, 17, 4), (300, 289, 600, 2)], ids=str)
@pytest.mark.parametrize("pair", [*PAIRS[:4], (HALF_BYTES, HALF_BYTES)], ids=" x ".join)
def test_scales_along_the_contraction(shape, pair):
    """With k in all positions within a pair of 32: zeros complete it, though L1 holds what was there before."""
    number = shape[0] + len(pair[0]) + len(pair[1])
    check_microscaled(shape, pair, ("float16", "bfloat16", "float32")[number % 3], number % 2 == 0, number)


def check_microscaled(shape, pair, output, bias, number, **options):
    m, k, n, ranks = shape
    k += k % 2 if pair[0] == HALF_BYTES else 0
    random = numpy.random.default_rng(number)
    x1 = [narrowed(random.standard_normal((m, k)), pair[0]) for _ in range(ranks)]
    x2 = narrowed(random.standard_normal((k, n)), pair[1])
    columns = -(-k // 64) * 2
    exponents = [(2.0 ** random.integers(-9, 5, (rows, columns))).astype(EXPONENTS) for rows in [m] * ranks + [n]]
    *x1_exponents, x2_exponents = exponents
    given = [x1, x2, x1_exponents, x2_exponents]
    added = random.standard_normal((1, n)).astype(FLOAT) if bias else numpy.zeros((1, n), FLOAT)

    def scaled(matrix, scales):
        return matrix.astype(numpy.float64) * numpy.repeat(scales.astype(numpy.float64), 32, axis=1)[:, :k]

    left = scaled(numpy.concatenate(x1), numpy.concatenate(x1_exponents))
    right = scaled(x2.T, x2_exponents).T
    exact = left @ right + added
    magnitude = abs(left) @ abs(right) + abs(added)
    # Sums start from the bias, as those of the cube core do.
    single = numpy.hstack([numpy.ones_like(left[:, :1]), left]).astype(FLOAT) @ numpy.vstack([added, right]).astype(
        FLOAT
    )
    reference = single.astype(TYPES[output]).astype(numpy.float64)
    for of_rank in microscaled(*pair, output, bias).run(*given, *[added] * bias, ranks=ranks, **options):
        error = abs(of_rank["output"].astype(numpy.float64) - exact)
        assert (error <= unit(exact, output) + (k + bias) * 2.0**-24 * magnitude).all()
        squares, of_reference = ((numbers**2).sum() for numbers in (error, reference - exact))
        assert exact.size < 100 or squares <= 1.1**2 * of_reference
        numpy.testing.assert_array_equal(
            of_rank["gather_out"].view(numpy.uint8), numpy.concatenate(x1).view(numpy.uint8)
        )


@pytest.mark.parametrize("output", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("bias", [False, True], ids=["", "bias"])
def test_half_bytes(output, bias):
    for seed, shape in enumerate([(1, 256, 1, 2), (130, 322, 101, 4)]):
        check_microscaled(shape, (HALF_BYTES, HALF_BYTES), output, bias, seed)


def test_checked_execution_of_half_bytes():
    for seed in range(3):
        pair = (HALF_BYTES, HALF_BYTES)
        check_microscaled((35, 322, 70, 2), pair, "float32", True, 2, blocks=2, mode="checked", seed=seed)


def test_half_bytes_have_scales():
    with pytest.raises(Exception, match="multiply f4E2M1FN only with scales along the contraction"):
        dt.compile("all_gather_matmul", target="ascend950", dtype=HALF_BYTES, dtypes={"output": "float16"})


def test_half_bytes_of_odd_depth_are_refused():
    operation = microscaled(HALF_BYTES, HALF_BYTES, "float32", False)
    x1, x2 = numpy.zeros((4, 257), TYPES[HALF_BYTES]), numpy.zeros((257, 5), TYPES[HALF_BYTES])
    with pytest.raises(ValueError, match="k = 257 is odd; allowed is an even number, because of x1"):
        operation.run([x1] * 2, x2, [numpy.ones((4, 10), EXPONENTS)] * 2, numpy.ones((5, 10), EXPONENTS), ranks=2)


@pytest.mark.parametrize("output", ["float16", "bfloat16", "float32"])
def test_all_outputs_without_scales(output):
    check(
        compiled("float8_e5m2", output=output, absent=("gather_out",)), (33, 795, 77, 2), "float8_e5m2", output=output
    )


@pytest.mark.parametrize("dtype", ["float16", "float8_e4m3fn"])
def test_two_stages(dtype):
    scaled = dtype != "float16"
    operation = compiled(dtype, output="float16", bias=True, scaled=scaled, pipeline="two-stage")
    check(operation, (33, 300, 77, 2), dtype, output="float16", bias=True, scaled=scaled)


def test_a_bias_is_added_where_the_sum_is_exact():
    """Small integers: every bit of the output."""
    operation = compiled("float8_e4m3fn", output="float32", bias=True, scaled=True)
    random = numpy.random.default_rng(3)
    x1 = [random.integers(-3, 4, (20, 300)).astype(TYPES["float8_e4m3fn"]) for _ in range(2)]
    x2 = random.integers(-3, 4, (300, 40)).astype(TYPES["float8_e4m3fn"])
    bias = random.integers(-99, 100, (1, 40)).astype(FLOAT)
    factors = [numpy.array([[value]], FLOAT) for value in (0.1, 0.3)]
    sums = numpy.concatenate(x1).astype(FLOAT) @ x2.astype(FLOAT) + bias
    for of_rank in operation.run(x1, x2, *factors, bias, ranks=2):
        numpy.testing.assert_array_equal(of_rank["output"], sums * (factors[0] * factors[1]))


def test_on_machines_without_this_bias_vector_cores_add_it():
    """What an Mmad starts from is placed by the machine: on A2 the same kernel has an epilogue."""
    made = dt.compile("all_gather_matmul", dtype="float16", dtypes={"bias": "float32"}, present=["bias"])
    assert "Add(" in made.source and "biasTable" not in made.source
    assert "biasTable" in compiled("float16", bias=True).source and "Add(" not in compiled("float16", bias=True).source
