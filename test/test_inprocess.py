"""The lit format itself: what should fail does, and says why."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CONFIGURATION = """
lit_config.load_config(config, {configuration!r})
config.test_source_root = {directory!r}
config.test_exec_root = {directory!r}
"""

MODULE = "func.func @f() { %0 = dovetail.rank return }\n"

# Name, text, verdict, and what the report must say.
TESTS = [
    ("check.mlir", "// RUN: dovetail-opt %s | filecheck %s\n// CHECK: dovetail.rank\n" + MODULE, "PASS", ""),
    (
        "wrong_check.mlir",
        "// RUN: dovetail-opt %s | filecheck %s\n// CHECK: dovetail.ranks\n" + MODULE,
        "FAIL",
        r'wrong_check.mlir:2: .*Couldn\'t match "dovetail.ranks"(.|\n)*filecheck ended with status 1'
        r"(.|\n)*3:     %0 = dovetail.rank",
    ),
    (
        "wrong_not.mlir",
        "// RUN: dovetail-opt %s | filecheck %s\n// CHECK-NOT: dovetail.rank\n// CHECK: return\n" + MODULE,
        "FAIL",
        "excluded string found",
    ),
    (
        "second_line.mlir",
        "// RUN: dovetail-opt %s | filecheck %s\n// RUN: dovetail-opt %s | filecheck %s --check-prefix=B\n"
        "// CHECK: dovetail.rank\n// B: nothing\n" + MODULE,
        "FAIL",
        "nothing",
    ),
    ("no_checks.mlir", "// RUN: dovetail-opt %s | filecheck %s\n" + MODULE, "FAIL", "No check strings found"),
    ("no_run.mlir", MODULE, "UNRESOLVED", "no 'RUN:' line"),
    (
        "failing_first.mlir",
        "// RUN: dovetail-opt %s | filecheck %s --allow-empty\n// CHECK-NOT: something\ndovetail.nothing\n",
        "FAIL",
        r"failing_first.mlir:3:1: error: there is no operation(.|\n)*dovetail-opt ended with status 1",
    ),
    (
        "not.mlir",
        "// RUN: not dovetail-opt %s 2>&1 | filecheck %s\n// CHECK: :3:1: error:\ndovetail.nothing\n",
        "PASS",
        "",
    ),
    ("not_not.mlir", "// RUN: not dovetail-opt %s\n" + MODULE, "FAIL", "dovetail-opt ended with status 0"),
    (
        "files.mlir",
        "// RUN: dovetail-opt < %s > %t 2> %t.errors\n// RUN: filecheck %s < %t\n// CHECK: dovetail.rank\n" + MODULE,
        "PASS",
        "",
    ),
    (
        "shell.mlir",
        "// RUN: dovetail-opt %s > %t && cat %t | filecheck %s\n// CHECK: dovetail.rank\n" + MODULE,
        "PASS",
        "",
    ),
    (
        "wrong_shell.mlir",
        "// RUN: dovetail-opt %s > %t && cat %t | filecheck %s\n// CHECK: dovetail.ranks\n" + MODULE,
        "FAIL",
        "Couldn't match",
    ),
    ("xfail.mlir", "// XFAIL: *\n// RUN: dovetail-opt %s\ndovetail.nothing\n", "XFAIL", ""),
    ("missing.mlir", "// REQUIRES: a-feature\n// RUN: dovetail-opt %s\n", "UNSUPPORTED", ""),
    ("script.py", "# RUN: %PYTHON %s | filecheck %s\n# CHECK: 3\nprint(1 + 2)\n", "PASS", ""),
    ("raises.py", "# RUN: %PYTHON %s\nraise ValueError('for a reason')\n", "FAIL", "ValueError: for a reason"),
    (
        "aborts.py",
        "# RUN: %PYTHON %s\nimport os, sys\nprint('last words', file=sys.stderr)\nos.abort()\n",
        "FAIL",
        r"last words(.|\n)*killed by SIGABRT",
    ),
    ("no_test.py", "print('not for lit')\n", None, ""),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> str:
    directory = tmp_path_factory.mktemp("suite")
    configuration = str(Path(__file__).with_name("lit.cfg.py"))
    (directory / "lit.cfg.py").write_text(CONFIGURATION.format(configuration=configuration, directory=str(directory)))
    for name, text, _, _ in TESTS:
        (directory / name).write_text(text)
    command = [
        sys.executable,
        "-c",
        "import lit.main; lit.main.main()",
        "-vv",
        "-j2",
        "--show-unsupported",
        str(directory),
    ]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert "Testing Time" in ended.stdout, ended.stderr
    return ended.stdout


@pytest.mark.parametrize(("name", "verdict", "says"), [(name, verdict, says) for name, _, verdict, says in TESTS])
def test_verdict(report, name, verdict, says):
    match = re.search(rf"^(\w+): dovetail :: {name} \(.*\)\n(?:\*+ TEST '.*\n((?:.|\n)*?)^\*{{20}}$)?", report, re.M)
    if verdict is None:
        assert match is None
        return
    assert match[1] == verdict, match[0]
    assert re.search(says, match[2] or "")
