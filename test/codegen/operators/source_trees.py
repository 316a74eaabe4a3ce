"""Source trees for the tests of `dovetail package`, and compilers for them.

What the vendor's headers declare stands in `toolkit`: names and signatures, written from those headers. The headers of
ACL, aclnn and HCCL are the runtime's own, which have the vendor's names.
"""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from dovetail.runtime import package
from dovetail.target.operators import operator

ROOT = Path(__file__).parents[3]
RUNTIME = ROOT / "dovetail" / "runtime"
TOOLKIT = Path(__file__).parent / "toolkit"
CXX = os.environ.get("CXX", "g++")
WARNINGS = ["-std=c++17", "-Wall", "-Wextra", "-Werror"]
TILE = (64, 128, 256)


def small():
    """The operator with kernels for one tile, so that a package holds few."""
    contract = operator("all_gather_matmul_v2")
    return replace(contract, kernel=replace(contract.kernel, tiles=(TILE,)))


def write(made, directory: Path) -> Path:
    """Writes the sources of a package, and what the toolkit would generate."""
    made.write_sources(directory)
    generated = directory / "generated"
    generated.mkdir()
    (generated / f"aclnnInner_{made.operator.id}.h").write_text(inner(directory, made.operator))
    return directory


def inner(directory: Path, operator) -> str:
    """What the toolkit's generator declares for a definition: inputs, attributes, outputs, as they stand there."""
    text = (directory / "op_host" / f"{operator.id}_def.cpp").read_text()
    types = {"Int": "int64_t", "Bool": "bool", "String": "char *"}
    parameters = ["const aclTensor *"] * len(re.findall(r"this->Input\(", text))
    parameters += [types[kind] for kind in re.findall(r"AttrType\(REQUIRED\)\.(\w+)\(\)", text)]
    parameters += ["const aclTensor *"] * len(re.findall(r"this->Output\(", text))
    parameters += ["uint64_t *", "aclOpExecutor **"]
    name = f"aclnnInner{operator.name}"
    return (
        '#include "acl/acl.h"\n#include "aclnn/acl_meta.h"\n'
        f'extern "C" aclnnStatus {name}GetWorkspaceSize({", ".join(parameters)});\n'
        f'extern "C" aclnnStatus {name}(void *, uint64_t, aclOpExecutor *, aclrtStream);\n'
    )


def includes(directory: Path) -> list[str]:
    places = [directory / "op_api", directory / "op_kernel", directory / "op_host", directory / "generated", TOOLKIT]
    return [f"-I{place}" for place in (*places, *package.include_directories())]


def host_sources(directory: Path) -> list[Path]:
    """What the package's CMake files compile for the host."""
    return [*sorted((directory / "op_host").glob("*.cpp")), *sorted((directory / "op_api").rglob("*.cpp"))]


def compile(options: Iterable[str | Path]) -> subprocess.CompletedProcess:
    return subprocess.run([CXX, *WARNINGS, *map(str, options)], capture_output=True, text=True)
