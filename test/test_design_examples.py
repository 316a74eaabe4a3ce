"""docs/design.md shows what the compiler prints, names its passes and rooms, and states the layout of the window."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from dovetail import cli, dsl
from dovetail.passes import pipeline, registry
from dovetail.target import window

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^(?:<!-- (?P<about>.*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = list(BLOCK.finditer(PAGE))
EXCERPTS = [block for block in BLOCKS if (block["about"] or "").startswith("dovetail ")]


def test_every_block_of_code_is_an_excerpt():
    unexplained = [block["text"] for block in BLOCKS if block["language"] in ("mlir", "cpp") and block not in EXCERPTS]
    assert len(EXCERPTS) > 5 and not unexplained


@cache
def printed(command: str, folder: Path) -> list[str]:
    file = folder / "printed"
    assert cli.main([*command.split()[1:], "--output", str(file)]) == 0
    return [plain(line) for line in file.read_text(encoding="utf-8").splitlines()]


def plain(line: str) -> str:
    """A line without its indentation, and without the numbers that values of the IR get by their place."""
    return re.sub(r"%(?:\d+|(\w+?)_\d+)\b", r"%\1", line.strip())


def first_place(lines: list[str], run: list[str], start: int) -> int:
    """Behind the first place from `start` on where the lines of `run` follow each other, or -1."""

    def same(shown: str, line: str) -> bool:
        return line.startswith(shown.removesuffix("...")) if shown.endswith("...") else line == shown

    for place in range(start, len(lines) - len(run) + 1):
        if all(map(same, run, lines[place:])):
            return place + len(run)
    return -1


@pytest.mark.parametrize("block", EXCERPTS, ids=lambda block: block["about"].split()[-1])
def test_excerpt(block, tmp_path_factory):
    lines = printed(block["about"], tmp_path_factory.getbasetemp())
    place, run = 0, []
    for shown in [*block["text"].splitlines(), "..."]:
        if shown.strip() != "...":
            run.append(plain(shown))
            continue
        place = first_place(lines, run, place)
        assert place >= 0, "the compiler does not print, behind what is shown before:\n" + "\n".join(run)
        run = []


def test_passes():
    sections = re.findall(r"^### ([a-z-]+)$", PAGE.partition("## The passes")[2].partition("\n## ")[0], re.MULTILINE)
    shared = [step.name for step in pipeline.parse("fused")[1:] if isinstance(step, registry.Pass)]
    assert sections == ["fuse-stages", *shared, "verify-protocol"]
    assert sorted(sections) == sorted(registry.NAMES)


def test_pipelines():
    (text,) = [block["text"] for block in BLOCKS if block["about"] == "pipelines"]
    left, right = zip(*(line.split("|") for line in text.splitlines()))
    rest = re.sub(r"\s", "", "".join(right))
    shown = {name: first for name, *first in (line.split() for line in left if line.strip())}
    assert {name: ",".join([*first, rest]) for name, first in shown.items()} == pipeline.NAMED


def test_pass_of_the_page():
    (code,) = [block["text"] for block in BLOCKS if block["about"] == "a pass"]
    names: dict[str, type[registry.Pass]] = {}
    exec(code, names)
    module = dsl.lower(dsl.load_kernel("all_gather_matmul"))
    pipeline.run(module, (*pipeline.parse("fuse-stages"), names["CountTransfers"]()))
    assert "transfers = 1" in str(module)
    with pytest.raises(registry.PassFailure, match="at most 0 places"):
        pipeline.run(module, (names["CountTransfers"](most=0),))


def test_rooms():
    stated = {
        row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in re.findall(r"^\| `(\w+)` \| (.*?)\|", PAGE, re.MULTILINE)
    }
    stated = {room: imports for room, imports in stated.items() if room in ROOMS}
    assert stated == {room: imports_of(room) - {room} for room in ROOMS}
    assert {path.stem for path in PACKAGE.iterdir() if not path.name.startswith("_")} - {"kernels"} == set(ROOMS)


PACKAGE = ROOT / "dovetail"
ROOMS = ("dsl", "dialect", "passes", "codegen", "runtime", "target", "opt", "driver", "cli")


def imports_of(room: str) -> set[str]:
    """The rooms that the files of a room import from."""
    found: set[str] = set()
    for file in [*(PACKAGE / room).rglob("*.py"), *PACKAGE.glob(f"{room}.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "dovetail":
                found.update(each.name for each in node.names)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dovetail."):
                found.add((node.module or "").split(".")[1])
    return found


def test_window():
    stated = re.findall(r"^\| `([A-Z]+)` \| (\d+) \|", PAGE, re.MULTILINE)
    assert stated == [(name, str(getattr(window, name))) for name in ("FINISHED", "ARRIVALS", "RELEASES")]
    assert f"at byte {window.DATA}," in PAGE
    assert f"Rows and columns go to {window.MOST_RANKS}." in PAGE and window.MOST_BLOCKS == window.MOST_RANKS
