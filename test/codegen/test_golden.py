"""The whole text of generated kernels, beside this file in `golden`.

After a change that is meant to change it: `pytest test/codegen/test_golden.py --update-golden`, then read the diff.
"""

import hashlib
import os
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
    "all_gather_matmul_ascend950": ("all_gather_matmul", {"target": "ascend950", "present": ("bias",)}),
    "all_gather_matmul_ascend950_float8": (
        "all_gather_matmul",
        {
            "target": "ascend950",
            "dtype": "float8_e5m2",
            "dtypes": {"x2": "float8_e4m3fn", "output": "float32", "bias": "float32"},
            "present": ("x1_factor", "x2_factor", "bias"),
        },
    ),
    "all_gather_matmul_ascend950_hifloat8_transposed": (
        "all_gather_matmul",
        {
            "target": "ascend950",
            "dtype": "hifloat8",
            "dtypes": {"output": "bfloat16"},
            "transposed": ("x2",),
            "absent": ("gather_out",),
        },
    ),
    "all_gather_matmul_ascend950_float4": (
        "all_gather_matmul",
        {
            "target": "ascend950",
            "dtype": "float4_e2m1fn",
            "dtypes": {"output": "bfloat16"},
            "present": ("x1_exponents", "x2_exponents"),
            "transposed": ("x2",),
        },
    ),
    "all_gather_matmul_ascend950_mx": (
        "all_gather_matmul",
        {
            "target": "ascend950",
            "dtype": "float8_e4m3fn",
            "dtypes": {"output": "float32", "bias": "float32"},
            "present": ("x1_exponents", "x2_exponents", "bias"),
            "transposed": ("x2",),
        },
    ),
    "all_gather_matmul_bfloat16_transposed": (
        "all_gather_matmul",
        {"dtype": "bfloat16", "transposed": ("x2",), "absent": ("gather_out",)},
    ),
    "all_gather_matmul_by_rank": ("all_gather_matmul", {"schedule": dt.Schedule(tile=(64, 128, 64), order="rank")}),
    "all_gather_matmul_int4": (
        "all_gather_matmul",
        {"dtype": "int4", "dtypes": {"output": "float16"}, "present": ("x1_scale", "x2_scale")},
    ),
    "all_gather_matmul_int4_packed_transposed": (
        "all_gather_matmul",
        {
            "dtype": "int4",
            "dtypes": {"output": "float16", "x2_scale": "int64"},
            "present": ("x2_scale",),
            "transposed": ("x2",),
            "schedule": dt.Schedule(tile=(16, 512, 128)),
        },
    ),
    "all_gather_matmul_int8": (
        "all_gather_matmul",
        {"dtype": "int8", "dtypes": {"output": "float16"}, "present": ("x1_scale", "x2_scale")},
    ),
    "all_gather_matmul_int8_packed": (
        "all_gather_matmul",
        {"dtype": "int8", "dtypes": {"output": "float16", "x2_scale": "int64"}, "present": ("x2_scale",)},
    ),
    "all_gather_matmul_int8_packed_per_token": (
        "all_gather_matmul",
        {
            "dtype": "int8",
            "dtypes": {"output": "float16", "x2_scale": "int64"},
            "present": ("x1_scale", "x2_scale"),
            "pipeline": "two-stage",
        },
    ),
    "all_gather_matmul_int8_per_channel_transposed": (
        "all_gather_matmul",
        {
            "dtype": "int8",
            "dtypes": {"output": "bfloat16"},
            "present": ("x2_scale",),
            "transposed": ("x2",),
            "absent": ("gather_out",),
            "schedule": dt.Schedule(tile=(64, 128, 256), order="rank"),
        },
    ),
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
