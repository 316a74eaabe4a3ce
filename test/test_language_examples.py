"""docs/language.md: each Python block compiles, or gives the error that the page shows behind it.

A comment before a block names the target that it is for, where that is not the usual one.
"""

import linecache
import re
from dataclasses import fields
from pathlib import Path

import pytest

import dovetail as dt
from dovetail.dialect.diagnostics import DiagnosedError
from dovetail.dsl import CompileError, Kernel, load_kernel

PAGE = (Path(__file__).parent.parent / "docs" / "language.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"(?:^<!-- (?P<target>\w+) -->\n)?^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<error>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)
BLOCKS = list(BLOCK.finditer(PAGE))


def test_the_page_has_both_kinds_of_blocks():
    assert PAGE.count("```python") == len(BLOCKS)
    assert PAGE.count("```text") == sum(block["error"] is not None for block in BLOCKS) > 1


def test_what_is_shown_as_right_compiles(tmp_path):
    """The right blocks are one program, each with its line numbers of the page."""
    names: dict[str, object] = {}
    compiled = 0
    for block in BLOCKS:
        if block["error"] is None:
            text = "\n" * PAGE.count("\n", 0, block.start("code")) + block["code"]
            file = str(tmp_path / f"language_{block.start()}.py")
            linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
            exec(compile(text, file, "exec"), names)
            for kernel in [each for each in names.values() if isinstance(each, Kernel) and each.source_file == file]:
                options = {"target": block["target"]} if block["target"] else {}
                assert dt.compile(kernel, **options).source
                optional = [each.name for each in kernel.parameters if each.optional]
                assert dt.compile(kernel, absent=optional, pipeline="two-stage", **options).source
                compiled += 1
    assert compiled > 3


@pytest.mark.parametrize("block", [block for block in BLOCKS if block["error"]], ids=lambda block: f"{block.start()}")
def test_what_is_shown_as_wrong_gives_the_error_shown(block, tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(block["code"], encoding="utf-8")
    with pytest.raises((CompileError, DiagnosedError)) as caught:
        dt.compile(load_kernel(file))
    assert str(caught.value).replace(str(file), file.name) == block["error"].rstrip("\n")


def test_the_table_of_the_schedule():
    rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \|", PAGE, re.MULTILINE)
    assert rows == [(field.name, repr(field.default)) for field in fields(dt.Schedule)]
