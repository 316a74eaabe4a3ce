"""docs/c-interface.md: its commands run as they stand, end as they should, and print what the page shows."""

import re
import subprocess
from pathlib import Path

import pytest

from dovetail.target.machine import MACHINES
from dovetail.target.operators import operator

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "c-interface.md").read_text()
SPECIFICATIONS = sorted((ROOT.parent / "shared" / "spec").glob("*.txt"))
PATIENCE = 600  # seconds for the whole page

# Commands, and what stands in the next box of text, if one comes before the next commands.
BLOCKS = re.findall(r"^```bash\n(.*?)^```$(?:(?:(?!^```).)*?^```text\n(.*?)^```$)?", PAGE, re.DOTALL | re.MULTILINE)
BUILD = "build all_gather_matmul_v2 -o package"
NEXT = "-- the next commands of the page --"


@pytest.fixture(scope="module")
def ran(package, turn, tmp_path_factory):
    """The status and the output of each block: in one shell, where a reader has the examples and the specification.

    `dovetail` stands for the real one, which the fixture `package` has run, and takes the page's words only.
    """
    directory = tmp_path_factory.mktemp("reader")
    (directory / "examples").symlink_to(ROOT / "examples")
    if SPECIFICATIONS:
        (directory / "specification.md").symlink_to(SPECIFICATIONS[0])
    script = f'dovetail() {{ [[ "$*" == "{BUILD}" ]] && ln -s "{package.directory}" package; }}\n'
    for commands, _ in BLOCKS:
        script += f"{commands}status=$?; echo; echo {NEXT} $status\n"
    said = subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    ).stdout
    parts = re.findall(rf"(.*?)\n{NEXT} (\d+)\n", said, re.DOTALL)
    assert len(parts) == len(BLOCKS)
    return [(int(status), output) for output, status in parts]


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=lambda number: BLOCKS[number][0].split()[0])
def test_commands(ran, number):
    commands, shown = BLOCKS[number]
    if "specification" in commands and not SPECIFICATIONS:
        pytest.skip("the specification is not here")
    status, output = ran[number]
    ends_with = re.search(r"# ends with (\d+)$", commands, re.MULTILINE)
    assert status == (int(ends_with[1]) if ends_with else 0), output
    # Ranks speak in any order. `…` stands for anything, and alone in a line for any number of lines.
    lines = [line.rstrip() for line in output.splitlines()]
    for line in shown.splitlines():
        pattern = ".*".join(map(re.escape, line.split("…")))
        found = next((each for each in lines if re.fullmatch(pattern, each)), None)
        assert line == "…" or found is not None, f"{line!r} is not in\n{output}"
        if line != "…":
            lines.remove(found)
    assert not shown or "…" in shown.splitlines() or not any(lines)


def test_every_box_of_text_is_tested():
    assert sum(shown != "" for _, shown in BLOCKS) == PAGE.count("```text\n") > 0


def test_the_table_of_tiles():
    stated = [tuple(map(int, row)) for row in re.findall(r"^\| (\d+) x (\d+) x (\d+) \|", PAGE, re.MULTILINE)]
    assert stated == list(operator("all_gather_matmul_v2").kernel.tiles)


def test_the_chips_are_those_that_the_operator_has_kernels_for():
    (row,) = re.findall(r"^\| `DOVETAIL_SOC` \|.*", PAGE, re.MULTILINE)
    families = operator("all_gather_matmul_v2").families
    chips = [machine.name.removeprefix("Ascend") for machine in MACHINES.values() if machine.family in families]
    assert re.findall(r"9[15]0\w*", row) == chips
