"""The public headers of the runtime, of HCCL and of aclnn: each stands alone, and says what the vendor's say."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FACTS = Path(__file__).with_name("facts.c")
INCLUDES = [ROOT / "dovetail" / "runtime" / library / "include" for library in ("acl", "hccl", "aclnn")]
# dovetail/ holds what the libraries say to each other, in the C++ of this project.
HEADERS = sorted(
    path.relative_to(root).as_posix()
    for root in INCLUDES
    for path in root.glob("*/*.h")
    if path.parent.name != "dovetail"
)
SPECIFICATIONS = sorted((ROOT.parent / "shared" / "spec").glob("*.txt"))

# What the example of the specification needs of the operator that it calls.
OPERATOR = """\
#pragma once
#include "aclnn/aclnn_base.h"
extern "C" {
aclnnStatus aclnnAllGatherMatmulV2GetWorkspaceSize(
    const aclTensor *x1, const aclTensor *x2, const aclTensor *bias, const aclTensor *x1Scale, const aclTensor *x2Scale,
    const aclTensor *quantScale, int64_t blockSize, const char *group, int64_t gatherIndex, int64_t commTurn,
    int64_t streamMode, int64_t groupSize, const char *commMode, aclTensor *output, aclTensor *gatherOut,
    aclTensor *amaxOut, uint64_t *workspaceSize, aclOpExecutor **executor);
aclnnStatus aclnnAllGatherMatmulV2(void *workspace, uint64_t workspaceSize, aclOpExecutor *executor,
                                   aclrtStream stream);
}
"""


def run_compiler(standard, *arguments, includes=()):
    if standard.startswith("c++"):
        command = [os.environ.get("CXX", "g++"), "-x", "c++"]
    else:
        command = [os.environ.get("CC", "gcc"), "-x", "c", "-Wstrict-prototypes"]
    command += [f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    command += [f"-I{directory}" for directory in (*INCLUDES, *includes)]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True)


def compile_as(standard, *arguments, includes=()):
    result = run_compiler(standard, *arguments, includes=includes)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("standard", ["c99", "c11", "c++11", "c++17", "c++20"])
@pytest.mark.parametrize("header", HEADERS)
def test_a_header_stands_alone(header, standard, tmp_path):
    source = tmp_path / "alone.c"
    source.write_text(f'#include "{header}"\n#include "{header}"\n')
    compile_as(standard, "-fsyntax-only", source)


@pytest.mark.parametrize("standard", ["c11", "c++11", "c++17"])
def test_facts(standard, tmp_path):
    program = tmp_path / "facts"
    compile_as(standard, FACTS, "-o", program)
    subprocess.run([program], check=True)


@pytest.mark.parametrize("standard", ["c11", "c++11"])
@pytest.mark.parametrize(
    "right, wrong",
    [
        ("ACL_BF16 == 27", "ACL_BF16 == 28"),
        ("offsetof(HcclCommConfig, hcclCommName) == 32", "offsetof(HcclCommConfig, hcclCommName) == 24"),
        ("TYPE(aclnnStatus, int32_t)", "TYPE(aclnnStatus, int64_t)"),
        ("FUNCTION(aclrtSetDevice, aclError, (int32_t))", "FUNCTION(aclrtSetDevice, aclError, (uint32_t))"),
    ],
)
def test_a_wrong_fact_does_not_compile(right, wrong, standard, tmp_path):
    text = FACTS.read_text()
    assert text.count(right) == 1
    source = tmp_path / "facts.c"
    source.write_text(text.replace(right, wrong))
    result = run_compiler(standard, "-fsyntax-only", source)
    assert result.returncode != 0
    assert "static assertion failed" in result.stderr or "static_assert failed" in result.stderr


@pytest.mark.skipif(not SPECIFICATIONS, reason="the specification is not here")
def test_the_example_of_the_specification_compiles_unchanged(tmp_path):
    examples = [
        example
        for specification in SPECIFICATIONS
        for example in re.findall(r"^```c\+\+\n(.*?)^```", specification.read_text(), re.DOTALL | re.MULTILINE)
    ]
    assert examples
    (tmp_path / "aclnnop").mkdir()
    (tmp_path / "aclnnop" / "aclnn_all_gather_matmul_v2.h").write_text(OPERATOR)
    for example in examples:
        source = tmp_path / "example.cpp"
        source.write_text(example)
        compile_as("c++17", "-fsyntax-only", "-w", source, includes=[tmp_path])
