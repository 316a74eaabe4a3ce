"""Kernels as objects: their files, parameters, references, schedules; and what compiling them refuses."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

import dovetail as dt
from dovetail.dialect.context import fresh_context
from dovetail.dsl import Kernel, added_inputs, as_dtype, built_in_kernels, gathered_inputs, load_kernel, lower
from dovetail.dsl.elaborate import elaborate

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "kernels").glob("*.py"))
ALL = [*built_in_kernels(), *map(str, EXAMPLES)]
COPY = """
import dovetail as dt

@dt.kernel
def copy(x1: dt.Matrix["m", "k"], output: dt.Output["m", "k"]):
    with dt.stage("copy"):
        for i in dt.tiles(x1.rows):
            output[i] = x1[i]
"""


@pytest.fixture(scope="module")
def context():
    return fresh_context()


@pytest.fixture
def file(tmp_path):
    def write(text: str, name: str = "kernels.py") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def error_of(kernel: Kernel, **choices) -> str:
    with pytest.raises(dt.CompileError) as caught:
        elaborate(kernel, **choices)
    return str(caught.value)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("is_least", [False, True])
def test_lowers_and_verifies(name, dtype, is_least, context):
    kernel = load_kernel(name)
    inputs = [each.name for each in kernel.parameters if not each.output and each.name not in gathered_inputs(kernel)]
    absent = [each.name for each in kernel.parameters if each.optional]
    choices = {"transposed": inputs, "absent": absent} if is_least else {}
    module = lower(kernel, dtype, dt.Schedule(tile=(16, 32, 64)), context=context, **choices)
    assert module.operation.verify()
    assert str(module) == str(lower(kernel, dtype, dt.Schedule(tile=(16, 32, 64)), context=context, **choices))


@pytest.mark.parametrize("name", ALL)
def test_reference(name):
    """Against products of Python's numbers, which know nothing of what the kernel files do."""
    kernel, ranks = load_kernel(name), 3
    sizes = {"m": 2, "k": 5, "n": 4, "depth": 3, "query_size": 4, "key_size": 6}
    generator = numpy.random.default_rng(0)
    inputs = {}
    for each in kernel.parameters:
        if not each.output and each.wanted:
            draw = [generator.integers(-3, 4, [sizes[size] for size in each.sizes]).astype(float) for _ in range(ranks)]
            inputs[each.name] = draw if each.name in gathered_inputs(kernel) else draw[0]
    outputs = kernel.reference(**inputs)
    assert sorted(outputs) == sorted(each.name for each in kernel.parameters if each.output)
    first, *others = inputs.values()
    rows = [row for matrix in (first if isinstance(first, list) else [first]) for row in matrix.tolist()]
    products = [[[sum(map(lambda a, b: a * b, row, column)) for column in other.T] for row in rows] for other in others]
    expected = products + ([rows] if "gather_out" in outputs else [])
    assert [output.tolist() for output in outputs.values()] == expected


def test_parameters():
    kernel = load_kernel("all_gather_matmul")
    assert (kernel.name, Path(kernel.source_file).name) == ("all_gather_matmul", "all_gather_matmul.py")
    assert gathered_inputs(kernel) == ("x1", "x1_scale", "x1_exponents", "x1_blocks")
    x1, _, _, gather_out, x1_scale, x1_factor, x1_exponents, x1_blocks, x2_scale, x2_factor, *_, bias = (
        kernel.parameters
    )
    assert (x1.name, x1.sizes, x1.dtype, x1.output, x1.optional) == ("x1", ("m", "k"), None, False, False)
    assert (gather_out.sizes, gather_out.output, gather_out.optional) == (("ranks * m", "k"), True, True)
    assert (x1_scale.sizes, x1_scale.dtype, x1_scale.wanted) == (("m", "1"), dt.float32, False)
    assert x2_scale.sizes == ("1", "n") and gather_out.wanted
    assert x1_factor.sizes == x2_factor.sizes == ("1", "1")
    assert x1_exponents.sizes == ("m", "2 * ceil(k / 64)")
    assert x1_blocks.sizes == ("ceil(m / 128)", "ceil(k / 128)")
    assert (bias.sizes, bias.dtype) == (("1", "n"), None) and added_inputs(kernel) == ("bias",)
    columns = load_kernel(next(path for path in EXAMPLES if path.stem == "all_gather_matmul_columns"))
    assert columns.limits == {"depth": "k"}
    assert columns.parameters[1].sizes == ("depth", "n")


def test_what_is_left_out():
    kernel = load_kernel("all_gather_matmul")
    assert kernel.left_out() == (
        "x1_scale", "x1_factor", "x1_exponents", "x1_blocks",
        "x2_scale", "x2_factor", "x2_exponents", "x2_blocks", "bias",
    )  # fmt: skip
    left = kernel.left_out(["gather_out"], ["x2_scale", "bias"])
    assert left[:5] == ("gather_out", "x1_scale", "x1_factor", "x1_exponents", "x1_blocks")
    assert left[5:] == ("x2_factor", "x2_exponents", "x2_blocks")
    with pytest.raises(
        ValueError, match="'x2' cannot be asked for; optional matrices: gather_out, x1_scale, x1_factor, "
    ):
        kernel.left_out((), ["x2"])
    with pytest.raises(ValueError, match="'x2' cannot be absent"):
        kernel.left_out(["x2"])


def test_types_of_single_matrices():
    kernel = load_kernel("all_gather_matmul")
    program = elaborate(kernel, "int8", dtypes={"output": "bfloat16"}, present=("x2_scale",))
    types = {matrix.name: str(matrix.dtype) for matrix in program.matrices}
    assert types == {"x1": "int8", "x2": "int8", "output": "bfloat16", "gather_out": "int8", "x2_scale": "float32"}
    with pytest.raises(ValueError, match="has no matrix 'out'; it has x1, x2, output"):
        elaborate(kernel, dtypes={"out": "float16"})


def test_names_of_a_file(file):
    two = COPY + COPY.replace("def copy", "def again")
    assert load_kernel(file(two), "again").name == "again"
    with pytest.raises(ValueError, match=r"2 kernels, choose one by name: copy, again"):
        load_kernel(file(two))
    with pytest.raises(ValueError, match=r"no function called other is marked with @dt.kernel"):
        load_kernel(file(two), "other")
    with pytest.raises(ValueError, match=r"no function is marked with @dt.kernel"):
        load_kernel(file("import dovetail as dt\n"))
    with pytest.raises(FileNotFoundError, match=r"no kernel 'all_gather': give a .py file or .* all_gather_matmul"):
        load_kernel("all_gather")
    with pytest.raises(FileNotFoundError):
        load_kernel("missing.py")
    assert load_kernel(file(COPY)).reference is None


def test_a_kernel_is_what_its_file_was(file):
    """A file that changes is loaded anew at once, and leaves kernels alone that are loaded already."""
    before = load_kernel(file(COPY))
    after = load_kernel(file(COPY.replace("x1[i]", "x2[i]")))
    assert elaborate(before).name == "copy"
    assert "kernels.py:8:25: error: unknown name x2" in error_of(after)


def test_annotations_as_text(file):
    kernel = load_kernel(file("from __future__ import annotations\n" + COPY))
    assert kernel.parameters[0].sizes == ("m", "k")


def test_kernels_may_stand_in_functions_and_use_their_names():
    size = "k"

    @dt.kernel
    def copy(x1: dt.Matrix["m", size], output: dt.Output["m", size]):
        if size == "k":
            with dt.stage("copy"):
                for i in dt.tiles(x1.rows):
                    output[i] = x1[i]

    assert len(elaborate(copy).body) == 1


def test_globals_are_those_of_now(file):
    kernel = load_kernel(file(COPY.replace("        for i", "        missing\n        for i")))
    assert "unknown name missing" in error_of(kernel)
    kernel.function.__globals__["missing"] = None
    elaborate(kernel)


def test_kernel_without_source():
    names = {}
    exec(COPY, names)
    assert "the source of this kernel cannot be read" in error_of(names["copy"])


def test_errors_pass_between_processes(file):
    with pytest.raises(dt.CompileError) as caught:
        elaborate(load_kernel(file(COPY.replace("x1[i]", "x2[i]"))))
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), copied.span) == (str(caught.value), caught.value.span)


def test_tabs_stay_under_the_underline(file):
    error = error_of(load_kernel(file(COPY.replace("    ", "\t").replace("x1[i]", "x2[i]"))))
    assert error.splitlines()[1:3] == ["\t\t\toutput[i] = x2[i]", "\t\t\t            ^~"]


def test_a_kernel_is_not_called():
    with pytest.raises(TypeError, match=r"all_gather_matmul is a kernel: compile it with dt.compile"):
        load_kernel("all_gather_matmul")(1, 2)
    with pytest.raises(TypeError, match=r"@dt.kernel marks a function, not 3"):
        dt.kernel(3)
    for word in (dt.tiles, dt.ranks, dt.zeros):
        with pytest.raises(TypeError, match=r"means something only inside a function marked @dt.kernel"):
            word()


def test_choices_that_do_not_fit():
    kernel = load_kernel("all_gather_matmul")
    with pytest.raises(ValueError, match="all_gather_matmul: 'output' cannot be absent; optional matrices: gather_out"):
        elaborate(kernel, absent=("output",))
    with pytest.raises(ValueError, match="'output' cannot be transposed; inputs: x1, x2"):
        elaborate(kernel, transposed=("output",))
    with pytest.raises(ValueError, match="unknown dtype 'float8'; there are float16, bfloat16, float32"):
        elaborate(kernel, dtype="float8")
    error = error_of(kernel, transposed=("x1",))
    assert "x1 is gathered by rows, so it cannot be stored by columns" in error
    assert "leave x1 out of the transposed matrices" in error
    assert "the cube cores do not multiply float32" in error_of(kernel, dtype="float32")


def test_absent_matrix_in_use(file):
    text = COPY.replace('output: dt.Output["m", "k"]', 'output: dt.Output["m", "k"] | None')
    error = error_of(load_kernel(file(text)), absent=("output",))
    assert "kernels.py:8:13: error: output is absent in this compilation" in error
    assert "help: put it under `if output is not None:`" in error


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"tile": (128, 256)}, r"tile is three numbers \(rows, columns, contraction depth\), not \(128, 256\)"),
        ({"tile": (128, 256, 2.0)}, "tile is three numbers"),
        ({"tile": 128}, "tile is three numbers"),
        ({"tile": (128, 100, 256)}, "tile columns must be a positive multiple of 16, not 100"),
        ({"tile": (0, 256, 256)}, "tile rows must be a positive multiple of 16, not 0"),
        ({"chunk": 0}, "chunk must be a positive whole number, not 0"),
        ({"slots": -1}, "slots must be a positive whole number, not -1"),
        ({"communication_cores": True}, "communication_cores must be a positive whole number, not True"),
        ({"order": "random"}, "order must be one of 'arrival', 'rank', not 'random'"),
    ],
)
def test_schedules_that_make_no_sense(fields, message):
    with pytest.raises(ValueError, match=r"Schedule: .*" + message):
        dt.Schedule(**fields)


def test_schedules_are_values():
    assert dt.Schedule(tile=[16, 32, 64]) == dt.Schedule(tile=(16, 32, 64))
    assert len({dt.Schedule(), dt.Schedule(), dt.Schedule(slots=3)}) == 2


def test_dtypes():
    assert as_dtype("bfloat16") is dt.bfloat16 is as_dtype(dt.bfloat16)


def test_importing_is_light():
    """Neither `import dovetail` nor a kernel's definition needs MLIR or numpy."""
    program = (
        "import sys, dovetail\n"
        "from dovetail.dsl import added_inputs, gathered_inputs, load_kernel\n"
        "gathered_inputs(load_kernel('all_gather_matmul'))\n"
        "heavy = [name for name in ('numpy', 'torch_mlir') if name in sys.modules]\n"
        "sys.exit(f'imports {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
