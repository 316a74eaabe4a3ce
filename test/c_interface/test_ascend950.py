"""The operator on Ascend 950 through its entry points: its types of numbers and scales, and what it refuses.

What is refused is typed from the condensed contract (shared/reference/operator-contract.md, columns of Ascend 950), not
from the contract that the entry points are made from.
"""

import ml_dtypes
import numpy
import pytest
from contract_calls import K, M, N, calls

from dovetail import driver
from dovetail.dsl import load_kernel
from dovetail.runtime.oracle import Data
from dovetail.runtime.trial import Trial
from dovetail.target.machine import machine

OPERATOR, TARGET = "all_gather_matmul_v2", "ascend950"
MACHINE = machine(TARGET).name
E4M3, E5M2, HIF8, E2M1 = "float8_e4m3fn", "float8_e5m2", "hifloat8", "float4_e2m1fn"
PER_TENSOR, MX = ("x1_factor", "x2_factor"), ("x1_exponents", "x2_exponents")
PER_BLOCK = ("x1_blocks", "x2_blocks")
# x1, x2, output, scales, bias, x2 transposed, gatherOut, ranks, (m, k, n)
CELLS = [
    ("float16", "float16", "float16", (), False, False, "wanted", 2, (33, 257, 101)),
    ("float16", "float16", "float16", (), True, True, "empty", 4, (1, 256, 1)),
    ("bfloat16", "bfloat16", "bfloat16", (), True, False, "wanted", 8, (7, 300, 33)),
    (E4M3, E4M3, "float32", PER_TENSOR, True, True, "wanted", 2, (129, 256, 300)),
    (E4M3, E5M2, "float16", PER_TENSOR, False, False, "null", 4, (16, 1000, 512)),
    (E5M2, E4M3, "bfloat16", PER_TENSOR, True, False, "empty", 8, (1, 300, 33)),
    (E5M2, E5M2, "float16", PER_TENSOR, True, True, "wanted", 2, (33, 257, 101)),
    (HIF8, HIF8, "float32", PER_TENSOR, False, True, "wanted", 4, (7, 300, 33)),
    (HIF8, HIF8, "bfloat16", PER_TENSOR, True, False, "null", 2, (64, 512, 64)),
    (E4M3, E4M3, "float16", MX, True, True, "wanted", 2, (33, 257, 101)),
    (E4M3, E5M2, "float32", MX, False, True, "wanted", 4, (129, 289, 300)),
    (E5M2, E4M3, "bfloat16", MX, True, True, "null", 8, (1, 300, 33)),
    (E5M2, E5M2, "float32", MX, True, True, "empty", 2, (16, 1000, 512)),
    (E4M3, E5M2, "bfloat16", MX, False, True, "wanted", 2, (5, 320, 1)),  # one column lies both ways
    (E2M1, E2M1, "float16", MX, False, True, "wanted", 2, (33, 258, 101)),
    (E2M1, E2M1, "float16", MX, True, True, "null", 8, (1, 300, 33)),
    (E2M1, E2M1, "bfloat16", MX, False, True, "empty", 2, (16, 1000, 512)),
    (E2M1, E2M1, "bfloat16", MX, True, True, "wanted", 4, (7, 322, 1)),
    (E2M1, E2M1, "float32", MX, False, True, "wanted", 4, (129, 290, 300)),
    (E2M1, E2M1, "float32", MX, True, True, "wanted", 2, (300, 256, 600)),
    (E4M3, E4M3, "float16", PER_BLOCK, False, False, "wanted", 2, (200, 300, 129)),
    (E4M3, E5M2, "float32", PER_BLOCK, False, True, "null", 4, (129, 289, 300)),
    (E5M2, E4M3, "bfloat16", PER_BLOCK, False, True, "empty", 8, (1, 300, 33)),
    (E5M2, E5M2, "bfloat16", PER_BLOCK, False, True, "wanted", 2, (33, 257, 1)),
    (HIF8, HIF8, "float32", PER_BLOCK, False, False, "wanted", 2, (128, 512, 256)),
]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: "-".join(map(str, cell)))
def test_cell(on, cell):
    on(MACHINE, check, cell)


def check(cell) -> None:
    x1, x2, output, scales, bias, is_transposed, gather_out, ranks, shape = cell
    sizes = dict(zip("mkn", shape))
    absent, empty = (
        [name] if gather_out == word else [] for name, word in (("gather_out", "null"), ("gather_out", "empty"))
    )
    layouts = ["x2"] if is_transposed else []
    package = driver.operator_form(
        OPERATOR, target=TARGET, dtype=x1, x2_dtype=x2, output_dtype=output, scales=scales, bias=bias
    )
    variant = package.variant(layouts, [*absent, *empty])
    signature = package.compile(variant).signature
    trial = Trial(signature, load_kernel("all_gather_matmul").reference, sizes, ranks, Data.RANDOM, CELLS.index(cell))
    arguments = {each.name: given for each, given in zip(signature.inputs, trial.arguments)}
    # One column lies both ways, and which kernel that takes is for the entry points to say.
    built = (package if shape[2] == 1 else package.only(variant)).build()
    launched = built.call(arguments, sizes, transposed=layouts, absent=absent, empty=empty)
    comparisons = trial.compare(launched.outputs)
    assert [each.output for each in comparisons] == ["output", *(["gather_out"] if gather_out == "wanted" else [])]
    for each in comparisons:
        assert each.passed, each.fault


# -- what is refused --

NULL, INVALID = 161001, 161002
CODES = {"type": "FLOAT8_E4M3FN"}
USUAL = {
    "x1": CODES,
    "x2": CODES,
    "gatherOut": CODES,
    "x1Scale": {"shape": [1]},
    "x2Scale": {"shape": [1]},
    "commMode": "ccu",
}
HALVES = {"x1": {}, "x2": {}, "gatherOut": {}, "x1Scale": None, "x2Scale": None}
EXPONENTS = {"type": "FLOAT8_E8M0"}
PAIRS = K // 64
BLOCKS = {"x1Scale": {"shape": [1, 2]}, "x2Scale": {"shape": [2, 1]}, "groupSize": 549764202624}
# m, k and n are multiples of 128, so that groupSize may leave each of them out.
WHOLE = {
    **BLOCKS,
    "x1": {**CODES, "shape": [128, K]},
    "gatherOut": None,
    "output": {"shape": [256, N]},
}
MICROSCALED = {
    "groupSize": 4295032864,
    "x2": {**CODES, "strides": [1, K]},
    "x1Scale": {**EXPONENTS, "shape": [M, PAIRS, 2]},
    "x2Scale": {**EXPONENTS, "shape": [N, PAIRS, 2]},
}
HALVES_OF_BYTES = {"type": "FLOAT4_E2M1"}


def paired(k: int) -> dict:
    """A call of FLOAT4_E2M1 with so many columns of x1."""
    pairs = -(-k // 64)
    return {
        "x1": {**HALVES_OF_BYTES, "shape": [M, k]},
        "x2": {**HALVES_OF_BYTES, "shape": [k, N], "strides": [1, k]},
        "gatherOut": {**HALVES_OF_BYTES, "shape": [2 * M, k]},
        "x1Scale": {**EXPONENTS, "shape": [M, pairs, 2]},
        "x2Scale": {**EXPONENTS, "shape": [N, pairs, 2]},
    }


PAIRED = paired(K)

# Beside what is usual: taken as it is.
RIGHT = {
    "usual": {},
    "ai_cpu": {"commMode": "ai_cpu"},
    "blocks": BLOCKS,
    "blocks, m, k and n left out": {**WHOLE, "groupSize": 0},
    "blocks, k left out": {**WHOLE, "groupSize": 128 << 32 | 128 << 16},
    "blocks, m and n left out": {**WHOLE, "groupSize": 128},
    "blocks, x2 transposed": {
        **BLOCKS,
        "x2": {**CODES, "strides": [1, K]},
        "x2Scale": {"shape": [2, 1], "strides": [1, 2]},
    },
}

BROKEN = {
    "x1": (INVALID, {"x1": {"type": "INT8"}}, {"x1": ["INT8", "FLOAT8_E4M3FN, FLOAT8_E5M2, HIFLOAT8"]}),
    "only E4M3FN and E5M2 mix": (INVALID, {"x2": {"type": "HIFLOAT8"}}, {"x2": ["HIFLOAT8", "FLOAT8_E5M2"]}),
    "HIFLOAT8 does not mix": (
        INVALID,
        {"x1": {"type": "HIFLOAT8"}, "gatherOut": {"type": "HIFLOAT8"}},
        {"x2": ["FLOAT8_E4M3FN", "HIFLOAT8, the type of x1"]},
    ),
    "bias of FP8": (INVALID, {"bias": {}}, {"bias": ["FLOAT16", "FLOAT"]}),
    "bias of FP16": (INVALID, {**HALVES, "bias": {"type": "FLOAT"}}, {"bias": ["FLOAT", "FLOAT16, the type of x1"]}),
    "bias, one for each column": (
        INVALID,
        {"bias": {"type": "FLOAT", "shape": [N + 1]}},
        {"bias": ["[129]", "[n]", "n = 128 of x2"]},
    ),
    "no scales of FP16": (INVALID, {**HALVES, "x1Scale": {"shape": [1]}}, {"x1Scale": ["FLOAT16", "null pointer"]}),
    "scales of FP8": (
        INVALID,
        {"x1Scale": None, "x2Scale": None},
        {"x1Scale": ["null pointer"], "x2Scale": ["null pointer"]},
    ),
    "one scale": (INVALID, {"x1Scale": {"shape": [2]}}, {"x1Scale": ["[2]", "[1]"]}),
    "type of scales": (INVALID, {"x2Scale": {"type": "INT64", "shape": [1]}}, {"x2Scale": ["INT64", "FLOAT"]}),
    "output of FP8": (INVALID, {"output": CODES}, {"output": ["FLOAT8_E4M3FN", "FLOAT16, BFLOAT16, FLOAT"]}),
    "output of FP16": (
        INVALID,
        {**HALVES, "output": {"type": "FLOAT"}},
        {"output": ["FLOAT", "FLOAT16, the type of x1"]},
    ),
    "gatherOut": (INVALID, {"gatherOut": {"type": "FLOAT8_E5M2"}}, {"gatherOut": ["FLOAT8_E5M2", "the type of x1"]}),
    "commMode": (INVALID, {"commMode": "aiv"}, {"commMode": ["aiv", "ccu", "ai_cpu"]}),
    "groupSize": (INVALID, {"groupSize": 1}, {"groupSize": ["1", "0"]}),
    "groupSize of MX, but scales of whole matrices": (
        INVALID,
        {"groupSize": 4295032864},
        {"groupSize": ["4295032864", "0"]},
    ),
    "k too small": (
        INVALID,
        {"x1": {**CODES, "shape": [M, 255]}, "x2": {**CODES, "shape": [255, N]}, "gatherOut": None},
        {"k of x1": ["255", "256 to 65534"]},
    ),
    "MX: x2 is transposed": (INVALID, {**MICROSCALED, "x2": CODES}, {"x2": ["transposed"]}),
    "MX: shape of x1Scale": (
        INVALID,
        {**MICROSCALED, "x1Scale": {**EXPONENTS, "shape": [M, PAIRS + 1, 2]}},
        {"x1Scale": ["[32, 5, 2]", "[m, ceil(k / 64), 2]"]},
    ),
    "MX: shape of x2Scale": (
        INVALID,
        {**MICROSCALED, "x2Scale": {**EXPONENTS, "shape": [M, PAIRS, 2]}},
        {"x2Scale": ["[32, 4, 2]", "[n, ceil(k / 64), 2]"]},
    ),
    "MX: groupSize": (
        INVALID,
        {**MICROSCALED, "groupSize": 549764202624},
        {"groupSize": ["549764202624", "4295032864"]},
    ),
    "MX: groupSize 0 of a ragged k": (
        INVALID,
        {
            **MICROSCALED,
            "x1": {**CODES, "shape": [M, 288]},
            "x2": {**CODES, "shape": [288, N], "strides": [1, 288]},
            "gatherOut": None,
            "x1Scale": {**EXPONENTS, "shape": [M, 5, 2]},
            "x2Scale": {**EXPONENTS, "shape": [N, 5, 2]},
            "groupSize": 0,
        },
        {"groupSize": ["0 along k", "k of x1 is 288", "4295032864"]},
    ),
    "blocks: bias": (INVALID, {**BLOCKS, "bias": {"type": "FLOAT", "shape": [N]}}, {"bias": ["null pointer", "2-D"]}),
    "blocks: shape of x1Scale": (
        INVALID,
        {**BLOCKS, "x1Scale": {"shape": [2, 2]}},
        {"x1Scale": ["[2, 2]", "[ceil(m / 128), ceil(k / 128)]", "m = 32 of x1"]},
    ),
    "blocks: shape of x2Scale": (
        INVALID,
        {**BLOCKS, "x2Scale": {"shape": [1, 2]}},
        {"x2Scale": ["[1, 2]", "[ceil(k / 128), ceil(n / 128)]"]},
    ),
    "blocks: one scale of x2": (INVALID, {**BLOCKS, "x2Scale": {"shape": [1]}}, {"x2Scale": ["[1]", "ceil(k / 128)"]}),
    "blocks: both scales": (INVALID, {**BLOCKS, "x2Scale": None}, {"x2Scale": ["null pointer"]}),
    "blocks: type of x2Scale": (
        INVALID,
        {**BLOCKS, "x2Scale": {**EXPONENTS, "shape": [2, 1]}},
        {"x2Scale": ["FLOAT8_E8M0", "FLOAT"]},
    ),
    "blocks: x2Scale lies as x2": (
        INVALID,
        {
            **BLOCKS,
            "x2": {**CODES, "shape": [K, 256], "strides": [1, K]},
            "output": {"shape": [2 * M, 256]},
            "x2Scale": {"shape": [2, 2]},
        },
        {"x2Scale": ["[2, 1]", "transposed", "as x2"]},
    ),
    "blocks: x2Scale is not transposed alone": (
        INVALID,
        {
            **BLOCKS,
            "x2": {**CODES, "shape": [K, 256]},
            "output": {"shape": [2 * M, 256]},
            "x2Scale": {"shape": [2, 2], "strides": [1, 2]},
        },
        {"x2Scale": ["[1, 2]", "contiguous", "as x2"]},
    ),
    "blocks: x1Scale lies together": (
        INVALID,
        {**WHOLE, "x1Scale": {"shape": [1, 2], "strides": [2, 2], "storage": [1, 4]}},
        {"x1Scale": ["[2, 2]", "contiguous"]},
    ),
    "blocks: groupSize 0 of a ragged m": (
        INVALID,
        {**BLOCKS, "groupSize": 0},
        {"groupSize": ["0 along m", "m of x1 is 32", "549764202624"]},
    ),
    "blocks: groupSize 0 along a ragged n": (
        INVALID,
        {**WHOLE, "x2": {**CODES, "shape": [K, 100]}, "output": {"shape": [256, 100]}, "groupSize": 128},
        {"groupSize": ["0 along n", "n of x2 is 100"]},
    ),
    "blocks: groupSize 0 along a ragged k": (
        INVALID,
        {
            **WHOLE,
            "x1": {**CODES, "shape": [128, 300]},
            "x2": {**CODES, "shape": [300, N]},
            "x1Scale": {"shape": [1, 3]},
            "x2Scale": {"shape": [3, 1]},
            "groupSize": 128 << 32,
        },
        {"groupSize": ["0 along k", "k of x1 is 300"]},
    ),
    "blocks: another groupSize": (
        INVALID,
        {**WHOLE, "groupSize": 128 << 32 | 128 << 16 | 64},
        {"groupSize": ["64 along k", "549764202624", "128 along k"]},
    ),
    "blocks: groupSize of MX": (
        INVALID,
        {**WHOLE, "groupSize": 4295032864},
        {"groupSize": ["4295032864", "549764202624"]},
    ),
    "blocks: more than groupSize has": (INVALID, {**WHOLE, "groupSize": 1 << 48}, {"groupSize": ["549764202624"]}),
    "blocks: FP16 has none": (
        INVALID,
        {**HALVES, "groupSize": 549764202624},
        {"groupSize": ["549764202624", "0"]},
    ),
    "MX: both scales": (
        INVALID,
        {**MICROSCALED, "x2Scale": {"shape": [1]}},
        {"x2Scale": ["FLOAT", "FLOAT8_E8M0"]},
    ),
    "FP4: k is even": (
        INVALID,
        paired(257),
        {"k of x1": ["257", "multiples of 2"]},
    ),
    "FP4: x2 is transposed": (INVALID, {**PAIRED, "x2": HALVES_OF_BYTES}, {"x2": ["transposed"]}),
    "FP4: x2 is of the same type": (
        INVALID,
        {**PAIRED, "x2": {**CODES, "strides": [1, K]}},
        {"x2": ["FLOAT8_E4M3FN", "FLOAT4_E2M1, the type of x1"]},
    ),
    "FP4: gatherOut": (INVALID, {**PAIRED, "gatherOut": CODES}, {"gatherOut": ["FLOAT8_E4M3FN", "the type of x1"]}),
    "FP4: scales": (
        INVALID,
        {**PAIRED, "x1Scale": {"shape": [1]}, "x2Scale": {"shape": [1]}},
        {"x1Scale": ["FLOAT", "FLOAT8_E8M0"]},
    ),
    "FP4: scales are needed": (
        INVALID,
        {**PAIRED, "x1Scale": None, "x2Scale": None},
        {"x1Scale": ["null pointer"], "x2Scale": ["null pointer"]},
    ),
    "FP4: groupSize of blocks": (INVALID, {**PAIRED, "groupSize": 549764202624}, {"groupSize": ["549764202624"]}),
    "FP4: output": (INVALID, {**PAIRED, "output": HALVES_OF_BYTES}, {"output": ["FLOAT4_E2M1"]}),
    "FP4: bias": (INVALID, {**PAIRED, "bias": {}}, {"bias": ["FLOAT16", "FLOAT"]}),
    "FP4: x1 begins with a byte": (
        INVALID,
        {**PAIRED, "x1": {**HALVES_OF_BYTES, "offset": 3, "storage": [M + 1, K]}},
        {"x1": ["element 3", "middle of a byte", "multiples of 2"]},
    ),
    "MX: not HIFLOAT8": (
        INVALID,
        {**MICROSCALED, **{name: {"type": "HIFLOAT8"} for name in ("x1", "gatherOut")}},
        {"x1": ["HIFLOAT8", "FLOAT8_E4M3FN"]},
    ),
}


@pytest.fixture(scope="module")
def answers(package_950):
    wanted = [{**USUAL, **call} for call in (*RIGHT.values(), *(call for _, call, _ in BROKEN.values()))]
    return calls(package_950, wanted, DOVETAIL_SOC=MACHINE)


@pytest.mark.parametrize("number", range(len(RIGHT)), ids=RIGHT)
def test_what_is_right_is_taken(answers, number):
    code, message, workspace = answers[number]
    assert (code, message) == (0, "") and workspace > 0


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_named(answers, rule):
    wanted_code, _, faults = BROKEN[rule]
    code, message, _ = answers[len(RIGHT) + list(BROKEN).index(rule)]
    assert code == wanted_code, message
    lines = message.splitlines()
    for argument, words in faults.items():
        said = [
            line
            for line in lines
            if line.strip().removeprefix("aclnnAllGatherMatmulV2GetWorkspaceSize: ").startswith(argument)
        ]
        assert said and all(word in "\n".join(said) for word in words), message


# -- matrices without rows or columns --


@pytest.mark.parametrize("empty", ["m", "n"])
@pytest.mark.parametrize("kind", ["", "bias", "blocks"])
def test_no_rows_or_no_columns(on, empty, kind):
    """Without rows there is nothing to do. Without columns x1 is gathered all the same."""
    on(MACHINE, check_empty, empty, kind)


def check_empty(empty: str, kind: str) -> None:
    sizes = {"m": 40, "k": 300, "n": 24, empty: 0}
    m, k, n = sizes.values()
    form = {"dtype": E4M3, "scales": PER_BLOCK} if kind == "blocks" else {"dtype": "float16", "bias": kind == "bias"}
    package = driver.operator_form(OPERATOR, target=TARGET, **form)
    of = numpy.dtype(ml_dtypes.float8_e4m3fn if kind == "blocks" else numpy.float16)
    random = numpy.random.default_rng(0)
    x1 = [random.standard_normal((m, k)).astype(of) for _ in range(2)]
    arguments = {"x1": x1, "x2": [numpy.zeros((k, n), of)] * 2}
    if kind == "bias":
        arguments["bias"] = [numpy.zeros((1, n), numpy.float16)] * 2
    if kind == "blocks":
        blocks = [-(-size // 128) for size in (m, k, n)]
        arguments |= {
            name: [numpy.ones(shape, numpy.float32)] * 2 for name, shape in zip(PER_BLOCK, (blocks[:2], blocks[1:]))
        }
    for outputs in package.build().call(arguments, sizes).outputs:
        assert outputs["output"].shape == (2 * m, n)
        numpy.testing.assert_array_equal(
            outputs["gather_out"].view(numpy.uint8), numpy.concatenate(x1).view(numpy.uint8)
        )
