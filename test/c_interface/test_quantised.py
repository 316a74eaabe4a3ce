"""Case 2a of the operator through its entry points: every cell of its table of types, for 2, 4 and 8 ranks."""

import functools
import itertools
from dataclasses import replace

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
# Of INT4, whose kernels differ from those of INT8 in the cube core alone: all types, scales and layouts, a tile each.
PAIRED_SHAPES = [(1, 256, 2), (33, 258, 102), (16, 1000, 512), (7, 322, 34), (129, 256, 300), (65, 512, 64)]
PAIRED_CELLS = [
    (*cell, ("wanted", "null", "empty")[number % 3], (2, 4, 8)[number // 4 % 3])
    for number, cell in enumerate(itertools.product(TYPES, ("per-channel", "per-token"), (False, True)))
]


@functools.cache
def built(types: str, target: str):
    return driver.operator_form(OPERATOR, target=target, dtype="int8", **TYPES[types]).build()


@pytest.mark.parametrize("number", range(len(CELLS)), ids=lambda number: "-".join(map(str, CELLS[number])))
def test_cell(on, number):
    on(machine("ascend910b").name, check, number, "ascend910b")


@pytest.mark.parametrize("number", range(0, len(CELLS), 17), ids=lambda number: "-".join(map(str, CELLS[number])))
def test_cell_of_atlas_a3(on, number):
    on(machine("ascend910_93").name, check, number, "ascend910_93")


@pytest.mark.parametrize("number", range(len(PAIRED_CELLS)), ids=lambda each: "-".join(map(str, PAIRED_CELLS[each])))
def test_cell_of_int4(on, number):
    on(machine("ascend910b").name, check_paired, number, "ascend910b")


def test_cell_of_int4_on_atlas_a3(on):
    on(machine("ascend910_93").name, check_paired, 3, "ascend910_93")


def check(number: int, target: str) -> None:
    cell, shape = CELLS[number], SHAPES[number % len(SHAPES)]
    check_cell(built(cell[0], target), cell, shape, number)


def check_paired(number: int, target: str) -> None:
    cell, shape = PAIRED_CELLS[number], PAIRED_SHAPES[number % len(PAIRED_SHAPES)]
    form = driver.operator_form(OPERATOR, target=target, dtype="int4", **TYPES[cell[0]])
    layouts, absent, empty = choices(cell)
    tiles = form.only(form.variant(layouts, [*absent, *empty])).variants
    check_cell(replace(form, variants=(tiles[number % len(tiles)],)).build(), cell, shape, number)


def choices(cell: tuple) -> tuple[list[str], list[str], list[str]]:
    """Which matrices are transposed, which are null pointers, and which are tensors without elements."""
    _, scales, transposed, gather_out, _ = cell
    absent = ["x1_scale"] if scales == "per-channel" else []
    absent += ["gather_out"] if gather_out == "null" else []
    return ["x2"] if transposed else [], absent, ["gather_out"] if gather_out == "empty" else []


def check_cell(built, cell: tuple, shape: tuple[int, int, int], seed: int) -> None:
    *_, gather_out, ranks = cell
    sizes = dict(zip("mkn", shape))
    layouts, absent, empty = choices(cell)
    package = built.package
    signature = package.compile(package.variant(layouts, [*absent, *empty])).signature
    reference = load_kernel("all_gather_matmul").reference
    trial = Trial(signature, reference, sizes, ranks, Data.RANDOM, seed)
    arguments = {each.name: given for each, given in zip(signature.inputs, trial.arguments)}
    launched = built.call(arguments, sizes, transposed=layouts, absent=absent, empty=empty)
    comparisons = trial.compare(launched.outputs)
    assert [each.output for each in comparisons] == ["output", *(["gather_out"] if gather_out == "wanted" else [])]
    for each in comparisons:
        assert each.passed and each.exact and each.largest_error == 0, each.fault
