"""Fused all-gather + matmul in every type of the operator, against the most that the processor can do in float32.

Two ranks with one core each. Every output is compared with the oracle before it is timed.

    python benchmarks/element_types.py
"""

import argparse
import sys
from dataclasses import dataclass

import measure

from dovetail import driver
from dovetail.cli import SCALES
from dovetail.runtime.oracle import Data
from dovetail.runtime.trial import Trial

RANKS = 2
PEAK_SECONDS = 0.2
A2, A5 = "ascend910b", "ascend950"


@dataclass(frozen=True)
class Type:
    target: str
    dtype: str
    output: str
    scales: str = ""
    is_transposed: bool = False

    def __str__(self) -> str:
        return f"{self.dtype}, {self.scales}" if self.scales else self.dtype


TYPES = (
    Type(A2, "float16", "float16"),
    Type(A2, "bfloat16", "bfloat16"),
    Type(A2, "int8", "float16", "per-token"),
    Type(A2, "int4", "float16", "per-token"),
    Type(A5, "float8_e4m3fn", "float16", "per-tensor"),
    Type(A5, "float8_e5m2", "float16", "per-tensor"),
    Type(A5, "hifloat8", "float16", "per-tensor"),
    Type(A5, "float8_e4m3fn", "float16", "per-block"),
    Type(A5, "float8_e4m3fn", "float16", "mx", True),
    Type(A5, "float4_e2m1fn", "float16", "mx", True),
)


def fused(type: Type, shape: tuple[int, int, int]) -> measure.Measurement:
    """One launch of the kernel, after one that is checked."""
    kernel = driver.compile(
        "all_gather_matmul",
        target=type.target,
        dtype=type.dtype,
        dtypes={"output": type.output},
        present=SCALES.get(type.scales, ()),
        transposed=("x2",) if type.is_transposed else (),
    )
    trial = Trial(kernel.signature, kernel.kernel.reference, dict(zip("mkn", shape)), RANKS, Data.RANDOM, seed=0)
    communicator = kernel.communicator(RANKS)
    faults = [each.fault for each in trial.compare(kernel.launch(communicator, *trial.arguments).outputs)]
    if any(faults):
        sys.exit(f"{type}: {'; '.join(filter(None, faults))}")
    return lambda: kernel.launch(communicator, *trial.arguments).seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shape = lambda text: tuple(int(size) for size in text.split(","))
    parser.add_argument("--shapes", nargs="+", type=shape, default=((512, 4096, 4096),), metavar="M,K,N")
    parser.add_argument("--types", default="", help="only those whose name contains this")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(measure.host(), flush=True)
    rows = []
    for m, k, n in options.shapes:
        for type in (type for type in TYPES if options.types in str(type)):
            operations = 2 * RANKS * (RANKS * m) * k * n  # of all ranks
            peak = measure.peak(operations, RANKS, PEAK_SECONDS)
            took = measure.interleaved({"peak": peak, "fused": fused(type, (m, k, n))}, options.rounds)
            rows.append([f"{m}x{k}x{n}", str(type), type.output, f"{100 * took.ratio('peak', 'fused'):.0f} %"])
            print(f"{rows[-1]}: done", file=sys.stderr, flush=True)
    peak_of = f"peak: float32 multiply-adds of {RANKS} cores"
    print(f"{RANKS} ranks, one core each; {peak_of}; medians of {options.rounds} rounds")
    print(measure.table(["m x k x n", "x1 and x2, scales", "output", "of peak"], rows))


if __name__ == "__main__":
    main()
