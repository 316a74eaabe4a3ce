"""The entry points of a source package: they answer as those of a package for the CPU, then call what a toolkit makes.

They are compiled as they are, against headers with the vendor's names, and run above the runtime's libraries. What the
toolkit generates is `inner.cpp`, which says what it was given.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from contract_calls import INTEGERS, PACKAGED, K, M, N, calls
from test_contract import BROKEN, GOOD, INT8, INVALID, NULL, QUANTISED

from dovetail import driver

sys.path.insert(0, str(Path(__file__).parents[1] / "codegen" / "operators"))
import source_trees

ROOT = Path(__file__).parents[2]
OPERATOR = "all_gather_matmul_v2"

INNER, LAUNCHED = 4242, 4243  # codes of inner.cpp


@dataclass(frozen=True)
class Overlay:
    """The package for the CPU with the entry points of a source package."""

    directory: Path
    environment: dict[str, str]


@pytest.fixture(scope="module")
def overlay(package, tmp_path_factory) -> Overlay:
    directory = tmp_path_factory.mktemp("overlay")
    tree = source_trees.write(driver.source_package(OPERATOR, dtypes=PACKAGED), directory / "tree")
    copy = directory / OPERATOR
    shutil.copytree(package.directory, copy, symlinks=True)
    sources = [*sorted((tree / "op_api").rglob("*.cpp")), ROOT / "test" / "c_interface" / "inner.cpp"]
    # In a vendor's process nothing else has these names.
    options = ["-O1", "-g", "-shared", "-fPIC", "-Wl,-Bsymbolic", f"-I{source_trees.RUNTIME}"]
    options += [*source_trees.includes(tree), f"-L{copy / 'lib64'}", *sources]
    options += ["-lhccl", "-lascendcl", "-lnnopbase", "-o", copy / "op_api" / "lib" / "libcust_opapi.so"]
    done = source_trees.compile(options)
    assert done.returncode == 0, done.stderr
    return Overlay(copy, package.environment)


def asks_more_than_the_vendor_tells(call: dict) -> bool:
    """Whose memory an address is, and whether a handle is one."""
    given = [each for each in call.values() if isinstance(each, dict)]
    whose = any(each.get("memory") in ("host", "device 1") or "bytes" in each or "skip" in each for each in given)
    return whose or any(each in ("stale", "garbage") for each in call.values())


def test_broken_rules_are_answered_as_on_a_cpu(package, overlay):
    wanted = {name: call for name, (_, call, _) in BROKEN.items()}
    wanted |= {name: {**INT8, **call} for name, (call, _) in QUANTISED.items()}
    wanted = {name: call for name, call in wanted.items() if not asks_more_than_the_vendor_tells(call)}
    assert len(wanted) > 50
    expected = calls(package, list(wanted.values()))
    answered = calls(overlay, list(wanted.values()))
    assert {code for code, _, _ in expected} == {NULL, INVALID}
    for name, (code, message, workspace), other in zip(wanted, expected, answered):
        message = message.replace(", though another device of this process has", "")  # nor that
        assert (other[0], without_process(other[1]), other[2]) == (code, without_process(message), workspace), name


def without_process(message: str) -> str:
    """Communicators are named by their process."""
    return re.sub(r"dovetail_\d+_", "dovetail_", message)


def test_what_is_allowed_is_handed_over(overlay):
    for name, (code, message, workspace) in zip(GOOD, calls(overlay, list(GOOD.values()))):
        call = GOOD[name]
        assert (code, workspace) == (INNER, 0), f"{name}: {message}"
        rows, columns = call.get("x1", {}).get("shape", [M, K])
        width = call.get("x2", {}).get("shape", [K, N])[1]
        gather_out = call.get("gatherOut", {})
        absent = gather_out is None or gather_out.get("shape") == [0]
        transposed = "strides" in call.get("x2", {}) and width > 1
        scalars = " ".join(str(value) for value in INTEGERS.values())
        scales = "".join("x" if call.get(scale) is not None else "-" for scale in ("x1Scale", "x2Scale"))
        assert message == (
            f"xx{scales}x{'-' if absent else 'x'} group {scalars} aiv transposed {transposed:d} absent {absent:d} "
            f"sizes {rows} {columns} {width} of {call.get('ranks', 2)} in 200"
        )


STAGE_TWO = """\
import ctypes, sys
package, workspace, bytes, executor = sys.argv[1], *map(int, sys.argv[2:])
for name in ("ascendcl", "hccl", "nnopbase"):
    library = ctypes.CDLL(f"{package}/lib64/lib{name}.so", mode=ctypes.RTLD_GLOBAL)
    if name == "ascendcl":
        said = library.aclGetRecentErrMsg
        said.restype = ctypes.c_char_p
stage = ctypes.CDLL(f"{package}/op_api/lib/libcust_opapi.so").aclnnAllGatherMatmulV2
pointer = lambda value: ctypes.c_void_p(value or None)
print(stage(pointer(workspace), ctypes.c_uint64(bytes), pointer(executor), None), said().decode())
"""


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ((64, 64, 64), LAUNCHED, "launched"),
        ((64, 64, 0), NULL, "executor is a null pointer"),
        ((0, 64, 64), NULL, "workspace is a null pointer"),
        ((64, 0, 64), INVALID, "workspaceSize is 0"),
    ],
)
def test_the_second_stage(overlay, given, code, words):
    command = [sys.executable, "-c", STAGE_TWO, str(overlay.directory), *map(str, given)]
    environment = {**overlay.environment, "ASCEND_SLOG_PRINT_TO_STDOUT": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, message = done.stdout.split(" ", 1)
    assert int(said) == code and words in message
