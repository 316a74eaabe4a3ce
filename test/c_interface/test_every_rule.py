"""Every rule of the contract is broken alone by calls that are made from it, and answered as the specification says.

The calls come from `generated.py`, what is predicted of them from `reading.py`: both read the contract. What must be
answered comes from the tables here, which are typed from the specification (S and the line in shared/spec) and, where
it says nothing, from the condensed contract (C and the section in shared/reference/operator-contract.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from caller import SOURCE, Answered, ask, options
from generated import bases, breaking_calls, single_edits
from reading import INVALID, NULL, OF_EVERY_TENSOR, RUNTIME, Reader, rules

from dovetail import driver
from dovetail.target.machine import machine
from dovetail.target.operators import operator

OPERATOR = operator("all_gather_matmul_v2")

# For each rule where it stands, the code, and what the message says is allowed.
ANY = {
    "handle": ("C codes", INVALID, "aclCreateTensor"),
    "format": ("S76", INVALID, "ACL_FORMAT_ND"),
    "layout": ("C who accepts what", INVALID, "contiguous"),
    "storage": ("C who accepts what", INVALID, "its storage"),
    "whole bytes": ("C who accepts what", INVALID, "multiples of 2"),
    "data": ("S75", INVALID, "device memory"),
    "host memory": ("S75", INVALID, "not device memory"),
    "memory of a device": ("S75", INVALID, "not of device"),
    "room": ("S75", INVALID, "bytes"),
    "apart": ("C codes", INVALID, "allowed are tensors that do not"),
    "required": ("S108", NULL, "must be given"),
}
ANY_PRODUCT = {
    "x1: shape": ("S127", INVALID, "[m, k]"),
    "x2: shape": ("S128", INVALID, "[k, n]"),
    "quantScale: absent": ("S85", INVALID, "null pointer"),
    "blockSize: value": ("S86", INVALID, "is 0"),
    "group: communicator": ("S87", INVALID, "HcclGetCommName"),
    "gatherIndex: value": ("S88", INVALID, "is 0"),
    "commTurn: value": ("S89", INVALID, "is 0"),
    "streamMode: value": ("S90", INVALID, "is 1"),
    "output: shape": ("S130", INVALID, "[ranks * m, n]"),
    "gatherOut: same type": ("S98", INVALID, "the type of x1"),
    "gatherOut: shape": ("C mathematics", INVALID, "[ranks * m, k]"),
    "amaxOut: absent": ("S99", INVALID, "null pointer or a tensor without elements"),
    "k: least": ("S128", INVALID, "256 to 65534"),
    "k: below": ("S128", INVALID, "256 to 65534"),
    "x1Scale: absent (floating)": ("S82", INVALID, "null pointer"),
    "x2Scale: absent (floating)": ("S84", INVALID, "null pointer"),
    "output: same type (floating)": ("S96", INVALID, "the type of x1"),
}
ATLAS = {
    "x1: type": ("S76", INVALID, "FLOAT16, BFLOAT16, INT8"),
    "x2: type": ("S78", INVALID, "FLOAT16, BFLOAT16, INT8"),
    "x2: same type": ("S132", INVALID, "the type of x1"),
    "bias: absent": ("S80", INVALID, "null pointer"),
    "group: ranks": ("S133", INVALID, "2, 4, 8"),
    "group: window": ("C who accepts what", INVALID, "200 MB"),
    "groupSize: value": ("S92", INVALID, "is 0"),
    "commMode: value": ("S94", INVALID, 'is "aiv"'),
    "output: type": ("S96", INVALID, "FLOAT16, BFLOAT16"),
    "gatherOut: type": ("S98", INVALID, "FLOAT16, BFLOAT16, INT8"),
    "m: least": ("S131", INVALID, "1 or more"),
    "n: least": ("S131", INVALID, "1 or more"),
    "x1Scale: type (quantised)": ("S82", INVALID, "is FLOAT"),
    "x1Scale: shape (quantised)": ("S82", INVALID, "[m, 1]"),
    "x2Scale: needed (quantised)": ("C mathematics", INVALID, "must be given"),
    "x2Scale: type (quantised)": ("S84", INVALID, "FLOAT, INT64"),
    "x2Scale: shape (quantised)": ("S84", INVALID, "[1, n]"),
    "output: type (packed)": ("S84", INVALID, "is FLOAT16"),
    "k: multiple (paired)": ("C who accepts what", INVALID, "multiples of 2"),
    "n: multiple (paired)": ("C who accepts what", INVALID, "multiples of 2"),
}
E4M3_E5M2 = "FLOAT8_E4M3FN, FLOAT8_E5M2"
ASCEND_950 = {
    "x1: type": ("C who accepts what", INVALID, f"FLOAT16, BFLOAT16, {E4M3_E5M2}, HIFLOAT8, FLOAT4_E2M1"),
    "x2: type": ("C who accepts what", INVALID, f"FLOAT16, BFLOAT16, {E4M3_E5M2}, HIFLOAT8, FLOAT4_E2M1"),
    "x2: same type (floating)": ("C who accepts what", INVALID, "the type of x1"),
    "x2: type (mixed)": ("C who accepts what", INVALID, E4M3_E5M2),
    "x2: same type (tapered)": ("C who accepts what", INVALID, "the type of x1"),
    "bias: type": ("C who accepts what", INVALID, "FLOAT16, BFLOAT16, FLOAT"),
    "bias: shape": ("S129", INVALID, "[n]"),
    "bias: same type (floating)": ("C who accepts what", INVALID, "the type of x1"),
    "bias: type (scaled)": ("C mathematics", INVALID, "is FLOAT"),
    "x1Scale: type": ("C mathematics", INVALID, "FLOAT, FLOAT8_E8M0"),
    "x2Scale: type": ("C mathematics", INVALID, "FLOAT, FLOAT8_E8M0"),
    "x1Scale: needed (scaled)": ("C mathematics", INVALID, "must be given"),
    "x2Scale: needed (scaled)": ("C mathematics", INVALID, "must be given"),
    "x1Scale: shape (perTensor)": ("C mathematics", INVALID, "[1]"),
    "x2Scale: type (perTensor)": ("C mathematics", INVALID, "is FLOAT"),
    "x2Scale: shape (perTensor)": ("C mathematics", INVALID, "[1]"),
    "bias: absent (perBlock)": ("C who accepts what", INVALID, "null pointer"),
    "x1Scale: shape (perBlock)": ("C mathematics", INVALID, "[ceil(m / 128), ceil(k / 128)]"),
    "x2Scale: type (perBlock)": ("C mathematics", INVALID, "is FLOAT"),
    "x2Scale: shape (perBlock)": ("C mathematics", INVALID, "[ceil(k / 128), ceil(n / 128)]"),
    "x2Scale: layout (perBlock)": ("C who accepts what", INVALID, "as x2"),
    "groupSize: value (perBlock)": ("C mathematics", INVALID, "549764202624"),
    "groupSize: multiple (perBlock)": ("C mathematics", INVALID, "a multiple of 128, otherwise 549764202624"),
    "groupSize: value (microscaled)": ("C mathematics", INVALID, "4295032864"),
    "groupSize: multiple (microscaled)": ("C mathematics", INVALID, "a multiple of 64, otherwise 4295032864"),
    "groupSize: value (floating)": ("C mathematics", INVALID, "is 0"),
    "groupSize: value (perTensor)": ("C mathematics", INVALID, "is 0"),
    "x1: type (microscaled)": ("C mathematics", INVALID, f"{E4M3_E5M2}, FLOAT4_E2M1"),
    "x2: same type (paired)": ("C who accepts what", INVALID, "the type of x1"),
    "x1Scale: type (paired)": ("C mathematics", INVALID, "is FLOAT8_E8M0"),
    "k: multiple (paired)": ("C who accepts what", INVALID, "multiples of 2"),
    "x2: layout (microscaled)": ("C mathematics", INVALID, "is transposed"),
    "x1Scale: shape (microscaled)": ("C mathematics", INVALID, "[m, ceil(k / 64), 2]"),
    "x2Scale: type (microscaled)": ("C mathematics", INVALID, "is FLOAT8_E8M0"),
    "x2Scale: shape (microscaled)": ("C mathematics", INVALID, "[n, ceil(k / 64), 2]"),
    "group: ranks": ("C who accepts what", INVALID, "2, 4, 8, 16, 32, 64"),
    "commMode: value": ("C who accepts what", INVALID, '"ccu", "ai_cpu"'),
    "output: type": ("C who accepts what", INVALID, "FLOAT16, BFLOAT16, FLOAT"),
    "gatherOut: type": ("C who accepts what", INVALID, f"FLOAT16, BFLOAT16, {E4M3_E5M2}, HIFLOAT8, FLOAT4_E2M1"),
}
TABLES = {"Atlas A2 and A3": ATLAS, "Ascend 950": ASCEND_950}
PRODUCTS = {product.name: product for product in OPERATOR.products}
REQUIRED = ("x1", "x2", "group", "commMode", "output", "workspaceSize", "executor")  # S108 and C codes


def of(rule: str, product: str):
    """The row of a rule."""
    return (TABLES[product] | ANY_PRODUCT).get(rule) or ANY.get(rule.partition(": ")[2])


@dataclass(frozen=True)
class Asked:
    """All single edits of right calls, what is predicted of them, and what was answered."""

    reader: Reader
    calls: Sequence
    predicted: Sequence
    answered: Sequence[Answered]


@pytest.fixture(scope="module")
def program(package, tmp_path_factory) -> Path:
    """The same for all products, whose entry points are called alike."""
    return package.compile(SOURCE, tmp_path_factory.mktemp("calls") / "calls", *options(OPERATOR))


@pytest.fixture(scope="module", params=PRODUCTS)
def asked(request, program) -> Asked:
    product = PRODUCTS[request.param]
    family = product.families[0]
    package = request.getfixturevalue("package_950" if product.name == "Ascend 950" else "package")
    reader = Reader(OPERATOR, product, package.made.variants)
    wanted = list(single_edits(OPERATOR, product))
    environment: Mapping[str, str] = {**package.environment, "DOVETAIL_SOC": machine(family).name}
    answered = ask(program, OPERATOR, wanted, environment)
    return Asked(reader, wanted, [reader.read(call) for call in wanted], answered)


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_rules_are_those_of_the_specification(name):
    made = list(rules(OPERATOR, PRODUCTS[name]))
    assert len(set(made)) == len(made)
    assert [rule for rule in made if of(rule, name) is None] == [], "a rule that the tables here do not have"
    assert {*TABLES[name], *ANY_PRODUCT} - {*made} == set(), "a rule that the contract has lost"
    tensors = ["x1", "x2", "x1Scale", "x2Scale", "output", "gatherOut"]
    assert {f"{each}: {words}" for each in tensors for words in OF_EVERY_TENSOR} <= {*made}
    assert {f"{each}: apart" for each in ("output", "gatherOut")} <= {*made}
    assert {rule for rule in made if rule.endswith(": required")} == {f"{each}: required" for each in REQUIRED}


def test_every_rule_has_a_call_that_breaks_it_alone(asked):
    broken = breaking_calls(asked.reader)
    assert [rule for rule in rules(OPERATOR, asked.reader.product) if rule not in broken] == []


def test_a_rule_that_no_call_breaks_would_be_seen(monkeypatch):
    import generated

    product = OPERATOR.products[0]
    reader = Reader(OPERATOR, product, driver.operator_package(OPERATOR.id, dtypes=["float16"]).variants)
    made = [call for call in single_edits(OPERATOR, product) if call.values["streamMode"] == 1]
    monkeypatch.setattr(generated, "single_edits", lambda operator, product: made)
    broken = breaking_calls(reader)
    assert [rule for rule in rules(OPERATOR, product) if rule not in broken] == ["streamMode: value"]


def test_bases_break_nothing(asked):
    for call in bases(OPERATOR, asked.reader.product):
        assert {each.rule for each in asked.reader.read(call).breaches} <= {"kernel"}


def test_each_call_is_answered_as_predicted(asked):
    assert len(asked.calls) > 2500
    for call, predicted, answered in zip(asked.calls, asked.predicted, asked.answered):
        said = (answered.code, answered.labels if predicted.breaches else [], answered.fault)
        assert said == (predicted.code, [each.label for each in predicted.breaches], ""), (call, answered.message)


def test_each_broken_rule_is_answered_as_the_specification_says(asked):
    seen = set()
    for predicted, answered in zip(asked.predicted, asked.answered):
        broken = [each for each in predicted.breaches if each.label != "kernel"]
        if len(broken) != 1:
            continue
        (breach,) = broken
        _, code, allowed = of(breach.rule, asked.reader.product.name)
        assert answered.code == code, answered.message
        lines = answered.message.partition(": ")[2].split("\n  ")
        (line,) = [line for line in lines if line.startswith(breach.label)]
        assert breach.given in line and allowed in line, f"{breach}: {line}"
        seen.add(breach.rule)
    assert seen == {*rules(OPERATOR, asked.reader.product)}


def test_a_thread_without_a_device_is_told_so(asked):
    of_threads = [
        (predicted, answered)
        for call, predicted, answered in zip(asked.calls, asked.predicted, asked.answered)
        if call.device == "none"
    ]
    assert of_threads
    for predicted, answered in of_threads:
        if not predicted.breaches:
            assert answered.code == RUNTIME and "context" in answered.message, answered.message
