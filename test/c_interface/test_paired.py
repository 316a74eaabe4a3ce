"""Rules for tensors of INT4, of which two elements share a byte: k and n are even, and no view begins within a byte.

Typed from the condensed contract (shared/reference/operator-contract.md, columns of Atlas A2 and A3), not from the
contract that the entry points are made from.
"""

import pytest
from contract_calls import K, M, N, calls

INVALID = 161002
PAIRED = {"type": "INT4"}
USUAL = {"x1": PAIRED, "x2": PAIRED, "gatherOut": PAIRED, "x2Scale": {}}

BROKEN = {
    "k is even": (
        {
            "x1": {**PAIRED, "shape": [M, 257]},
            "x2": {**PAIRED, "shape": [257, N]},
            "gatherOut": {**PAIRED, "shape": [2 * M, 257]},
        },
        {"k of x1": ["257", "multiples of 2"]},
    ),
    "n is even": (
        {"x2": {**PAIRED, "shape": [K, 127]}, "x2Scale": {"shape": [127]}, "output": {"shape": [2 * M, 127]}},
        {"n of x2": ["127", "multiples of 2"]},
    ),
    "both are even": (
        {
            "x1": {**PAIRED, "shape": [M, 301]},
            "x2": {**PAIRED, "shape": [301, 1]},
            "x2Scale": {"shape": [1]},
            "output": {"shape": [2 * M, 1]},
            "gatherOut": {**PAIRED, "shape": [2 * M, 301]},
        },
        {"k of x1": ["301", "multiples of 2"], "n of x2": ["1", "multiples of 2"]},
    ),
    "x1 begins with a byte": (
        {"x1": {**PAIRED, "offset": 1, "storage": [M + 1, K]}},
        {"x1": ["element 1", "middle of a byte", "multiples of 2"]},
    ),
    "x2 is of the same type": ({"x2": {"type": "INT8"}}, {"x2": ["INT8", "INT4, the type of x1"]}),
    "gatherOut is of the same type": ({"gatherOut": {"type": "INT8"}}, {"gatherOut": ["INT8", "INT4, the type of x1"]}),
    "storage is too small": ({"x1": {**PAIRED, "storage": [M * K - 2]}}, {"x1": ["0 to 8191", "0 to 8189"]}),
    "memory is too small": (
        {"x1": {**PAIRED, "bytes": M * K // 2 - 512}},
        {"x1": ["has 3584 bytes", "4096 are wanted"]},
    ),
    "scales of x2": ({"x2Scale": None}, {"x2Scale": ["null pointer", "INT4"]}),
    "packed scales": (
        {"x2Scale": {"type": "INT64"}, "output": {"type": "BFLOAT16"}},
        {"output": ["BFLOAT16", "is FLOAT16"]},
    ),
}


@pytest.fixture(scope="module")
def answers(package_int4):
    good = [USUAL, {**USUAL, "x1": {**PAIRED, "offset": 2, "storage": [M + 1, K]}}]
    wanted = [*good, *({**USUAL, **call} for call, _ in BROKEN.values())]
    return calls(package_int4, wanted)


def test_what_is_right_is_taken(answers):
    for code, message, workspace in answers[:2]:
        assert (code, message) == (0, "") and workspace > 0


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_rule_is_named(answers, rule):
    _, faults = BROKEN[rule]
    code, message, _ = answers[2 + list(BROKEN).index(rule)]
    assert code == INVALID, message
    lines = [line.removeprefix("aclnnAllGatherMatmulV2GetWorkspaceSize: ").strip() for line in message.splitlines()]
    lines = [line for line in lines if not line.endswith("rules are broken")]
    assert len(lines) == len(faults), message
    for line, (argument, words) in zip(lines, faults.items()):
        assert line.startswith(argument) and all(word in line for word in words), message
