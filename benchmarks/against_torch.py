"""Fused all-gather + matmul on the CPU against torch, and against the most that the processor can do.

Two ranks with one core each. What torch does: `all_gather_into_tensor` through gloo, then `torch.matmul`, in the
matrices' own type or by way of float32. Products of int8 are scaled per token and per channel, to float16; torch's own
type is then that of `torch._int_mm`. How fast torch is in its own type depends on the instruction set more than on
anything else: where oneDNN has no kernel for the type, it falls back on a loop. So torch runs with all the processor
has, and again limited to AVX2. A fallback that would take long runs on some of the rows only, and its time is scaled.

    python benchmarks/against_torch.py
    python benchmarks/against_torch.py --shapes 512,4096,4096 --dtypes bfloat16 --layouts nk --search
"""

import argparse
import sys

import measure
import ml_dtypes
import numpy
from torch_ranks import RANKS, TorchRanks

from dovetail import driver
from dovetail.dsl import Schedule
from dovetail.runtime.oracle import unit_in_last_place

DTYPES = {
    "float16": numpy.dtype(numpy.float16),
    "bfloat16": numpy.dtype(ml_dtypes.bfloat16),
    "int8": numpy.dtype(numpy.int8),
}
SHAPES = ((512, 4096, 4096), (1024, 2048, 8192), (2048, 1024, 1024))
AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
PEAK_SECONDS = 0.2
LONGEST = 1.0  # seconds; what takes longer in torch's own type is measured on some of the rows

# What --search tries beside the default: how many blocks a rank has, and the schedule.
CANDIDATES = {
    "1 block": (1, Schedule()),
    "4 blocks": (4, Schedule()),
    "tile 128x256x128": (None, Schedule(tile=(128, 256, 128))),
    "tile 256x128x128": (None, Schedule(tile=(256, 128, 128))),
    "chunk 128": (None, Schedule(chunk=128)),
    "chunk 512": (None, Schedule(chunk=512)),
}


class Case:
    """One shape, type and layout: the inputs of all ranks, and the fused kernel."""

    def __init__(self, shape: tuple[int, int, int], dtype: str, transposed: bool):
        self.shape, self.dtype, self.transposed = shape, dtype, transposed
        m, k, n = shape
        self.x1 = [_matrix((m, k), dtype, False, rank) for rank in range(RANKS)]
        self.x2 = [_matrix((k, n), dtype, transposed, RANKS + rank) for rank in range(RANKS)]
        self.scales: list = []  # of the rows of each rank, and of columns
        if dtype == "int8":
            random = numpy.random.default_rng(0)
            self.scales = [[random.random((m, 1), numpy.float32) / 64 for _ in range(RANKS)]]
            self.scales += [random.random((1, n), numpy.float32) / 64]
        self.operations = 2 * RANKS * (RANKS * m) * k * n  # of all ranks

    def fused(self, blocks: int | None = None, schedule: Schedule | None = None) -> measure.Measurement:
        """One launch of the fused kernel, after one that is checked."""
        transposed = ("x2",) if self.transposed else ()
        scaled = {"dtypes": {"output": "float16"}, "present": ("x1_scale", "x2_scale")} if self.scales else {}
        kernel = driver.compile(
            "all_gather_matmul", dtype=self.dtype, transposed=transposed, schedule=schedule, **scaled
        )
        communicator = kernel.communicator(RANKS)
        arguments = [self.x1, self.x2, *self.scales]
        self._check(kernel.launch(communicator, *arguments, blocks=blocks).outputs)
        return lambda: kernel.launch(communicator, *arguments, blocks=blocks).seconds

    def _check(self, outputs: list[dict[str, numpy.ndarray]]) -> None:
        """gatherOut in whole, and some rows of output, those at the borders between ranks among them."""
        gathered = numpy.concatenate(self.x1)
        rows = numpy.unique(numpy.linspace(0, len(gathered) - 1, 31, dtype=int))
        left = gathered[rows].astype(numpy.float64)
        k, dtype = self.shape[1], DTYPES[self.dtype]
        for rank, made in enumerate(outputs):
            right = self.x2[rank].astype(numpy.float64)
            exact = left @ right
            if self.scales:
                scales = numpy.concatenate(self.scales[0])[rows] * self.scales[1]
                exact = (exact.astype(numpy.float32) * scales).astype(numpy.float16).astype(numpy.float64)
                if not (made["output"][rows] == exact).all():
                    sys.exit(f"output of rank {rank} is wrong for {self.shape}, {self.dtype}")
                if not numpy.array_equal(made["gather_out"], gathered):
                    sys.exit(f"gather_out of rank {rank} is wrong for {self.shape}, {self.dtype}")
                continue
            allowed = unit_in_last_place(exact, dtype) + k * 2.0**-24 * (abs(left) @ abs(right))
            if not (abs(made["output"][rows].astype(numpy.float64) - exact) <= allowed).all():
                sys.exit(f"output of rank {rank} is wrong for {self.shape}, {self.dtype}")
            if not numpy.array_equal(made["gather_out"].view(numpy.uint16), gathered.view(numpy.uint16)):
                sys.exit(f"gather_out of rank {rank} is wrong for {self.shape}, {self.dtype}")


def _matrix(shape: tuple[int, int], dtype: str, transposed: bool, seed: int) -> numpy.ndarray:
    random = numpy.random.default_rng(seed)
    if dtype == "int8":
        integers = random.integers(-128, 128, shape[::-1] if transposed else shape, numpy.int8)
        return integers.T if transposed else integers
    made = random.standard_normal(shape[::-1] if transposed else shape, numpy.float32).astype(DTYPES[dtype])
    return made.T if transposed else made


def native(torch: TorchRanks, gathered_rows: int) -> tuple[measure.Measurement, int]:
    """torch in the matrices' own type, and on how many of the gathered rows it is measured."""
    torch.native(2)
    gather = min(torch.gather(), torch.gather())
    rows = 2
    while rows < gathered_rows and 4 * (torch.native(rows) - gather) < LONGEST:
        rows = min(4 * rows, gathered_rows)
    return lambda: gather + (torch.native(rows) - gather) * gathered_rows / rows, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shape = lambda text: tuple(int(size) for size in text.split(","))
    parser.add_argument("--shapes", nargs="+", type=shape, default=SHAPES, metavar="M,K,N")
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=list(DTYPES))
    parser.add_argument("--layouts", nargs="+", choices=("kn", "nk"), default=["kn", "nk"], help="of x2 in memory")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--search", action="store_true", help="compare schedules of ours instead of torch")
    options = parser.parse_args()
    cases = [(s, d, layout) for s in options.shapes for d in options.dtypes for layout in options.layouts]
    print(measure.host(), flush=True)
    if options.search:
        search(cases, options.rounds)
    else:
        compare(cases, options.rounds)


def compare(cases: list, rounds: int) -> None:
    rows = []
    with TorchRanks({}) as torch, TorchRanks(AVX2) as limited:
        for shape, dtype, layout in cases:
            case = Case(shape, dtype, layout == "nk")
            for ranks in (torch, limited):
                ranks.prepare(*shape, dtype, case.transposed)
            run_native, counted = native(torch, RANKS * shape[0])
            run_limited, counted_limited = native(limited, RANKS * shape[0])
            torch.upcast()
            took = measure.interleaved(
                {
                    "peak": measure.peak(case.operations, RANKS, PEAK_SECONDS),
                    "fused": case.fused(),
                    "upcast": torch.upcast,
                    "native": run_native,
                    "limited": run_limited,
                },
                rounds,
            )
            rows.append(
                [
                    "x".join(map(str, shape)),
                    dtype,
                    "[n, k]" if case.transposed else "[k, n]",
                    f"{100 * took.ratio('peak', 'fused'):.0f} %",
                    f"{100 * took.ratio('peak', 'upcast'):.0f} %",
                    f"{took.ratio('upcast', 'fused'):.2f}",
                    _times(took.ratio("native", "fused"), counted < RANKS * shape[0]),
                    _times(took.ratio("limited", "fused"), counted_limited < RANKS * shape[0]),
                ]
            )
            print(f"{'x'.join(map(str, shape))} {dtype} {layout}: done", file=sys.stderr, flush=True)
    heads = ["m x k x n", "type", "x2", "fused, of peak", "torch float32, of peak"]
    heads += ["against torch float32", "against torch native", "against torch native, AVX2"]
    print(f"{RANKS} ranks, one core each; peak: float32 multiply-adds of {RANKS} cores; medians of {rounds} rounds")
    print(measure.table(heads, rows))
    print("* measured on some of the rows, and scaled")


def _times(ratio: float, scaled: bool) -> str:
    return f"{ratio:.2f}{' *' if scaled else ''}" if ratio < 10 else f"{ratio:.0f}{' *' if scaled else ''}"


def search(cases: list, rounds: int) -> None:
    rows = []
    for shape, dtype, layout in cases:
        case = Case(shape, dtype, layout == "nk")
        measurements = {"peak": measure.peak(case.operations, RANKS, PEAK_SECONDS), "default": case.fused()}
        for name, (blocks, schedule) in CANDIDATES.items():
            measurements[name] = case.fused(blocks, schedule)
        took = measure.interleaved(measurements, rounds)
        shares = [f"{100 * took.ratio('peak', name):.0f} %" for name in measurements if name != "peak"]
        rows.append(["x".join(map(str, shape)), dtype, "[n, k]" if case.transposed else "[k, n]", *shares])
    print(f"{RANKS} ranks, one core each; share of the peak of float32 multiply-adds; medians of {rounds} rounds")
    print(measure.table(["m x k x n", "type", "x2", "default", *CANDIDATES], rows))


if __name__ == "__main__":
    main()
