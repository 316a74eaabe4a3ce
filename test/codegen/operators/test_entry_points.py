"""The header and the entry points of operators, as text; and the tables of their reference.

After a change that is meant to change them: `pytest test/codegen/operators --update-golden`, then read the diff.
"""

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from dovetail import driver
from dovetail.codegen import op_reference
from dovetail.runtime import package
from dovetail.target.contract import Kind, Parameter, Product, Tensor
from dovetail.target.operators import operator, operators

GOLDEN = Path(__file__).parent / "golden"
DOCS = Path(__file__).parents[3] / "docs" / "operator.md"


def files() -> dict[str, str]:
    """The golden files by name: a header for each operator, entry points for each family there are kernels for."""
    made = {}
    for id in operators():
        for family in ("ascend910b", "ascend910_93"):
            text = driver.operator_package(id, target=family).entry_points
            made[Path(text.header_name).name] = text.header
            made[f"{id}_{family}.cpp"] = text.source
    return made


def test_golden(request):
    made = files()
    if request.config.getoption("--update-golden", default=False):
        for name, text in made.items():
            (GOLDEN / name).write_text(text, encoding="utf-8")
    assert {path.name for path in GOLDEN.iterdir()} == set(made)
    for name, text in made.items():
        assert (GOLDEN / name).read_text(encoding="utf-8") == text, f"{name}: --update-golden takes the new text"


def test_text_is_tidy():
    for name, text in files().items():
        assert text.endswith("\n") and not text.endswith("\n\n")
        for number, line in enumerate(text.splitlines(), 1):
            assert line == line.rstrip() and len(line) <= 120, f"{name}:{number}"


def test_families_differ_in_their_name_alone():
    made = files()
    one, other = (made[f"all_gather_matmul_v2_{family}.cpp"] for family in ("ascend910b", "ascend910_93"))
    assert one.replace("ascend910b", "ascend910_93") == other


# -- the reference --


def tables() -> dict[str, str]:
    contract = operator("all_gather_matmul_v2")
    (product,) = contract.products
    return {
        "arguments": op_reference.arguments(contract, product),
        "sizes": op_reference.sizes(product),
        "kernels": op_reference.kernels(driver.operator_package(contract).variants),
    }


def test_reference(request):
    text = DOCS.read_text(encoding="utf-8")
    if request.config.getoption("--update-golden", default=False):
        for name, table in tables().items():
            block = rf"(<!-- contract: {name} -->\n).*?(<!-- end -->)"
            text = re.sub(block, lambda found, table=table: found[1] + table + found[2], text, flags=re.DOTALL)
        DOCS.write_text(text, encoding="utf-8")
    shown = dict(re.findall(r"<!-- contract: (\w+) -->\n(.*?)<!-- end -->", text, re.DOTALL))
    assert shown == tables(), "--update-golden takes the new tables"


# -- another operator needs a contract and a kernel, and nothing else --


def older():
    """The operator without V2: fewer arguments, an optional one that comes as a choice, another place of group."""
    contract = operator("all_gather_matmul_v2")
    named = {each.name: each for each in contract.arguments}
    names = ["x1", "x2", "group", "gatherIndex", "output", "gatherOut"]
    rules = contract.products[0].rules
    product = Product(
        "any",
        ("ascend910b",),
        {**{name: rules[name] for name in names}, "factor": Tensor(("FLOAT",), shapes=("2 * m, ceil(k / 64)", "1"))},
        contract.products[0].sizes,
        cases=(),
    )
    arguments = (*(named[name] for name in names), Parameter("factor", Kind.INPUT, "scales the product"))
    kernel = replace(
        contract.kernel,
        arguments={matrix: name for matrix, name in contract.kernel.arguments.items() if name in names},
        forms=tuple(replace(form, absent=()) for form in contract.kernel.forms if "x2Scale" not in form.types),
    )
    return replace(contract, name="Older", id="older", arguments=arguments, products=(product,), kernel=kernel)


def test_another_operator_compiles(tmp_path):
    text = driver.operator_package(older(), dtypes=["bfloat16"]).entry_points
    assert "factor.Shapes({{2 * m, CeilDivide(k, 64)}, {1}});" in text.source
    (tmp_path / "aclnnop").mkdir()
    (tmp_path / text.header_name).write_text(text.header)
    (tmp_path / "older.cpp").write_text(text.source)
    includes = [f"-I{path}" for path in (tmp_path, *package.include_directories())]
    command = [os.environ.get("CXX", "g++"), "-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *includes]
    done = subprocess.run([*command, "-fsyntax-only", tmp_path / "older.cpp"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", ["c99", "c11", "c++17"])
def test_the_header_stands_alone(language, tmp_path):
    text = driver.operator_package("all_gather_matmul_v2").entry_points
    (tmp_path / "aclnnop").mkdir()
    (tmp_path / text.header_name).write_text(text.header)
    alone = tmp_path / f"alone.{'cpp' if '+' in language else 'c'}"
    alone.write_text(f'#include "{text.header_name}"\n' * 2)
    compiler = os.environ.get("CXX", "g++") if "+" in language else os.environ.get("CC", "gcc")
    includes = [f"-I{path}" for path in (tmp_path, *package.include_directories())]
    command = [compiler, f"-std={language}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", *includes, "-fsyntax-only"]
    done = subprocess.run([*command, alone], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
