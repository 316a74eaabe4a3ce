"""Parts of libnnopbase, in C++ under sanitizers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "dovetail" / "runtime"
CXX = os.environ.get("CXX", "g++")
SANITIZERS = ["address,undefined", "thread"]


def compile(directory: Path, test: str, sanitizers: str, *sources: str) -> Path:
    """The program of a test file, with sources of the runtime."""
    rows = directory / "element_types.inc"
    facts = ROOT / "dovetail" / "target" / "facts.py"
    subprocess.run([sys.executable, str(facts), "element_types", str(rows)], check=True)
    command = [CXX, "-std=c++17", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]
    command += [f"-fsanitize={sanitizers}", "-fno-sanitize-recover=all", f"-I{RUNTIME}", f"-I{directory}"]
    command += [f"-I{RUNTIME / room / 'include'}" for room in ("acl", "hccl", "aclnn", "device")]
    command += [str(Path(__file__).with_name(test)), *(str(RUNTIME / source) for source in sources)]
    subprocess.run([*command, "-o", str(directory / "program"), "-ldl"], check=True)
    return directory / "program"


def run(program: Path, said: str, directory: Path) -> None:
    done = subprocess.run([program], capture_output=True, text=True, timeout=120, cwd=directory)
    assert (done.returncode, done.stdout) == (0, said), done.stderr


@pytest.mark.parametrize("sanitizers", SANITIZERS)
def test_tensors(sanitizers, tmp_path):
    sources = [f"aclnn/source/{name}.cpp" for name in ("tensor", "tensor_facts", "types")] + ["acl/source/errors.cpp"]
    run(compile(tmp_path, "tensors.cpp", sanitizers, *sources), "tensors are well\n", tmp_path)


def kernel(path: Path, text: str) -> None:
    source = path.with_suffix(".cpp")
    source.write_text(text)
    subprocess.run([CXX, "-shared", "-fPIC", str(source), "-o", str(path)], check=True)


WHOLE = """\
extern "C" void test_kernel() {}
extern "C" int test_kernel_tiling(...) { return 7; }
extern "C" unsigned long test_kernel_tiling_bytes() { return %d; }
"""


@pytest.mark.parametrize("sanitizers", SANITIZERS)
def test_kernels(sanitizers, tmp_path):
    (tmp_path / "kernels").mkdir()
    kernel(tmp_path / "kernels" / "large.so", WHOLE % 48)
    kernel(tmp_path / "kernels" / "narrow.so", "int nothing;")
    kernel(tmp_path / "kernels" / "short.so", WHOLE % 100000)
    program = compile(tmp_path, "kernels.cpp", sanitizers, "aclnn/source/kernels.cpp", "aclnn/source/least_cost.cpp")
    elsewhere = tmp_path / "elsewhere"  # kernels are found from the library, not from where a program stands
    elsewhere.mkdir()
    run(program, "kernels are well\n", elsewhere)
