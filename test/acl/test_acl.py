"""The runtime under sanitizers: every program of this folder that needs no arguments, and what the environment says."""

from pathlib import Path

import pytest

PROGRAMS = sorted(path.stem for path in Path(__file__).parent.glob("*.cpp") if "\nint main() {" in path.read_text())
GIB = 1 << 30


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(programs, name):
    programs.run(name)


def test_initialization(programs, tmp_path):
    (tmp_path / "acl.json").write_text('{"dump": {"dump_path": "}", "dump_list": [{}]}}\n')
    for broken in ("", "acl", '{"dump": ', '{"dump": {}} {', '["dump"]'):
        (tmp_path / "other.json").write_text(broken)
        programs.run("initialization", tmp_path / "acl.json", tmp_path / "other.json")


def described(programs, **environment):
    """What the program `describe` says, line by line."""
    return programs.run("describe", **environment).splitlines()


@pytest.mark.parametrize(
    ("environment", "machine", "count", "memory"),
    [
        ({}, "Ascend910B3", 8, 64 * GIB),
        ({"DOVETAIL_SOC": "ascend910b4", "DOVETAIL_DEVICES": "64"}, "Ascend910B4", 64, 32 * GIB),
        ({"DOVETAIL_SOC": "", "DOVETAIL_DEVICES": ""}, "Ascend910B3", 8, 64 * GIB),
        ({"ASCEND_RT_VISIBLE_DEVICES": "1,3,7"}, "Ascend910B3", 3, 64 * GIB),
        ({"ASCEND_RT_VISIBLE_DEVICES": "1,3,8,4"}, "Ascend910B3", 2, 64 * GIB),
        ({"ASCEND_RT_VISIBLE_DEVICES": "2,1"}, "Ascend910B3", 1, 64 * GIB),
        ({"ASCEND_RT_VISIBLE_DEVICES": "2,x"}, "Ascend910B3", 1, 64 * GIB),
        ({"ASCEND_RT_VISIBLE_DEVICES": "11", "DOVETAIL_DEVICES": "12"}, "Ascend910B3", 1, 64 * GIB),
    ],
)
def test_devices(programs, environment, machine, count, memory):
    assert described(programs, **environment) == ["aclInit 0", f"{machine} {count}", f"aclrtSetDevice 0 {memory}"]


@pytest.mark.parametrize("visible", ["", "x", "8", "9999"])
def test_no_visible_devices(programs, visible):
    said = described(programs, ASCEND_RT_VISIBLE_DEVICES=visible)
    assert said[:3] == ["aclInit 0", "Ascend910B3 0", "aclrtSetDevice 107001"]
    assert "there are 0" in said[3]


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"DOVETAIL_SOC": "Ascend310"}, "DOVETAIL_SOC is 'Ascend310'; allowed are Ascend910B1, "),
        ({"DOVETAIL_DEVICES": "0"}, "DOVETAIL_DEVICES is '0'; allowed is a number from 1 to 64"),
        ({"DOVETAIL_DEVICES": "65"}, "DOVETAIL_DEVICES is '65'"),
        ({"DOVETAIL_DEVICES": "-1"}, "DOVETAIL_DEVICES is '-1'"),
        ({"DOVETAIL_DEVICES": "8 "}, "DOVETAIL_DEVICES is '8 '"),
        ({"DOVETAIL_DEVICES": "99999999999999999999"}, "DOVETAIL_DEVICES is '9999"),
    ],
)
def test_nonsense_in_the_environment(programs, environment, message):
    said = described(programs, **environment)
    assert said[0] == "aclInit 100000"
    assert said[1].startswith(message)
    assert said[2] == "(null) 100000"
    assert said[3] == "aclrtSetDevice 100000"
    assert said[4].startswith(message)


@pytest.mark.parametrize(
    ("environment", "printed"),
    [
        ({}, False),
        ({"ASCEND_SLOG_PRINT_TO_STDOUT": "1"}, True),
        ({"ASCEND_SLOG_PRINT_TO_STDOUT": "0"}, False),
        ({"ASCEND_SLOG_PRINT_TO_STDOUT": "0", "ASCEND_LOG_PRINT_TO_STDOUT": "1"}, True),
        ({"ASCEND_SLOG_PRINT_TO_STDOUT": "1", "ASCEND_LOG_PRINT_TO_STDOUT": "0"}, False),
        ({"ASCEND_SLOG_PRINT_TO_STDOUT": "1", "ASCEND_GLOBAL_LOG_LEVEL": "4"}, False),
    ],
)
def test_log(programs, environment, printed):
    said = described(programs, DOVETAIL_DEVICES="none", **environment)
    assert (said[0] == "[ERROR] DOVETAIL_DEVICES is 'none'; allowed is a number from 1 to 64") is printed
