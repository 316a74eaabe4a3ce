"""`dovetail build`: the directory that it makes, and what it refuses."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from dovetail import cli, driver
from dovetail.runtime import package
from dovetail.runtime.package import MARK

OPERATOR = "all_gather_matmul_v2"


@pytest.fixture
def dovetail(capsys):
    """Runs the command; gives its status, and what it wrote to both streams."""

    def run(*words):
        status = cli.main([str(word) for word in words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    directory = tmp_path_factory.mktemp("built") / "package"
    assert cli.main(["build", OPERATOR, "-o", str(directory), "--dtype", "float16"]) == 0
    return directory


def files(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


def test_layout(built):
    found = files(built)
    kernels = {path for path in found if path.startswith("op_impl/")}
    headers = {path for path in found if path.startswith("include/")}
    assert found - kernels - headers == {
        "op_api/lib/libcust_opapi.so",
        "op_api/include/aclnnop/aclnn_all_gather_matmul_v2.h",
        "lib64/libascendcl.so",
        "lib64/libhccl.so",
        "lib64/libnnopbase.so",
        "lib64/libdovetail_device.so",
        "lib64/cmake/dovetail/dovetail-config.cmake",
        "set_env.bash",
        MARK,
    }
    assert {Path(path).parent.as_posix() for path in kernels} == {
        "op_impl/ai_core/tbe/kernel/ascend910b/all_gather_matmul_v2"
    }
    assert len(kernels) == 16
    assert {"include/acl/acl.h", "include/aclnn/acl_meta.h", "include/hccl/hccl.h"} <= headers
    assert {Path(path).parent.as_posix() for path in headers} == {"include/acl", "include/aclnn", "include/hccl"}
    assert [path.name for path in built.parent.iterdir()] == ["package"]  # nothing is left beside it
    facts = json.loads((built / MARK).read_text())
    assert facts["operator"] == OPERATOR and facts["target"] == "ascend910b" and len(facts["kernels"]) == 16


def test_nothing_names_the_place_where_it_was_made(built):
    cache = os.environ["DOVETAIL_CACHE"].encode()
    for path in built.rglob("*"):
        # Kernels name the text that they were compiled from, for messages; the libraries are built elsewhere.
        if path.is_file() and not {"lib64", "op_impl"} & set(path.parts):
            content = path.read_bytes()
            assert str(built).encode() not in content and cache not in content, path


def test_set_env(built, tmp_path):
    moved = tmp_path / "moved"
    moved.symlink_to(built)
    script = f"cd / && source '{moved}/set_env.bash' && env -0"
    environment = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": "/before", "ASCEND_CUSTOM_OPP_PATH": "/other"}
    said = subprocess.run(["bash", "-eu", "-c", script], env=environment, check=True, capture_output=True).stdout
    made = dict(each.split("=", 1) for each in said.decode().split("\0") if each)
    assert made["ASCEND_CUSTOM_OPP_PATH"] == f"{moved}:/other"
    assert made["LD_LIBRARY_PATH"] == f"{moved}/lib64:{moved}/op_api/lib:/before"
    assert made["ASCEND_HOME_PATH"] == str(moved)
    assert made["ASCEND_SLOG_PRINT_TO_STDOUT"] == "1"
    assert (Path(made["dovetail_DIR"]) / "dovetail-config.cmake").is_file()
    assert "_dovetail" not in made
    quiet = {**environment, "ASCEND_SLOG_PRINT_TO_STDOUT": "0"}
    said = subprocess.run(["bash", "-eu", "-c", script], env=quiet, check=True, capture_output=True).stdout
    assert b"ASCEND_SLOG_PRINT_TO_STDOUT=0\0" in said


def test_a_package_is_replaced_by_a_whole_one(dovetail, built, tmp_path):
    directory = tmp_path / "package"
    assert dovetail("build", OPERATOR, "-o", directory, "--dtype", "float16")[0] == 0
    (directory / "old").write_text("")
    status, out, err = dovetail("build", OPERATOR, "-o", directory, "--dtype", "float16", "--target", "ascend910_93")
    assert status == 0
    assert out.startswith(f"{directory}: aclnnAllGatherMatmulV2 for ascend910_93")
    assert "16 kernels" in err
    assert not (directory / "old").exists()
    assert (directory / "op_impl/ai_core/tbe/kernel/ascend910_93").is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["package"]


def test_a_package_that_cannot_be_written_leaves_the_old_one(built, tmp_path, monkeypatch):
    contents = package.Contents("id", "family", "aclnnop/a.h", "", built / "set_env.bash", "kernels", {})
    package.write(contents, tmp_path / "package")
    before = files(tmp_path)

    def fail(self, target):
        raise OSError("no")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="no"):
        patched.setattr(package, "_copy", lambda source, target: fail(source, target))
        package.write(contents, tmp_path / "package")
    assert files(tmp_path) == before
    rename = Path.rename
    with monkeypatch.context() as patched, pytest.raises(OSError, match="no"):
        patched.setattr(Path, "rename", lambda self, to: fail(self, to) if self.name == "new" else rename(self, to))
        package.write(contents, tmp_path / "package")
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    "words, said",
    [
        (["all_gather_matmul_v3"], "there is no operator 'all_gather_matmul_v3'; there is all_gather_matmul_v2"),
        ([OPERATOR, "--target", "h100"], "there is no target 'h100': targets are ascend910b, ascend910_93, ascend950"),
        (
            [OPERATOR, "--target", "ascend950", "--dtype", "int8"],
            "all_gather_matmul_v2 has no kernels of 'int8'; it has those of float16, bfloat16, float8_e4m3fn, ",
        ),
        (
            [OPERATOR, "--dtype", "float32"],
            "all_gather_matmul_v2 has no kernels of 'float32'; it has those of float16, bfloat16, int8, int4",
        ),
    ],
)
def test_mistakes_get_one_line(dovetail, tmp_path, words, said):
    status, out, err = dovetail("build", *words, "-o", tmp_path / "package")
    assert (status, out) == (2, "")
    assert err.startswith(f"dovetail: error: {said}") and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_output_is_needed(dovetail):
    status, _, err = dovetail("build", OPERATOR)
    assert status == 2 and "-o" in err


def test_what_is_no_package_is_not_replaced(dovetail, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    for name, said in (
        ("file", "is no directory"),
        ("mine", "is no operator package"),
        ("file/below", "file is no directory"),
    ):
        status, _, err = dovetail("build", OPERATOR, "-o", tmp_path / name)
        assert status == 2 and said in err.splitlines()[-1], err
    assert files(tmp_path) == {"file", "mine/file"}
    (tmp_path / "empty").mkdir()
    package.check(tmp_path / "empty")
    package.check(tmp_path / "nothing")


def test_variants_have_their_kernels():
    made = driver.operator_package(OPERATOR)
    assert len({each.name for each in made.variants}) == len(made.variants)
    named = {each.name: each for each in made.variants}
    compiled = made.compile(named["bfloat16_x2_transposed_no_gather_out_16x512x128"])
    assert compiled.transposed == ("x2",) and {"gather_out", "x1_scale", "x2_scale"} <= {*compiled.absent}
    assert compiled.dtype == "bfloat16" and compiled.schedule.tile == (16, 512, 128)
    compiled = made.compile(named["int8_bfloat16_no_x1_scale_64x128x256"])
    assert compiled.dtype == "int8" and compiled.dtypes == {"output": "bfloat16", "x2_scale": "float32"}
    assert {"x1_scale", "x2_scale"} & {*compiled.absent} == {"x1_scale"}


def test_cmake(built, tmp_path):
    (tmp_path / "main.c").write_text(
        '#include "aclnnop/aclnn_all_gather_matmul_v2.h"\n#include "hccl/hccl.h"\n'
        "int main(void) { return aclnnAllGatherMatmulV2(0, 0, 0, 0) == 161001 && aclInit(0) == 0 ? 0 : 1; }\n"
    )
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.18)\nproject(program LANGUAGES C)\nfind_package(dovetail REQUIRED)\n"
        "add_executable(program main.c)\ntarget_link_libraries(program dovetail::all_gather_matmul_v2)\n"
    )
    environment = {"PATH": os.environ["PATH"], "dovetail_DIR": str(built / "lib64" / "cmake" / "dovetail")}
    for command in (["cmake", "-S", ".", "-B", "build"], ["cmake", "--build", "build"], ["build/program"]):
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
