"""Executors between the two stages; the tests themselves are in executors.cpp."""

import re
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("executors.cpp")
NAMES = re.findall(r'^    \{"(\w+)", \w+\},$', SOURCE.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def program(package, tmp_path_factory):
    return package.compile(SOURCE, tmp_path_factory.mktemp("executors") / "executors")


def test_all_tests_are_known(package, program):
    done = subprocess.run([program], env=package.environment, capture_output=True, text=True)
    assert sorted(NAMES) == done.stdout.split()


@pytest.mark.parametrize("name", NAMES)
def test_executors(package, program, name):
    environment = {**package.environment, "ASCEND_SLOG_PRINT_TO_STDOUT": "0"}
    done = subprocess.run([program, name], env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr
