"""Another operator of the family: its contract, which stands here, and a kernel of the examples are all it takes."""

from pathlib import Path

import pytest
from caller import SOURCE, ask, options
from generated import breaking_calls, single_edits
from reading import Reader, rules

from dovetail import driver
from dovetail.codegen import op_reference
from dovetail.dsl import load_kernel
from dovetail.runtime.oracle import Data
from dovetail.runtime.trial import Trial
from dovetail.target.contract import (
    Case,
    Form,
    Group,
    Integer,
    Kernel,
    Kind,
    Layout,
    Operator,
    Parameter,
    Product,
    Size,
    Tensor,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "kernels" / "all_gather_two_matmuls.py"
MACHINE = "Ascend910B3"
TYPES = ("FLOAT16", "BFLOAT16")
OPERATOR = Operator(
    "AllGatherProjections",
    "all_gather_projections",
    "Gathers the rows of x of all ranks and multiplies them by two matrices.",
    arguments=(
        Parameter("x", Kind.INPUT, "this rank's rows", required=True),
        Parameter("queryWeight", Kind.INPUT, "multiplied to the queries", required=True),
        Parameter("keyWeight", Kind.INPUT, "multiplied to the keys", required=True),
        Parameter("group", Kind.TEXT, "the communicator's name", required=True),
        Parameter("heads", Kind.INTEGER, "how many heads there are"),
        Parameter("query", Kind.OUTPUT, "the queries of all ranks' rows", required=True),
        Parameter("key", Kind.OUTPUT, "the keys of all ranks' rows", required=True),
    ),
    products=(
        Product(
            "Atlas A2",
            families=("ascend910b",),
            rules={
                "x": Tensor(TYPES, shapes=("m, k",)),
                "queryWeight": Tensor(
                    TYPES, same_type_as="x", shapes=("k, query_size",), layouts=(Layout.CONTIGUOUS, Layout.TRANSPOSED)
                ),
                "keyWeight": Tensor(TYPES, same_type_as="x", shapes=("k, key_size",)),
                "group": Group(ranks=(2, 4)),
                "heads": Integer((1, 8)),
                "query": Tensor(TYPES, same_type_as="x", shapes=("ranks * m, query_size",)),
                "key": Tensor(TYPES, same_type_as="x", shapes=("ranks * m, key_size",)),
            },
            sizes={"m": Size(1), "k": Size(16, below=4096), "query_size": Size(1), "key_size": Size(2, multiple=2)},
            cases=(Case("brief", "one head alone", types={"x": ("BFLOAT16",)}, rules={"heads": Integer((1,))}),),
            forms=(
                Form("float16", {"x": "FLOAT16"}),
                Form("bfloat16", {"x": "BFLOAT16"}),
            ),
        ),
    ),
    kernel=Kernel(
        str(EXAMPLE),
        arguments={
            "x1": "x",
            "query_weight": "queryWeight",
            "key_weight": "keyWeight",
            "query": "query",
            "key": "key",
        },
        type_of="x",
        rows="m",
        columns="query_size",
        tiles=((64, 128, 128),),
    ),
)


@pytest.fixture(scope="module")
def package(package, tmp_path_factory):
    directory = tmp_path_factory.mktemp("sibling") / OPERATOR.id
    made = driver.operator_package(OPERATOR)
    made.build().write(directory)
    return type(package)(directory, made)


def test_its_rules_are_checked(package, tmp_path):
    (product,) = OPERATOR.products
    reader = Reader(OPERATOR, product, package.made.variants)
    calls = list(single_edits(OPERATOR, product))
    program = package.compile(SOURCE, tmp_path / "calls", *options(OPERATOR))
    for call, answered in zip(calls, ask(program, OPERATOR, calls, package.environment)):
        predicted = reader.read(call)
        labels = [each.label for each in predicted.breaches]
        said = answered.labels if labels else []
        assert (answered.code, said, answered.fault) == (predicted.code, labels, ""), (call, answered.message)
    assert {*rules(OPERATOR, product)} == {*breaking_calls(reader)}


@pytest.mark.parametrize("transposed", [[], ["query_weight"]], ids=["", "transposed"])
def test_its_numbers(on, transposed):
    on(MACHINE, check, transposed)


def check(transposed: list[str]) -> None:
    sizes = {"m": 33, "k": 100, "query_size": 70, "key_size": 20}
    package = driver.operator_package(OPERATOR, dtypes=["bfloat16"])
    package = package.only(package.variant(transposed, []))
    signature = package.compile(package.variants[0]).signature
    trial = Trial(signature, load_kernel(EXAMPLE).reference, sizes, 4, Data.RANDOM, 1)
    arguments = {each.name: given for each, given in zip(signature.inputs, trial.arguments)}
    comparisons = trial.compare(package.build().call(arguments, sizes, transposed=transposed).outputs)
    assert [each.output for each in comparisons] == ["query", "key"]
    assert all(each.passed for each in comparisons), comparisons


def test_its_reference(package):
    (product,) = OPERATOR.products
    assert "| `keyWeight` | multiplied to the keys | not null; FLOAT16 or BFLOAT16; the type of `x`; [k, key_size]" in (
        op_reference.arguments(OPERATOR, product)
    )
    assert "| `key_size` | 2 or more, a multiple of 2 |" in op_reference.sizes(product)


def test_its_sources_for_the_vendors_toolkit():
    files = driver.source_package(OPERATOR, dtypes=["float16"]).sources()
    definition = "".join(text for name, text in files.items() if name.startswith("op_host/"))
    assert '"query_weight"' in definition and "AllGatherProjections" in definition
