"""The commands that people type, and what they get."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dovetail import cli, driver

SMALL = ["--ranks", "2", "--m", "33", "--k", "300", "--n", "70"]
EXAMPLES = Path(__file__).parent.parent / "examples"

NO_REFERENCE = """\
import dovetail as dt

@dt.kernel
def product(x1: dt.Matrix["m", "k"], x2: dt.Matrix["k", "n"], output: dt.Output["m", "n"]):
    with dt.stage("product"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x1.columns):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator
"""
REFERENCE = """
def reference(x1, x2):
    return {"output": x1 @ x2}
"""


@pytest.fixture
def dovetail(capsys):
    """Runs the command; gives its status, and what it wrote to both streams."""

    def run(*words):
        status = cli.main([str(word) for word in words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_run_ends_in_pass(dovetail):
    status, out, err = dovetail("run", "all_gather_matmul", *SMALL)
    assert status == 0
    assert out.splitlines()[-1] == "PASS"
    table = dict(re.split(r"  +", line, maxsplit=1) for line in out.splitlines()[:-1])
    assert table["shape"] == "m = 33, k = 300, n = 70"
    assert table["ranks"].startswith("2, in one process")
    assert table["types"] == "float16"
    assert Path(table["fused source"]).read_text().startswith("#include")
    assert re.fullmatch(r"[\d.]+ m?s", table["time"])
    assert re.fullmatch(r"0\.\d+ \(\d+% of what is allowed\)", table["largest error of output"])
    assert table["largest error of gather_out"] == "0 (every bit compared)"
    for step in ("compiling", "building", "running on 2 ranks", "comparing"):
        assert f"{step}" in err


@pytest.mark.parametrize(
    "options",
    [
        ["--dtype", "bfloat16"],
        ["--transposed-x2", "--no-gather-out"],
        ["--integers", "--seed", "3", "--launches", "2"],
        ["--processes", "--blocks", "3"],
        ["--tile", "64,64,64", "--chunk", "16", "--slots", "1", "--communication-cores", "2", "--order", "rank"],
        ["--pipeline", "two-stage"],
        ["--target", "Ascend910B1", "--workers", "1", "--link-bandwidth", "1.5"],
    ],
    ids=" ".join,
)
def test_options_of_run(dovetail, options):
    status, out, _ = dovetail("run", "all_gather_matmul", *SMALL, *options)
    assert out.splitlines()[-1] == "PASS"
    assert status == 0


def test_two_runs_with_one_seed_say_the_same(dovetail):
    def errors(seed):
        return [
            line
            for line in dovetail("run", "all_gather_matmul", *SMALL, "--seed", seed)[1].splitlines()
            if "error" in line
        ]

    assert errors(1) == errors(1) != errors(2)


def test_a_file_of_ones_own(dovetail, tmp_path):
    path = tmp_path / "product.py"
    path.write_text(NO_REFERENCE + REFERENCE)
    status, out, _ = dovetail("run", path, "--ranks", 1, "--m", 5, "--k", 20, "--n", 7)
    assert (status, out.splitlines()[-1]) == (0, "PASS")


def test_without_a_reference_nothing_passes(dovetail, tmp_path):
    path = tmp_path / "product.py"
    path.write_text(NO_REFERENCE)
    status, out, _ = dovetail("run", path, "--ranks", 1, "--m", 5, "--k", 20, "--n", 7)
    assert status == 0
    assert out.splitlines()[-1].startswith("not checked")
    assert "PASS" not in out


def test_a_wrong_reference_ends_in_fail(dovetail, tmp_path):
    path = tmp_path / "product.py"
    path.write_text(NO_REFERENCE + REFERENCE.replace("x1 @ x2", "x1 @ x2 + 1"))
    status, out, _ = dovetail("run", path, "--ranks", 1, "--m", 5, "--k", 20, "--n", 7)
    assert (status, out.splitlines()[-1]) == (1, "FAIL")
    assert "output: 35 of 35 elements are wrong; first: rank 0, row 0, column 0" in out


def test_an_edited_source_runs_in_place_of_the_compilers(dovetail, tmp_path):
    edited = tmp_path / "edited.cpp"
    assert dovetail("compile", "all_gather_matmul", "-o", edited)[0] == 0
    text = edited.read_text()
    status, out, _ = dovetail("run", "all_gather_matmul", *SMALL, "--source", edited)
    assert (status, out.splitlines()[-1]) == (0, "PASS")
    assert str(edited) in out

    calls = re.findall(r"^ *Fixpipe<[^;]*;\n", text, re.MULTILINE)
    assert calls
    edited.write_text(text.replace(calls[0], ""))
    status, out, _ = dovetail("run", "all_gather_matmul", *SMALL, "--source", edited)
    assert (status, out.splitlines()[-1]) == (1, "FAIL")
    assert "elements were never written" in out

    edited.write_text(text + "wrong\n")
    status, _, err = dovetail("run", "all_gather_matmul", *SMALL, "--source", edited)
    assert status == 1
    assert f"{edited}:{len(text.splitlines()) + 1}:" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("tiles", ["dovetail.multiply", "scf.for"]),
        ("fused", ["dovetail.push", "dovetail.multiply"]),
        ("ascendc-ir", ["ascendc.mmad", "ascendc.set_flag"]),
        ("source", ["Mmad(", "SetFlag<"]),
        ("tiling", ["struct AllGatherMatmulTiling"]),
        ("host", ["all_gather_matmul_tiling("]),
    ],
)
def test_compile_prints_every_level(dovetail, level, words):
    status, out, err = dovetail("compile", "all_gather_matmul", "--emit", level)
    assert status == 0, err
    for word in words:
        assert word in out
    assert dovetail("compile", "all_gather_matmul", "--emit", level)[1] == out


def test_list_and_help(dovetail):
    assert "all_gather_matmul" in dovetail("--list")[1].splitlines()
    assert "dovetail run KERNEL" in dovetail("--help")[1]
    with pytest.raises(SystemExit) as end:
        dovetail("run", "all_gather_matmul", "--help")
    assert end.value.code == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ([], 2, "a command is needed"),
        (["walk"], 2, "there is no command 'walk'"),
        (["run"], 2, "the kernel must follow"),
        (["run", "no_such_kernel"], 2, "give a .py file or one of the built-in kernels: .*all_gather_matmul"),
        (["run", "no_such_file.py"], 2, "no_such_file.py"),
        (["run", "all_gather_matmul", "--m", "1"], 2, "required: --k, --n"),
        (["run", "all_gather_matmul", *SMALL, "--m", "0"], 2, "'0' is not a whole number from 1 on"),
        (["run", "all_gather_matmul", *SMALL, "--dtype", "float64"], 2, "invalid choice: 'float64'"),
        (["run", "all_gather_matmul", *SMALL, "--tile", "100,16,16"], 2, "tile rows must be a positive multiple of 16"),
        (["run", "all_gather_matmul", *SMALL, "--tile", "wide"], 2, "'wide' is not three numbers"),
        (["run", "all_gather_matmul", *SMALL, "--colour"], 2, "unrecognized arguments: --colour"),
        (["run", "all_gather_matmul", *SMALL, "--source", "no_such.cpp"], 2, "no_such.cpp: there is no such file"),
        (["run", "all_gather_matmul", *SMALL, "--ranks", "65"], 1, "65 ranks; allowed are 1 to 64"),
        (["run", "all_gather_matmul", *SMALL, "--blocks", "99"], 1, "99 blocks: Ascend910B3 has 1 to 20"),
        (
            ["compile", "all_gather_matmul", "--target", "h100"],
            1,
            "no target or machine 'h100': targets are ascend910b",
        ),
        (
            ["compile", "all_gather_matmul", "--dtype", "hifloat8", "--dtype-of", "output=float16"],
            1,
            "cube cores of Ascend910B3 multiply no hifloat8",
        ),
        (["compile", "all_gather_matmul", "--pipeline", "no-such-pass"], 1, "no-such-pass"),
        (["compile", "all_gather_matmul", "--tile", "1024,1024,1024"], 1, "(?i)l0"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_get_a_message(dovetail, words, status, said):
    ended, _, err = dovetail(*words)
    assert ended == status
    assert re.search(said, err)
    assert "Traceback" not in err


def test_a_mistake_in_a_kernel_shows_the_line(dovetail, tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(NO_REFERENCE.replace("output[i, j] = accumulator", "x1[i, j] = accumulator"))
    status, _, err = dovetail("compile", path)
    assert status == 1
    assert f"{path}:10:13: error:" in err
    assert "            ^" in err
    path.write_text("def f(:\n")
    status, _, err = dovetail("compile", path)
    assert status == 1
    assert f"{path}:1:" in err


def test_the_window_is_too_small(dovetail, monkeypatch):
    monkeypatch.setenv("HCCL_BUFFSIZE", "1")
    words = ["--ranks", "8", "--m", "512", "--k", "65000", "--n", "16"]
    status, _, err = dovetail("run", "all_gather_matmul", *words)
    assert status == 1
    assert re.search(r"MB", err)


def test_the_command_is_installed_and_ends_quietly_when_nobody_reads():
    command = [sys.executable, "-m", "dovetail", "compile", "all_gather_matmul"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait()


OPERATOR = ["run", "all_gather_matmul_v2", "--m", "33", "--k", "300", "--n", "70"]


@pytest.fixture
def soc(monkeypatch):
    monkeypatch.setenv("DOVETAIL_SOC", "")  # which the command sets


def test_run_an_operator(dovetail, soc):
    words = ["--dtype", "int8", "--scales", "per-token", "--scale-dtype", "int64", "--transposed-x2"]
    status, out, err = dovetail(*OPERATOR, *words, "--gather-out", "empty", "--ranks", "4")
    assert status == 0, out + err
    *lines, verdict = out.splitlines()
    assert verdict == "PASS"
    table = dict(re.split(r"  +", line, maxsplit=1) for line in lines)
    assert table["operator"] == "aclnnAllGatherMatmulV2, through its entry points; package for ascend910b"
    assert table["shape"] == "m = 33, k = 300, n = 70"
    assert table["ranks"] == "4, in one process"
    assert table["types"] == "x1 of INT8, output of FLOAT16, x2Scale of INT64, x1Scale of FLOAT, x2 transposed"
    assert table["gatherOut"] == "without elements"
    assert table["largest error of output"] == "0 (every bit compared)"
    assert "largest error of gather_out" not in table
    for step in ("building", "making", "running on 4 ranks", "comparing"):
        assert step in err


def test_run_an_operator_of_floating_types(dovetail, soc):
    status, out, err = dovetail(*OPERATOR, "--dtype", "bfloat16")
    assert status == 0, out + err
    assert "types                        x1 of BFLOAT16, output of BFLOAT16\n" in out
    assert "gatherOut                    wanted\n" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--dtype", "int16"],
            "all_gather_matmul_v2 has no kernels of 'int16'; it has those of float16, bfloat16, int8, int4",
        ),
        (
            ["--dtype", "int8", "--output-dtype", "int8"],
            "no kernels of 'int8' with an output of int8 and scales as in x2_scale; it has int8_float16",
        ),
        (
            ["--dtype", "int8", "--output-dtype", "bfloat16", "--scale-dtype", "int64"],
            "no kernels of 'int8' with an output of bfloat16 and scales of int64 and scales as in x2_scale; "
            "it has int8_float16",
        ),
        (["--scales", "per-token"], "--scales per-token: x1 of float16 has no scales"),
        (["--target", "ascend310p"], "there is no target 'ascend310p'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_operator_with_choices_that_it_does_not_have(dovetail, soc, words, message):
    status, out, err = dovetail(*OPERATOR, *words)
    assert (status, out) == (2, "")
    assert message in err


def test_a_call_that_the_operator_refuses(dovetail, soc):
    words = [word if word != "300" else "200" for word in OPERATOR]
    status, out, err = dovetail(*words, "--dtype", "int8")
    assert status != 0 and "PASS" not in out
    assert "k of x1 is 200; allowed on Ascend910B3 are 256 to 65534" in err


def test_an_operator_under_the_checker(dovetail, soc):
    status, out, err = dovetail(*OPERATOR, "--dtype", "int8", "--mode", "checked", "--seed", 3, "--seeds", 2)
    assert status == 0, err
    assert "checked                      seeds 3 to 4: no race, no hang, no access out of place\n" in out
    assert "running on 2 ranks, seed 4" in err


ORDER = re.compile(r"^ +(Set|Wait)Flag<HardEvent::S_MTE2>\(EVENT_ID1\);\n", re.MULTILINE)


def test_the_checker_reports_a_race_of_an_operator_as_of_its_kernel(dovetail, soc, monkeypatch, tmp_path):
    """With kernels that load data beside the counter that tells of them."""
    compile = driver.OperatorPackage.compile

    def faulty(package, variant):
        made = compile(package, variant)
        edited = tmp_path / f"{variant.name}.cpp"
        edited.write_text(ORDER.sub("", made.source))
        made.__dict__["generated"] = made.generated.with_device_source(edited)
        return made

    monkeypatch.setattr(driver.OperatorPackage, "compile", faulty)
    words = ["--mode", "checked", "--seed", 1]
    status, out, of_operator = dovetail(*OPERATOR, *words)
    assert (status, out) == (1, "")
    edited = tmp_path / "float16_128x256x256.cpp"
    status, out, of_kernel = dovetail("run", "all_gather_matmul", *OPERATOR[2:], *words, "--source", edited)
    assert (status, out) == (1, "")
    for said in (of_operator, of_kernel):
        assert re.search(r"race: bytes \[\d+, \d+\) of (the window|UB) of rank [01]", said), said
        assert "nothing orders" in said and "seed 1" in said and "all_gather_matmul.cpp:" in said, said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--mode", "quick"], "invalid choice: 'quick'"),
        (["--seeds", "3"], "--seeds are orders of a checked run: it goes with --mode checked"),
        (["--seed", "-1"], "'-1' is not a whole number from 0 on"),
    ],
    ids=" ".join,
)
def test_bad_words_of_an_operator_under_the_checker(dovetail, words, said):
    status, out, err = dovetail(*OPERATOR, *words)
    assert (status, out) == (2, "") and said in err


def test_run_a_kernel_of_several_types(dovetail):
    words = ["--dtype", "int8", "--dtype-of", "output=bfloat16", "--x1-scale", "--x2-scale"]
    status, out, _ = dovetail("run", "all_gather_matmul", *SMALL, *words)
    assert status == 0
    assert "types                        int8, output of bfloat16, x1_scale, x2_scale\n" in out
    assert "largest error of output      0 (every bit compared)\n" in out
