"""`dovetail package`: the directory that it writes, and what it refuses."""

import json
from pathlib import Path

import pytest

from dovetail import cli
from dovetail.runtime.package import MARK

OPERATOR = "all_gather_matmul_v2"


@pytest.fixture
def dovetail(capsys):
    """Runs the command; gives its status, and what it wrote to both streams."""

    def run(*words):
        status = cli.main(["package", *(str(word) for word in words)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_writes_a_tree(dovetail, tmp_path):
    directory = tmp_path / "tree"
    status, out, err = dovetail(OPERATOR, "--target", "ascend910_93", "--dtype", "bfloat16", "-o", directory)
    assert status == 0 and "compiling 16 kernels" in err
    assert out == f"{directory}: sources of aclnnAllGatherMatmulV2 for ascend910_93; see {directory}/README.md\n"
    found = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}
    assert {
        "CMakeLists.txt",
        "CMakePresets.json",
        "README.md",
        MARK,
        "op_host/CMakeLists.txt",
        "op_host/all_gather_matmul_v2_def.cpp",
        "op_host/all_gather_matmul_v2_infer_shape.cpp",
        "op_host/all_gather_matmul_v2_tiling.cpp",
        "op_kernel/CMakeLists.txt",
        "op_kernel/all_gather_matmul_v2.cpp",
        "op_kernel/all_gather_matmul_tiling.h",
        "op_kernel/bfloat16_128x256x256.h",
        "op_api/aclnn_all_gather_matmul_v2.cpp",
        "op_api/aclnnop/aclnn_all_gather_matmul_v2.h",
    } <= found
    presets = json.loads((directory / "CMakePresets.json").read_text())
    variables = presets["configurePresets"][0]["cacheVariables"]
    assert variables["ASCEND_COMPUTE_UNIT"]["value"] == "ascend910_93"
    assert json.loads((directory / MARK).read_text()) == {
        "operator": OPERATOR,
        "target": "ascend910_93",
        "sources": True,
    }
    struct = (directory / "op_kernel" / "all_gather_matmul_tiling.h").read_text()
    fields = [line.strip() for line in struct.partition("{")[2].partition("}")[0].splitlines() if line.strip()]
    assert fields[:2] == ["Mc2InitTiling mc2InitTiling;", "Mc2CcTiling mc2CcTiling;"]


def test_replaces_a_tree_and_nothing_else(dovetail, tmp_path):
    directory = tmp_path / "tree"
    assert dovetail(OPERATOR, "--dtype", "float16", "-o", directory)[0] == 0
    assert dovetail(OPERATOR, "--dtype", "bfloat16", "-o", directory)[0] == 0
    kernels = [path.name for path in (directory / "op_kernel").glob("*float16_*.h")]
    assert kernels and all(name.startswith("bfloat16") for name in kernels)
    assert [path.name for path in tmp_path.iterdir()] == ["tree"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    status, _, err = dovetail(OPERATOR, "-o", other)
    assert status == 2 and "is no operator package" in err
    assert (other / "thesis.txt").read_text() == "years of work"


REFUSED = {
    "no directory": ([OPERATOR], "-o/--output"),
    "no operator": (["-o", "tree"], "OPERATOR"),
    "another operator": (["all_reduce", "-o", "tree"], f"there is no operator 'all_reduce'; there is {OPERATOR}"),
    "another target": (
        [OPERATOR, "--target", "ascend310p", "-o", "tree"],
        "there is no target 'ascend310p': targets are ascend910b",
    ),
    "a machine": ([OPERATOR, "--target", "Ascend910B3", "-o", "tree"], "there is no target 'Ascend910B3'"),
    "Ascend 950": (
        [OPERATOR, "--target", "ascend950", "-o", "tree"],
        "source packages are for ascend910b and ascend910_93: on ascend950 the vendor's operators communicate",
    ),
    "another type": ([OPERATOR, "--dtype", "complex64", "-o", "tree"], "has no kernels of 'complex64'"),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_refused(mistake, dovetail, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words, said = REFUSED[mistake]
    status, out, err = dovetail(*words)
    assert (status, out) == (2, "") and said in err
    assert list(tmp_path.iterdir()) == []


def test_help(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["package", "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    for word in ("dovetail package", OPERATOR, "--target", "--dtype", "-o DIR"):
        assert word in said
    assert cli.main(["--help"]) == 0
    assert "dovetail package OPERATOR" in capsys.readouterr().out


def test_a_place_that_cannot_be_written(dovetail, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    status, _, err = dovetail(OPERATOR, "-o", Path(file) / "tree")
    assert status == 2 and "is no directory" in err
