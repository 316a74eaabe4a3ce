"""Case 2a of the operator through its entry points: every cell of its table of types, for 2, 4 and 8 ranks."""

import functools
import itertools

import pytest

from dovetail import driver
from dovetail.dsl import load_kernel
from dovetail.runtime.oracle import Data
from dovetail.runtime.trial import Trial
from dovetail.target.machine import machine

OPERATOR = "all_gather_matmul_v2"
TYPES = {
    "float16": {"output_dtype": "float16", "scale_dtype": "float32"},
    "float16 packed": {"output_dtype": "float16", "scale_dtype": "int64"},
    "bfloat16": {"output_dtype": "bfloat16", "scale_dtype": "float32"},
}
SHAPES = [(1, 256, 1), (33, 257, 101), (16, 1000, 512), (7, 300, 33), (129, 256, 300), (64, 512, 64)]
CELLS = [*itertools.product(TYPES, ("per-channel", "per-token"), (False, True), ("wanted", "null", "empty"), (2, 4, 8))]


@functools.cache
def built(types: str, target: str):
    return driver.operator_form(OPERATOR, target=target, dtype="int8", **TYPES[types]).build()


@pytest.mark.parametrize("number", range(len(CELLS)), ids=lambda number: "-".join(map(str, CELLS[number])))
def test_cell(on, number):
    on(machine("ascend910b").name, check, number, "ascend910b")


@pytest.mark.parametrize("number", range(0, len(CELLS), 17), ids=lambda number: "-".join(map(str, CELLS[number])))
def test_cell_of_atlas_a3(on, number):
    on(machine("ascend910_93").name, check, number, "ascend910_93")


def check(number: int, target: str) -> None:
    types, scales, transposed, gather_out, ranks = CELLS[number]
    sizes = dict(zip("mkn", SHAPES[number % len(SHAPES)]))
    absent = ["x1_scale"] if scales == "per-channel" else []
    absent += ["gather_out"] if gather_out == "null" else []
    empty = ["gather_out"] if gather_out == "empty" else []
    layouts = ["x2"] if transposed else []
    package = built(types, target).package
    signature = package.compile(package.variant(layouts, [*absent, *empty])).signature
    reference = load_kernel("all_gather_matmul").reference
    trial = Trial(signature, reference, sizes, ranks, Data.RANDOM, number)
    arguments = {each.name: given for each, given in zip(signature.inputs, trial.arguments)}
    launched = built(types, target).call(arguments, sizes, transposed=layouts, absent=absent, empty=empty)
    comparisons = trial.compare(launched.outputs)
    assert [each.output for each in comparisons] == ["output", *(["gather_out"] if gather_out == "wanted" else [])]
    for each in comparisons:
        assert each.passed and each.exact and each.largest_error == 0, each.fault
