"""Contracts as data: they are of one piece, and their variants are what packages are made of."""

import pytest

from dovetail.dsl import load_kernel
from dovetail.target.contract import Absent, Group, Kind, Tensor
from dovetail.target.element_types import TYPES
from dovetail.target.extents import Extent
from dovetail.target.machine import FAMILIES, machine
from dovetail.target.operators import operator, operators
from dovetail.target.variants import choices, types, variants


@pytest.fixture(params=operators())
def contract(request):
    return operator(request.param)


def rules(contract):
    for product in contract.products:
        yield from product.rules.items()
        for case in product.cases:
            yield from case.rules.items()


def test_rules_are_of_arguments_that_there_are(contract):
    names = {each.name: each for each in contract.arguments}
    for name, rule in rules(contract):
        assert names[name].is_tensor == isinstance(rule, (Tensor, Absent))
        if isinstance(rule, Tensor):
            assert set(rule.types) <= set(TYPES)
            assert not rule.same_type_as or names[rule.same_type_as].is_tensor


def test_every_argument_has_a_rule_for_every_product(contract):
    for product in contract.products:
        ruled = {*product.rules, *(name for case in product.cases for name in case.rules)}
        assert ruled == {each.name for each in contract.arguments}


def test_cases(contract):
    for product in contract.products:
        names = [case.name for case in product.cases]
        assert len(set(names)) == len(names) and all(name.isidentifier() for name in names)
        for case in product.cases:
            for argument, allowed in case.types.items():
                assert contract.parameter(argument).is_tensor and set(allowed) <= set(TYPES)
            assert case.rules or case.sizes


def test_sizes_are_those_of_shapes(contract):
    for product in contract.products:
        used = {
            size
            for _, rule in rules(contract)
            if isinstance(rule, Tensor)
            for shape in rule.extents
            for extent in shape
            for size in extent.sizes
        }
        for sizes in (product.sizes, *(case.sizes for case in product.cases)):
            assert set(sizes) <= used


def test_every_product_communicates(contract):
    """Kernels run on the ranks of a communicator: without one no kernel is chosen."""
    for product in contract.products:
        assert sum(isinstance(rule, Group) for rule in product.rules.values()) == 1


def test_families_are_those_of_machines(contract):
    assert len(set(contract.families)) == len(contract.families)
    assert set(contract.families) <= set(FAMILIES)
    with pytest.raises(ValueError, match="has no target 'h100'; it has ascend910b"):
        contract.product("h100")


def test_the_kernel_has_the_matrices(contract):
    kernel = load_kernel(contract.kernel.name)
    assert set(contract.kernel.arguments) <= {each.name for each in kernel.parameters}
    for each in kernel.parameters:
        if each.name not in contract.kernel.arguments:
            assert each.optional and not each.wanted
            continue
        argument = contract.parameter(contract.kernel.arguments[each.name])
        assert each.output == (argument.kind == Kind.OUTPUT)
        assert each.optional or argument.required


def test_no_operator_of_this_name():
    with pytest.raises(ValueError, match="there is no operator 'matmul'; there is all_gather_matmul_v2"):
        operator("matmul")


@pytest.mark.parametrize("text", ["m", "2", "ranks * m", "2 * m", "ceil(k / 64)"])
def test_extents(text):
    assert str(Extent.parse(f" {text} ")) == text


def test_sizes_in_extents():
    assert Extent.parse("ranks * m").sizes == ("ranks", "m")
    assert Extent.parse("2 * m").sizes == ("m",)
    assert Extent.parse("ceil(k / 64)") == Extent(("k",), 64)


def test_choices_and_types():
    contract = operator("all_gather_matmul_v2")
    labels = [choice.label for choice in choices(contract, "ascend910b")]
    assert labels == ["x2 transposed", "no gatherOut", "no x1Scale"]
    assert types(contract, "ascend910b") == ("FLOAT16", "BFLOAT16", "INT8", "INT4")
    assert [choice.label for choice in choices(contract, "ascend950")] == ["x2 transposed", "no gatherOut"]
    assert types(contract, "ascend950") == (
        "FLOAT16",
        "BFLOAT16",
        "FLOAT8_E4M3FN",
        "FLOAT8_E5M2",
        "HIFLOAT8",
        "FLOAT4_E2M1",
    )


def test_variants():
    contract = operator("all_gather_matmul_v2")
    made = variants(contract, "ascend910b")
    names = [each.name for each in made]
    assert len(set(names)) == len(names)
    assert names[0] == "float16_128x256x256"
    assert "bfloat16_x2_transposed_no_gather_out_16x512x128" in names
    assert "int8_bfloat16_x2_transposed_no_gather_out_no_x1_scale_16x512x128" in names
    floating = variants(contract, "ascend910b", ["BFLOAT16"])
    assert len(floating) == 4 * len(contract.kernel.tiles)
    assert {each.form.types["x1"] for each in floating} == {"BFLOAT16"}


def test_what_a_form_has_not_is_no_choice():
    for each in variants(operator("all_gather_matmul_v2"), "ascend910b"):
        scaled = each.dtype in ("int8", "int4")
        assert ("x2_scale" in each.absent) != scaled
        assert scaled or "x1_scale" in each.absent


def test_cost_of_a_tile():
    cost = {
        each.tile: each.tile_cost(machine("ascend910b"), 16)
        for each in variants(operator("all_gather_matmul_v2"), "ascend910b")
    }
    assert cost[128, 256, 256] == 8000  # 128 * 256 / 4096 cycles to multiply
    assert cost[16, 512, 128] == 9600  # (16 + 512) * 2 / 110 cycles to load
    made = variants(operator("all_gather_matmul_v2"), "ascend910b", ["INT8"])
    assert made[0].tile_cost(machine("ascend910b"), 8) == 4000  # twice as many bytes in a cycle
    assert made[0].tile_cost(machine("ascend910b"), 4) == 2000  # and four times as many half bytes
