"""Calls the operator for every cell of its table of types, through its entry points: python test/cells.py

Each call is compared with the oracle, and then run again under the checker. Prints the table of docs/operator.md. Ends
with status 1 if a call fails.
"""

import argparse
import itertools
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from machine_processes import MachineProcesses

from dovetail import driver
from dovetail.cli import SCALES
from dovetail.dsl import load_kernel
from dovetail.runtime.oracle import Data
from dovetail.runtime.trial import Trial
from dovetail.target.machine import machine

OPERATOR, KERNEL = "all_gather_matmul_v2", "all_gather_matmul"
A2, A3, A5 = "ascend910b", "ascend910_93", "ascend950"
HALVES, FLOATS = ("float16", "bfloat16"), ("float16", "bfloat16", "float32")
MIXED = tuple(itertools.product(("float8_e4m3fn", "float8_e5m2"), repeat=2))
SHAPES = ((1, 256, 1), (33, 257, 101), (16, 1000, 512), (7, 300, 33), (129, 256, 300), (64, 512, 64))
EVEN = ((1, 256, 2), (33, 258, 102), (16, 1000, 512), (7, 300, 34), (129, 256, 300), (64, 512, 64))
GATHER_OUT = ("wanted", "null", "empty")
RANKS = (2, 4, 8)


@dataclass(frozen=True)
class Row:
    """Cells of one case. scales: a word of `dovetail run --scales`, or nothing."""

    case: str
    targets: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]  # x1, x2
    outputs: tuple[str, ...]  # none: x1's
    scales: str = ""
    scale_dtype: str | None = None
    biases: tuple[bool, ...] = (False,)
    shapes: tuple[tuple[int, int, int], ...] = SHAPES


@dataclass(frozen=True)
class Call:
    target: str
    x1: str
    x2: str
    output: str
    scales: str
    scale_dtype: str | None
    bias: bool
    is_transposed: bool
    gather_out: str
    ranks: int
    shape: tuple[int, int, int]


@dataclass(frozen=True)
class Answer:
    """fault: empty if all is right. share: of the allowed error. factor: of the root mean square error of float32."""

    fault: str
    is_exact: bool
    share: float
    factor: float


def _same(*types: str) -> tuple[tuple[str, str], ...]:
    return tuple((each, each) for each in types)


BOTH = (False, True)
FLOAT8 = (*MIXED, *_same("hifloat8"))
ROWS = (
    Row("1", (A2, A3), _same(*HALVES), ()),
    Row("1", (A5,), _same(*HALVES), (), biases=BOTH),
    *(Row("2a", (A2, A3), _same("int8"), HALVES, scales) for scales in ("per-channel", "per-token")),
    *(Row("2a", (A2, A3), _same("int8"), ("float16",), scales, "int64") for scales in ("per-channel", "per-token")),
    *(Row("2a", (A2, A3), _same("int4"), HALVES, scales, shapes=EVEN) for scales in ("per-channel", "per-token")),
    *(
        Row("2a", (A2, A3), _same("int4"), ("float16",), scales, "int64", shapes=EVEN)
        for scales in ("per-channel", "per-token")
    ),
    Row("2b", (A5,), FLOAT8, FLOATS, "per-tensor", biases=BOTH),
    Row("3", (A5,), FLOAT8, FLOATS, "per-block"),
    Row("4", (A5,), MIXED, FLOATS, "mx", biases=BOTH),
    Row("4", (A5,), _same("float4_e2m1fn"), FLOATS, "mx", biases=BOTH, shapes=EVEN),
)


def calls(row: Row) -> Iterator[Call]:
    """Each combination of types with both layouts of x2; the rest takes turns."""
    layouts = (True,) if row.scales == "mx" else BOTH
    turns = zip(itertools.cycle(row.shapes), itertools.cycle(GATHER_OUT), itertools.cycle(_shifted(RANKS)))
    for target, (x1, x2), bias, is_transposed in itertools.product(row.targets, row.pairs, row.biases, layouts):
        for output, (shape, gather_out, ranks) in zip(row.outputs or (x1,), turns):
            yield Call(
                target, x1, x2, output, row.scales, row.scale_dtype, bias, is_transposed, gather_out, ranks, shape
            )


def _shifted(values: tuple) -> tuple:
    """All rotations, so that what takes turns beside it meets each of these."""
    return tuple(values[(place + turn) % len(values)] for turn in range(len(values)) for place in range(len(values)))


def answer(call: Call, seeds: int) -> Answer:
    names = SCALES.get(call.scales, ())
    absent = ["x1_scale"] if call.scales == "per-channel" else []
    absent += ["gather_out"] if call.gather_out == "null" else []
    empty = ["gather_out"] if call.gather_out == "empty" else []
    package = driver.operator_form(
        OPERATOR,
        target=call.target,
        dtype=call.x1,
        x2_dtype=call.x2,
        output_dtype=call.output,
        scale_dtype=call.scale_dtype,
        scales=names,
        bias=call.bias,
    )
    sizes = dict(zip("mkn", call.shape))
    # One column lies both ways, and is taken as not transposed where that is allowed.
    transposed = ["x2"] if call.scales == "mx" or (call.is_transposed and sizes["n"] > 1) else []
    variant = package.variant(transposed, [*absent, *empty])
    signature = package.compile(variant).signature
    built = package.only(variant).build()
    trial = Trial(signature, load_kernel(KERNEL).reference, sizes, call.ranks, Data.RANDOM, seed=0)
    arguments = {each.name: given for each, given in zip(signature.inputs, trial.arguments)}
    comparisons = []
    for mode, seed in [("fast", None), *(("checked", seed) for seed in range(seeds))]:
        try:
            launched = built.call(
                arguments, sizes, transposed=transposed, absent=absent, empty=empty, mode=mode, seed=seed
            )
        except Exception as error:
            return Answer(f"{mode}: {error}", False, math.inf, math.inf)
        comparisons += trial.compare(launched.outputs)
    faults = [f"{each.output}: {each.fault}" for each in comparisons if not each.passed]
    found = [each for each in comparisons if each.output == "output"]
    factors = [math.sqrt(each.squares / each.expected_squares) for each in found if each.expected_squares]
    return Answer(
        "; ".join(faults),
        all(each.exact and each.largest_error == 0 for each in found),
        max(each.largest_share for each in found),
        max(factors, default=0),
    )


def line(row: Row, made: list[Call], answers: list[Answer], seeds: int) -> str:
    types = sorted({f"{each.x1}, {each.x2}" if each.x1 != each.x2 else each.x1 for each in made})
    scales = row.scales + (f", {row.scale_dtype}" if row.scale_dtype else "")
    outputs = ", ".join(row.outputs) or "as x1"
    biases = {(False,): "", BOTH: "with and without"}[row.biases]
    shapes = "; ".join(", ".join(map(str, shape)) for shape in dict.fromkeys(each.shape for each in made))
    if all(each.is_exact for each in answers):
        error = "0: every bit"
    else:
        share, factor = (max(getattr(each, name) for each in answers) for name in ("share", "factor"))
        error = f"{100 * share:.0f} % of what is allowed; {factor:.3f} times float32"
    machines = ", ".join(machine(target).name for target in row.targets)
    cells = [row.case, machines, "; ".join(types), scales, outputs, biases, str(len(made)), shapes, error, str(seeds)]
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(description="Call the operator for every cell of its table of types.")
    parser.add_argument("--case", default="", help="only rows of this case")
    parser.add_argument("--seeds", type=int, default=3, help="orders under the checker; usually 3")
    options = parser.parse_args()
    print("| case | machines | x1, x2 | scales | output | bias | calls | m, k, n | error | checked orders |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    failed = 0
    with MachineProcesses() as processes:
        for row in (row for row in ROWS if options.case in ("", row.case)):
            made = list(calls(row))
            running = [processes.submit(machine(each.target).name, answer, each, options.seeds) for each in made]
            answers = [each.result() for each in running]
            print(line(row, made, answers, options.seeds), flush=True)
            for call, each in zip(made, answers):
                if each.fault:
                    failed += 1
                    print(f"FAILED {call}: {each.fault}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
