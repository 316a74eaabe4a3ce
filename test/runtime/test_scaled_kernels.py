"""Kernels that multiply integers of 8 or 4 bits and scale the sums: every bit of their outputs.

What is expected is computed here, as the operator's contract states it: s = fl32(x1Scale * x2Scale), or the one factor
that there is; r = fl32(fl32(sum) * s); the output is r, rounded to its type.
"""

import functools

import ml_dtypes
import numpy
import pytest

import dovetail as dt
from dovetail.runtime.kernel import TilingError
from dovetail.runtime.packed_scales import pack

HALF, BRAIN = numpy.float16, ml_dtypes.bfloat16
TYPES = {"float16": HALF, "bfloat16": BRAIN}
LIMITS = {"int8": 128, "int4": 8}
SCALES = {"per-channel": ("x2_scale",), "per-token": ("x1_scale", "x2_scale"), "of rows": ("x1_scale",)}


@functools.cache
def compiled(
    scales="per-token", output="float16", transposed=False, packed=False, pipeline="fused", dtype="int8", **schedule
):
    return dt.compile(
        "all_gather_matmul",
        dtype=dtype,
        dtypes={"output": output} | ({"x2_scale": "int64"} if packed else {}),
        present=SCALES[scales],
        transposed=("x2",) if transposed else (),
        pipeline=pipeline,
        schedule=dt.Schedule(**schedule),
    )


def value_of(packed):
    """The float32 that packed scales stand for."""
    return (packed & 0xFFFFE000).astype(numpy.uint32).view(numpy.float32)


def expected(x1, x2, x1_scale=None, x2_scale=None, output="float16"):
    gathered = numpy.concatenate(x1)
    sums = (gathered.astype(numpy.float64) @ x2.astype(numpy.float64)).astype(numpy.int64)
    assert (abs(sums) < 2**31).all()
    factors = [numpy.concatenate(x1_scale)] if x1_scale else []
    if x2_scale is not None:
        factors.append(value_of(x2_scale) if x2_scale.dtype == numpy.int64 else x2_scale)
    with numpy.errstate(over="ignore"):
        return (sums.astype(numpy.float32) * functools.reduce(numpy.multiply, factors)).astype(TYPES[output])


def drawn(m, k, n, ranks, scales="per-token", packed=False, seed=0, dtype="int8"):
    random = numpy.random.default_rng(seed)
    limit = LIMITS[dtype]
    inputs = {
        "x1": [random.integers(-limit, limit, (m, k), numpy.int8).astype(dtype) for _ in range(ranks)],
        "x2": random.integers(-limit, limit, (k, n), numpy.int8).astype(dtype),
    }
    if "x1_scale" in SCALES[scales]:
        inputs["x1_scale"] = [random.uniform(2e-4, 2e-2, (m, 1)).astype(numpy.float32) for _ in range(ranks)]
    if "x2_scale" in SCALES[scales]:
        drawn_scales = random.uniform(-1e-2, 1e-2, (1, n)).astype(numpy.float32)
        inputs["x2_scale"] = pack(drawn_scales) if packed else drawn_scales
    return inputs


def check(operation, inputs, output="float16", **options):
    ranks = len(inputs["x1"])
    wanted = expected(**inputs, output=output)
    for of_rank in operation.run(*inputs.values(), ranks=ranks, **options):
        given = of_rank["output"]
        assert given.dtype == wanted.dtype and given.shape == wanted.shape
        wrong = numpy.argwhere(given.view(numpy.uint16) != wanted.view(numpy.uint16))
        assert not len(wrong), (len(wrong), wrong[0], given[tuple(wrong[0])], wanted[tuple(wrong[0])])
        if "gather_out" in of_rank:
            assert (of_rank["gather_out"] == numpy.concatenate(inputs["x1"])).all()


SHAPES = [(1, 256, 1, 2), (1, 300, 257, 8), (7, 257, 100, 4), (33, 795, 77, 2), (129, 256, 513, 2), (16, 1000, 256, 4)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("output", TYPES)
@pytest.mark.parametrize("scales", SCALES)
def test_shapes(scales, output, transposed, shape):
    m, k, n, ranks = shape
    check(compiled(scales, output, transposed), drawn(m, k, n, ranks, scales), output, blocks=3)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("scales", ["per-channel", "per-token"])
def test_packed_scales(scales, transposed, shape):
    m, k, n, ranks = shape
    inputs = drawn(m, k, n, ranks, scales, packed=True)
    check(compiled(scales, packed=True, transposed=transposed), inputs, blocks=3)


@pytest.mark.parametrize("scales", ["per-channel", "per-token"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "schedule",
    [
        {"tile": (16, 32, 32), "chunk": 16, "slots": 1, "communication_cores": 1},
        {"tile": (48, 160, 96), "chunk": 80, "slots": 2, "communication_cores": 3},
        {"tile": (64, 64, 64), "chunk": 48, "slots": 1, "order": "rank"},
        {"tile": (16, 512, 128)},
        {"tile": (64, 128, 256), "pipeline": "two-stage"},
    ],
    ids=str,
)
def test_schedules(schedule, packed, scales):
    operation = compiled(scales, packed=packed, **schedule)
    check(operation, drawn(150, 300, 190, 4, scales, packed), blocks=4)


def test_all_blocks_and_a_small_window():
    inputs = drawn(300, 4096, 300, 4)
    check(compiled(), inputs, window_bytes=2 << 20)
    check(compiled(), inputs)


def test_processes():
    check(compiled(), drawn(70, 300, 200, 2), processes=True, blocks=3)
    check(compiled("per-channel", packed=True), drawn(70, 300, 200, 2, "per-channel", packed=True), processes=True)


def test_launches_of_several_kernels_in_one_communicator():
    operations = [compiled(), compiled("per-channel", packed=True), compiled("per-channel", "bfloat16", True)]
    kinds = [("per-token", False, "float16"), ("per-channel", True, "float16"), ("per-channel", False, "bfloat16")]
    with operations[0].communicator(4) as communicator:
        for seed, (m, k, n) in enumerate([(150, 300, 100), (1, 256, 1), (260, 1024, 64), (40, 257, 300)]):
            for operation, (scales, packed, output) in zip(operations, kinds):
                inputs = drawn(m, k, n, 4, scales, packed, seed)
                wanted = expected(**inputs, output=output)
                launched = operation.launch(communicator, *inputs.values(), blocks=5)
                for of_rank in launched.outputs:
                    assert (of_rank["output"].view(numpy.uint16) == wanted.view(numpy.uint16)).all()


def ones(ranks, m, k, n, left, right, x1_scale=None, x2_scale=None):
    """Matrices of which all elements are equal, so that the sums are k * left * right."""
    inputs = {"x1": [numpy.full((m, k), left, numpy.int8)] * ranks, "x2": numpy.full((k, n), right, numpy.int8)}
    if x1_scale is not None:
        inputs["x1_scale"] = [numpy.full((m, 1), x1_scale, numpy.float32)] * ranks
    if x2_scale is not None:
        inputs["x2_scale"] = x2_scale
    return inputs


def test_sums_beyond_what_float32_counts():
    """2^24 and more: int32 sums that float32 cannot hold are rounded once, and not on the way."""
    k = 2049
    random = numpy.random.default_rng(1)
    inputs = ones(2, 5, k, 300, -128, -128, x2_scale=numpy.full((1, 300), 2.0**-12, numpy.float32))
    for x1 in inputs["x1"]:
        x1[:, -1] = 1
    inputs["x2"][-1] = random.integers(-128, 128, 300)
    sums = numpy.concatenate(inputs["x1"]).astype(numpy.int64) @ inputs["x2"].astype(numpy.int64)
    assert sums.min() > 2**24 and (sums.astype(numpy.float32).astype(numpy.int64) != sums).any()
    check(compiled("per-channel", "bfloat16"), inputs, "bfloat16", blocks=2)
    check(compiled("per-channel"), inputs, blocks=2)


@pytest.mark.parametrize("operand", [-128, 127])
def test_the_largest_sums(operand):
    """k is at most 65534, so that no sum leaves int32."""
    inputs = ones(2, 2, 65534, 33, -128, operand, x2_scale=numpy.full((1, 33), 2.0**-15, numpy.float32))
    check(compiled("per-channel", "bfloat16"), inputs, "bfloat16", blocks=2)


def test_low_bits_of_scales_count():
    """What a fixpipe would cut off of a float32 scale changes the output, and is not cut off."""
    bits = 0x3F800000 + numpy.arange(1, 1 << 13, 32, dtype=numpy.uint32)  # from 1 to 1 + 2^-10
    x2_scale = bits.view(numpy.float32).reshape(1, -1)
    inputs = ones(2, 3, 256, x2_scale.size, 7, 8, x2_scale=x2_scale)  # sums of 14336: float16 counts in steps of 8
    cut = {**inputs, "x2_scale": pack(x2_scale, "truncate")}
    assert (expected(**inputs) != expected(**cut)).any()
    check(compiled("per-channel"), inputs, blocks=2)
    check(compiled("per-channel", packed=True), cut, blocks=2)


def test_scales_are_multiplied_with_each_other_first():
    inputs = drawn(300, 300, 300, 2)
    sums = numpy.concatenate(inputs["x1"]).astype(numpy.float32) @ inputs["x2"].astype(numpy.float32)
    other = (sums * numpy.concatenate(inputs["x1_scale"]) * inputs["x2_scale"]).astype(HALF)
    assert (other != expected(**inputs)).any()
    check(compiled(), inputs, blocks=2)


@pytest.mark.parametrize("packed", [False, True])
def test_scales_of_all_sizes(packed):
    """Subnormal outputs, zeros of both signs, products that are too large for the output's type."""
    exponents = numpy.arange(-60, 40)
    scales = numpy.concatenate([2.0**exponents, -(2.0**exponents), [0.0, -0.0, 1.5e-40]]).astype(numpy.float32)
    inputs = drawn(9, 256, scales.size, 2, "per-channel")
    inputs["x2_scale"] = pack(scales.reshape(1, -1)) if packed else scales.reshape(1, -1)
    check(compiled("per-channel", packed=packed), inputs, blocks=2)
    if not packed:
        check(compiled("per-channel", "bfloat16"), inputs, "bfloat16", blocks=2)


def test_integers_that_are_not_scaled():
    operation = dt.compile("all_gather_matmul", dtype="int8", dtypes={"output": "int32"})
    inputs = drawn(33, 300, 77, 2, "per-channel")
    wanted = numpy.concatenate(inputs["x1"]).astype(numpy.int32) @ inputs["x2"].astype(numpy.int32)
    for of_rank in operation.run(inputs["x1"], inputs["x2"], ranks=2, blocks=3):
        assert (of_rank["output"] == wanted).all()


# -- two elements to a byte --

PAIRED_SHAPES = [(1, 256, 2, 2), (33, 322, 102, 4), (129, 258, 514, 2), (7, 794, 34, 8)]


@pytest.mark.parametrize("shape", PAIRED_SHAPES, ids=str)
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_int4(packed, transposed, shape):
    m, k, n, ranks = shape
    for scales in ("per-channel", "per-token"):
        inputs = drawn(m, k, n, ranks, scales, packed, dtype="int4")
        check(compiled(scales, packed=packed, transposed=transposed, dtype="int4"), inputs, blocks=3)


@pytest.mark.parametrize(
    "schedule",
    [
        {"tile": (16, 64, 64), "chunk": 16, "slots": 1, "communication_cores": 1},
        {"tile": (48, 192, 320), "chunk": 80, "slots": 2, "communication_cores": 3, "pipeline": "two-stage"},
        {"tile": (64, 128, 64), "chunk": 48, "slots": 1, "order": "rank"},
    ],
    ids=str,
)
def test_schedules_of_int4(schedule):
    check(compiled(dtype="int4", **schedule), drawn(150, 302, 190, 4, dtype="int4"), blocks=4)


def test_int4_in_processes_and_with_a_small_window():
    check(compiled(dtype="int4"), drawn(70, 300, 200, 2, dtype="int4"), processes=True, blocks=3)
    check(compiled(dtype="int4"), drawn(300, 8192, 300, 4, dtype="int4"), window_bytes=2 << 20)


@pytest.mark.parametrize("operand", [-8, 7])
def test_the_largest_sums_of_int4(operand):
    k = 65534
    inputs = {
        "x1": [numpy.full((2, k), -8, numpy.int8).astype("int4")] * 2,
        "x2": numpy.full((k, 34), operand, numpy.int8).astype("int4"),
        "x2_scale": numpy.full((1, 34), 2.0**-9, numpy.float32),
    }
    check(compiled("per-channel", "bfloat16", dtype="int4"), inputs, "bfloat16", blocks=2)


@pytest.mark.parametrize("transposed", [False, True])
def test_rows_of_x2_too_far_apart_for_one_instruction(transposed):
    """n, or k of a transposed one, beyond the 131070 numbers that an instruction steps over."""
    k, n = (131074, 2) if transposed else (256, 131074)
    inputs = drawn(2, k, n, 2, "per-channel", dtype="int4")
    check(compiled("per-channel", transposed=transposed, dtype="int4", tile=(16, 64, 64)), inputs, blocks=2)


@pytest.mark.parametrize("sizes, fault", [((16, 257, 64), "k = 257 is odd"), ((16, 256, 33), "n = 33 is odd")])
def test_odd_sizes_of_int4_are_refused(sizes, fault):
    m, k, n = sizes
    x1, x2 = numpy.zeros((m, k), numpy.int8).astype("int4"), numpy.zeros((k, n), numpy.int8).astype("int4")
    with pytest.raises(ValueError, match=fault):
        compiled("per-channel", dtype="int4").run([x1] * 2, x2, numpy.ones((1, n), numpy.float32), ranks=2)


@pytest.mark.parametrize("size", ["k", "n"])
def test_the_tiling_function_refuses_odd_sizes(size):
    sizes = {"m": 16, "k": 256, "n": 64, size: 257}
    with pytest.raises(TilingError, match=f"{size} is even where two elements share a byte, not 257"):
        compiled("per-channel", dtype="int4").load().tiling(sizes, 2, 20, 200 << 20)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("scales", ["per-channel", "per-token"])
def test_checked_execution_of_int4(scales, transposed):
    for seed in range(3):
        inputs = drawn(35, 322, 130, 2, scales, seed=seed, dtype="int4")
        check(compiled(scales, transposed=transposed, dtype="int4"), inputs, blocks=2, mode="checked", seed=seed)
