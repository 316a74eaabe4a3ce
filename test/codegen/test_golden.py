"""The whole text of generated kernels, beside this file in `golden`.

After a change that is meant to change it: `pytest test/codegen/test_golden.py --update-golden`, then read the diff.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import dovetail as dt
from dovetail import driver

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = Path(__file__).parents[2] / "examples" / "kernels"
VARIANTS = {
    "all_gather_matmul": ("all_gather_matmul", {}),
    "all_gather_matmul_bfloat16_transposed": (
        "all_gather_matmul",
        {"dtype": "bfloat16", "transposed": ("x2",), "absent": ("gather_out",)},
    ),
    "all_gather_matmul_by_rank": ("all_gather_matmul", {"schedule": dt.Schedule(tile=(64, 128, 64), order="rank")}),
    "all_gather_matmul_two_stage": ("all_gather_matmul", {"pipeline": "two-stage"}),
    **{f"example_{path.stem}": (path, {}) for path in sorted(EXAMPLES.glob("*.py"))},
}


def files(variant: str) -> dict[str, str]:
    """The text of a variant by the names of its golden files."""
    kernel, choices = VARIANTS[variant]
    source = driver.compile(kernel, **choices).generated
    return {
        f"{variant}.cpp": source.device,
        f"{variant}_tiling.h": source.tiling_header,
        f"{variant}_host.cpp": source.host,
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_golden(variant, request):
    made = files(variant)
    if request.config.getoption("--update-golden", default=False):
        GOLDEN.mkdir(exist_ok=True)
        for name, text in made.items():
            (GOLDEN / name).write_text(text, encoding="utf-8")
    for name, text in made.items():
        assert (GOLDEN / name).read_text(encoding="utf-8") == text, f"{name}: --update-golden takes the new text"


def test_no_golden_file_is_left_over():
    expected = {f"{variant}{end}" for variant in VARIANTS for end in (".cpp", "_tiling.h", "_host.cpp")}
    assert {path.name for path in GOLDEN.iterdir()} == expected


@pytest.mark.parametrize("variant", VARIANTS)
def test_text_is_tidy(variant):
    for name, text in files(variant).items():
        assert text.endswith("\n") and not text.endswith("\n\n")
        for number, line in enumerate(text.splitlines(), 1):
            assert line == line.rstrip() and "\t" not in line, f"{name}:{number}"
            assert len(line) <= 120, f"{name}:{number} has {len(line)} characters"


def digest() -> str:
    text = "".join(text for variant in VARIANTS for text in files(variant).values())
    return hashlib.sha256(text.encode()).hexdigest()


def test_compiling_again_gives_the_same_text():
    assert digest() == digest()


def test_text_does_not_depend_on_the_order_of_hashes():
    command = [sys.executable, "-c", "import test_golden; print(test_golden.digest())"]
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    given = [
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=True
        ).stdout.decode()
        for seed in ("1", "2")
    ]
    assert given == [f"{digest()}\n"] * 2


# The kernel under other names, of the same lengths so that lines break alike.
RENAMED = (
    ("all_gather_matmul", "any_cradle_orchid"),
    ("AllGatherMatmul", "AnyCradleOrchid"),
    ("ALL_GATHER_MATMUL", "ANY_CRADLE_ORCHID"),
    ('"gather"', '"cradle"'),
    ('"matmul"', '"orchid"'),
    (r"\bGather(?=Send|Receive)", "Cradle"),
    (r"\bMatmul\b", "Orchid"),
    (r"\bgather_out\b", "sesame_oil"),
    (r"\bgatherOut", "sesameOil"),
    (r"\bx1", "ad"),
    (r"\bx2", "we"),
    (r"\boutput(?! that)", "quince"),
)


def renamed(text: str) -> str:
    for old, new in RENAMED:
        text = re.sub(old, new, text)
    return text


def test_names_mean_nothing_to_the_compiler(tmp_path):
    """No pass knows the operator: with other names for the kernel, its stages and matrices, only names change."""
    kernel = Path(dt.load_kernel("all_gather_matmul").source_file)
    path = tmp_path / "any_cradle_orchid.py"
    path.write_text(renamed(kernel.read_text(encoding="utf-8")), encoding="utf-8")
    source = driver.compile(path).generated
    golden = files("all_gather_matmul").values()
    assert [source.device, source.tiling_header, source.host] == [renamed(text) for text in golden]
    assert not re.search("gather(?!ed)|matmul", source.device, re.IGNORECASE)


SCHEDULES = {
    "smallest": dt.Schedule(tile=(16, 16, 16), chunk=1, slots=1, communication_cores=1),
    "by rank": dt.Schedule(tile=(32, 64, 128), chunk=100, slots=3, communication_cores=4, order="rank"),
    "large": dt.Schedule(tile=(256, 128, 64), chunk=4096, slots=8, communication_cores=64),
}


@pytest.mark.parametrize("pipeline", ["fused", "two-stage"])
@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
@pytest.mark.parametrize("path", ["all_gather_matmul", *sorted(EXAMPLES.glob("*.py"))], ids=lambda path: Path(path).stem)
def test_compiles_with_other_schedules(path, schedule, pipeline):
    source = driver.compile(path, schedule=schedule, pipeline=pipeline).generated
    assert f"void {dt.load_kernel(path).name}(" in source.device
    rows, columns, depth = schedule.tile
    computes = "Mmad(" in source.device
    assert computes == (Path(path).stem != "all_gather")
    if computes:
        assert f"l1A(TPosition::A1, 0, {2 * rows * depth})" in source.device
