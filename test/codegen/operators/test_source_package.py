"""The source tree that `dovetail package` writes: its text, that it compiles, and that it does what the CPU does.

After a change that is meant to change it: `pytest test/codegen/operators --update-golden`, then read the diff.
"""

import math
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from source_trees import RUNTIME, compile, host_sources, includes, small, write
from test_entry_points import older

from dovetail import driver
from dovetail.runtime import build, package
from dovetail.runtime.oracle import Data
from dovetail.runtime.trial import Trial
from dovetail.target.toolkit import COMMUNICATION

GOLDEN = Path(__file__).parent / "golden_sources"
TYPES = {"float16": 1, "bfloat16": 27}


@pytest.fixture(scope="module")
def made():
    return driver.source_package(small(), dtypes=["bfloat16"])


@pytest.fixture(scope="module")
def tree(made, tmp_path_factory) -> Path:
    return write(made, tmp_path_factory.mktemp("sources") / "tree")


def is_kernel(name: str) -> bool:
    """Files that come from the compiler, whose text has golden files of its own."""
    return name.startswith("op_kernel/bfloat16") or name.endswith("_host.h")


def test_golden(made, request):
    files = {name: text for name, text in made.sources().items() if not is_kernel(name)}
    if request.config.getoption("--update-golden", default=False):
        for name, text in files.items():
            (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
            (GOLDEN / name).write_text(text, encoding="utf-8")
    assert {str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*") if path.is_file()} == set(files)
    for name, text in files.items():
        assert (GOLDEN / name).read_text(encoding="utf-8") == text, f"{name}: --update-golden takes the new text"


@pytest.mark.parametrize("family", COMMUNICATION)
def test_text_is_tidy(family):
    for name, text in driver.source_package("all_gather_matmul_v2", target=family).sources().items():
        assert text.endswith("\n") and not text.endswith("\n\n"), name
        assert "@" not in text, name
        for number, line in enumerate(text.splitlines(), 1):
            assert line == line.rstrip() and (len(line) <= 120 or name == "README.md"), f"{name}:{number}"


def test_kernels_are_the_files_that_run_on_a_cpu(made, tree):
    for variant in made.variants:
        compiled = made.compile(variant)
        built = build.build(compiled.generated).directory
        name = compiled.kernel.name
        shipped = tree / "op_kernel"
        assert (shipped / f"{variant.name}.h").read_bytes() == (built / f"{name}.cpp").read_bytes()
        assert (shipped / f"{name}_tiling.h").read_bytes() == (built / f"{name}_tiling.h").read_bytes()
        host = (built / f"{name}_host.cpp").read_bytes()
        assert any(host.startswith(path.read_bytes()) for path in (tree / "op_host").glob("*_host.h"))


def test_shared_sources_are_the_ones_of_the_runtime(tree):
    shared = package.shared_sources()
    assert "op_api/aclnn/source/types_and_shapes.cpp" in shared
    for name, path in shared.items():
        assert (tree / name).read_bytes() == path.read_bytes()


# -- it compiles --


def test_host_sources_compile(tree):
    sources = host_sources(tree)
    assert len(sources) > 12
    for source in sources:
        done = compile([*includes(tree), "-fsyntax-only", source])
        assert done.returncode == 0, done.stderr


def test_all_types_and_families_compile(tmp_path):
    for family in COMMUNICATION:
        directory = write(driver.source_package("all_gather_matmul_v2", target=family), tmp_path / family)
        for source in (*sorted((directory / "op_host").glob("*.cpp")), *sorted((directory / "op_api").glob("*.cpp"))):
            done = compile([*includes(directory), "-fsyntax-only", source])
            assert done.returncode == 0, done.stderr


def test_another_operator_compiles(tmp_path):
    directory = write(driver.source_package(older(), dtypes=["bfloat16"]), tmp_path / "older")
    for source in (*sorted((directory / "op_host").glob("*.cpp")), *sorted((directory / "op_api").glob("*.cpp"))):
        done = compile([*includes(directory), "-fsyntax-only", source])
        assert done.returncode == 0, done.stderr
    assert 'this->Input("factor")' in (directory / "op_host" / "older_def.cpp").read_text()


MISTAKES = {
    "definition": ("op_host/all_gather_matmul_v2_def.cpp", 'HcclGroup("group")', 'HcclGroups("group")'),
    "type": ("op_host/all_gather_matmul_v2_def.cpp", "ge::DT_BF16", "ge::DT_BFLOAT16"),
    "shape": ("op_host/all_gather_matmul_v2_infer_shape.cpp", "AppendDim(extent)", "AppendDim()"),
    "platform": ("op_host/all_gather_matmul_v2_tiling.cpp", "GetCoreNumAic()", "GetCoreNumAic(1)"),
    "communication": ("op_host/all_gather_matmul_v2_tiling.cpp", "tiling->mc2CcTiling", "&tiling->mc2CcTiling"),
    "tiling": ("op_host/all_gather_matmul_v2_tiling.cpp", "{bfloat16_64x128x256_tiling,", "{bfloat16_tiling,"),
    "inner": ("op_api/aclnn_all_gather_matmul_v2.cpp", "blockSizeGiven,\n            const_cast", "const_cast"),
    "group": ("op_api/dovetail/toolkit.cpp", "rank_size(communicator, ", "rank_size("),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_does_not_compile(mistake, made, tmp_path):
    name, right, wrong = MISTAKES[mistake]
    directory = write(made, tmp_path / "tree")
    text = (directory / name).read_text()
    assert right in text
    (directory / name).write_text(text.replace(right, wrong, 1))
    done = compile([*includes(directory), "-fsyntax-only", directory / name])
    assert done.returncode != 0 and Path(name).name in done.stderr


# -- it does what the CPU does --


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    made = driver.source_package("all_gather_matmul_v2", dtypes=list(TYPES))
    return write(made, tmp_path_factory.mktemp("whole") / "tree")


@pytest.fixture(scope="module")
def asked(whole, tmp_path_factory):
    """Asks the functions of the host: answers to questions."""
    program = tmp_path_factory.mktemp("tiling") / "tiling"
    sources = [Path(__file__).with_name("tiling.cpp"), *sorted((whole / "op_host").glob("*.cpp"))]
    sources += [whole / "op_api" / "aclnn" / "source" / "least_cost.cpp", whole / "op_api" / "dovetail" / "package.cpp"]
    done = compile([*includes(whole), *sources, "-o", program])
    assert done.returncode == 0, done.stderr

    def ask(questions: list[str]) -> list[str]:
        done = subprocess.run([program], input="\n".join(questions), capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    return ask


SHAPES = [(1, 256, 16), (16, 4096, 512), (100, 300, 1000), (128, 1024, 1024), (2048, 512, 64), (2048, 1024, 8192)]


def cost(variant, shape: tuple[int, int, int], ranks: int, cores: int) -> float:
    """As docs/operator.md has it."""
    rows, columns, _ = variant.tile
    m, _, n = shape
    if m > 128 or m % rows == 0:
        row_tiles = ranks * math.ceil(m / rows)
    else:
        row_tiles = math.ceil(m / rows) + math.ceil((ranks - 1) * m / rows)
    waves = math.ceil(row_tiles * math.ceil(n / columns) / cores)
    return waves * round(1000 * max(rows * columns / 4096, (rows + columns) * 2 / 110))


def test_the_tiling_function_chooses_and_cuts_as_on_a_cpu(asked):
    made = driver.source_package("all_gather_matmul_v2", dtypes=list(TYPES))
    cores, window = 20, 200 << 20
    alike = dict.fromkeys((each.dtype, each.taken) for each in made.variants)
    assert len(alike) == 8
    cases = [(dtype, taken, shape, ranks) for dtype, taken in alike for shape in SHAPES for ranks in (2, 8)]
    questions = [
        f"tiling {TYPES[dtype]} {TYPES[dtype]} -1 {m} {k} {n} {ranks} {window} {digits(taken)}"
        for dtype, taken, (m, k, n), ranks in cases
    ]
    answers = asked(questions)
    assert len(answers) == len(cases)
    kernels = {}
    chosen = set()
    communication = COMMUNICATION[made.family]
    for (dtype, taken, shape, ranks), answer in zip(cases, answers):
        fitting = [
            (cost(each, shape, ranks, cores), number)
            for number, each in enumerate(made.variants, 1)
            if (each.dtype, each.taken) == (dtype, taken)
        ]
        _, number = min(fitting)
        chosen.add(number)
        key, blocks, mode, workspace, tiling = answer.split()
        assert (int(key), int(blocks), int(mode), int(workspace)) == (number, cores, 1, 16 << 20)
        if number not in kernels:
            kernels[number] = made.compile(made.variants[number - 1]).load()
        expected = kernels[number].tiling(dict(zip("mkn", shape)), ranks, cores, window)
        told = bytes.fromhex(tiling)
        init, own = 64, 64 + 280
        assert len(told) == len(expected) and told[own:] == expected[own:]
        assert told[0] == communication.command and told[init] == len(communication.algorithm)
    assert len(chosen) > 8


def digits(taken: tuple[bool, ...]) -> str:
    return "".join("01"[each] for each in taken)


def test_the_tiling_function_says_why_it_refuses(made, asked):
    usual = digits(made.variants[0].taken)
    (said,) = asked([f"tiling 1 1 -1 128 4096 128 8 300000 {usual}"])
    assert said.startswith("AllGatherMatmulV2: the window is too small")
    (said,) = asked([f"tiling 3 3 -1 128 4096 128 8 209715200 {usual}"])
    assert said == "AllGatherMatmulV2: there is no kernel for these types"


def test_shapes_and_types_of_the_outputs(asked):
    assert asked(["shapes 100 256 48 4", "types 27 27", "types 1 27"]) == ["[400, 48] [400, 256] ", "27 27", "-1 -1"]


WRAPPER = """\
#define TILING_KEY_VAR {key}
#include "{entry}"
extern "C" __global__ __aicore__ void all_gather_matmul({parameters}) {{
    all_gather_matmul_v2({arguments});
}}
"""


def of_each_kind(made, most: int):
    """The package with one kernel for each set of matrices and types, or as many of these as are wanted."""
    found: dict = {}
    for each in made.variants:
        matrices = tuple((matrix.name, matrix.dtype) for matrix in made.compile(each).signature.parameters)
        found.setdefault(matrices, each)
    kinds = list(found.values())
    return replace(made, variants=tuple(kinds[:: max(1, len(kinds) // most)][:most]))


def test_the_entry_runs_on_a_cpu(tmp_path, monkeypatch):
    """Each tiling key gives, bit for bit, what the kernel gives that stands behind it."""
    monkeypatch.setenv("DOVETAIL_CACHE", str(tmp_path / "cache"))
    made = of_each_kind(driver.source_package("all_gather_matmul_v2"), most=4)
    tree = write(made, tmp_path / "tree")
    ranks, sizes = 2, {"m": 70, "k": 320, "n": 100}
    entry = tree / "op_kernel" / "all_gather_matmul_v2.cpp"
    declared = entry.read_text().partition("void all_gather_matmul_v2(")[2].partition(")")[0]
    names = [each.split()[-1] for each in declared.split(",")]
    for number, variant in enumerate(made.variants, 1):
        compiled = made.compile(variant)
        taken = [made.operator.kernel.arguments[each.name] for each in compiled.signature.parameters]
        own = [f"{each}Address" for each in taken] + ["workspace", "tilingAddress"]
        wrapper = tmp_path / f"{variant.name}.cpp"
        wrapper.write_text(
            WRAPPER.format(
                key=number,
                entry=entry,
                parameters=", ".join(f"GM_ADDR {each}" for each in own),
                arguments=", ".join(each if each in own else "nullptr" for each in names),
            )
        )
        trial = Trial(compiled.signature, compiled.kernel.reference, sizes, ranks, Data.RANDOM, 7)
        expected = compiled.run(*trial.arguments, ranks=ranks)
        assert all(each.passed for each in trial.compare(expected))
        with compiled.communicator(ranks) as communicator:
            outputs = compiled.launch(communicator, *trial.arguments, source_file=wrapper).outputs
        for given, own_outputs in zip(outputs, expected):
            assert {name: matrix.tobytes() for name, matrix in given.items()} == {
                name: matrix.tobytes() for name, matrix in own_outputs.items()
            }


def test_the_entry_of_all_kernels_compiles(whole):
    entry = whole / "op_kernel" / "all_gather_matmul_v2.cpp"
    include = RUNTIME / "device" / "include"
    done = compile([f"-I{include}", "-DTILING_KEY_VAR=32", "-fsyntax-only", "-Wno-unused-parameter", entry])
    assert done.returncode == 0, done.stderr
