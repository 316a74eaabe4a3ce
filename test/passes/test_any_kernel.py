"""No pass knows an operator, or the names that people give: the passes compile whatever is made of stages of tiles."""

import re
from pathlib import Path

import pytest

import dovetail as dt
from dovetail import driver

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "kernels").glob("*.py"))

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


def texts(kernel, **choices) -> list[str]:
    source = driver.compile(kernel, **choices).generated
    return [source.device, source.tiling_header, source.host]


@pytest.mark.parametrize("pipeline", ["fused", "two-stage"])
def test_names_mean_nothing(tmp_path, pipeline):
    """With other names for the kernel, its stages and its matrices, only names change."""
    kernel = dt.load_kernel("all_gather_matmul")
    path = tmp_path / "any_cradle_orchid.py"
    path.write_text(renamed(Path(kernel.source_file).read_text(encoding="utf-8")), encoding="utf-8")
    made = texts(path, pipeline=pipeline)
    assert made == [renamed(text) for text in texts(kernel, pipeline=pipeline)]
    assert not re.search("gather(?!ed)|matmul", made[0], re.IGNORECASE)


SCHEDULES = {
    "smallest": dt.Schedule(tile=(16, 16, 16), chunk=1, slots=1, communication_cores=1),
    "by rank": dt.Schedule(tile=(32, 64, 128), chunk=100, slots=3, communication_cores=4, order="rank"),
    "large": dt.Schedule(tile=(256, 128, 64), chunk=4096, slots=8, communication_cores=64),
}


@pytest.mark.parametrize("pipeline", ["fused", "two-stage"])
@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
@pytest.mark.parametrize("kernel", ["all_gather_matmul", *EXAMPLES], ids=lambda kernel: Path(kernel).stem)
def test_compiles_with_other_schedules(kernel, schedule, pipeline):
    device, *_ = texts(kernel, schedule=schedule, pipeline=pipeline)
    assert f"void {dt.load_kernel(kernel).name}(" in device
    rows, _, depth = schedule.tile
    computes = Path(kernel).stem != "all_gather"
    assert computes == ("Mmad(" in device)
    assert computes == (f"l1A(TPosition::A1, 0, {2 * rows * depth})" in device)


def test_stages_of_different_types(tmp_path):
    """Two products that have nothing in common, not even a type: each has buffers and functions of its own."""
    path = tmp_path / "two_types.py"
    stage = """
    with dt.stage("{name}"):
        for i, j in dt.tiles({a}.rows, {b}.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles({b}.rows):
                accumulator += {a}[i, k] @ {b}[k, j]
            {c}[i, j] = accumulator
"""
    path.write_text(
        """
import dovetail as dt

@dt.kernel
def two_types(
    a: dt.Matrix["m", "k", dt.float16], b: dt.Matrix["k", "n", dt.float16], c: dt.Output["m", "n", dt.float16],
    d: dt.Matrix["o", "p", dt.bfloat16], e: dt.Matrix["p", "q", dt.bfloat16], f: dt.Output["o", "q", dt.bfloat16],
):
"""
        + stage.format(name="one", a="a", b="b", c="c")
        + stage.format(name="two", a="d", b="e", c="f"),
        encoding="utf-8",
    )
    device, *_ = texts(path, schedule=dt.Schedule(tile=(32, 32, 32)))
    assert device.count("__aicore__ inline void CopyToL1") == 2
    assert "LocalTensor<half> l0A(" in device and "LocalTensor<bfloat16_t> l0A2(" in device
    assert "GatherSend" not in device and "Hccl" not in device
