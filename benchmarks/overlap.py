"""How much of the transfer a fused kernel hides behind its compute.

A clock on each directed link makes the transfer take as long as the compute: it passes `--balance` times the bytes of
a rank's rows in the time that the kernel takes with free links. With the same clock run the fused kernel and the same
kernel compiled as two stages (pipeline `two-stage`: gather, then multiply). Beside them stand the transfer alone (the
kernel of examples/kernels/all_gather.py), the compute alone (the fused kernel with free links), and the longer of the
two, which no kernel can beat. Two stages take the sum of both, so that fused can win a factor of 2 at most.

On two ranks the own rows are half of the compute. While they are multiplied, half of the peer's rows arrive, and the
other half while those are multiplied; only the last chunk is multiplied when nothing is left to transfer. So with c
chunks fused takes 1 + 1 / (2 c), provided that the window holds half of the chunks: otherwise the sender waits for
slots while the own rows are multiplied.

    python benchmarks/overlap.py
    python benchmarks/overlap.py --m 1024 --k 2048 --n 4096 --chunk 64 --slots 8
"""

import argparse
from pathlib import Path

import measure
import ml_dtypes
import numpy

from dovetail import driver
from dovetail.dsl import Schedule
from dovetail.runtime.communicator import Communicator

DTYPES = {"float16": numpy.dtype(numpy.float16), "bfloat16": numpy.dtype(ml_dtypes.bfloat16)}
ALL_GATHER = Path(__file__).parent.parent / "examples" / "kernels" / "all_gather.py"
DEFAULT = Schedule()

# What is tried beside the default schedule.
CANDIDATES = [Schedule(chunk=c, slots=s) for c, s in ((256, 2), (256, 8), (128, 4), (128, 8), (64, 16))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--m", type=int, default=1024)
    parser.add_argument("--k", type=int, default=2048)
    parser.add_argument("--n", type=int, default=2048)
    parser.add_argument("--dtype", choices=DTYPES, default="float16")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--blocks", type=int, help="of each rank; all that the machine has, unless given")
    parser.add_argument("--chunk", type=int, help="with --slots: the only schedule to try beside the default")
    parser.add_argument("--slots", type=int, default=DEFAULT.slots)
    parser.add_argument("--balance", type=float, default=1.0, help="compute time over transfer time")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    candidates = [Schedule(chunk=options.chunk, slots=options.slots)] if options.chunk else CANDIDATES
    schedules = {f"{_name(DEFAULT)} (default)": DEFAULT}
    schedules |= {_name(schedule): schedule for schedule in candidates if schedule != DEFAULT}
    print(measure.host(), flush=True)
    Overlap(options).report(schedules)


def _name(schedule: Schedule) -> str:
    return f"chunk {schedule.chunk}, {schedule.slots} slots"


class Overlap:
    """The matrices of one shape, and the kernels that run on them."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        ranks, m, k, n = options.ranks, options.m, options.k, options.n
        random = numpy.random.default_rng(0)
        draw = lambda *shape: random.integers(-4, 5, shape).astype(DTYPES[options.dtype])
        self.x1 = [draw(m, k) for _ in range(ranks)]
        self.x2 = [draw(k, n) for _ in range(ranks)]
        gathered = numpy.concatenate(self.x1).astype(numpy.float32)
        self.expected = [(gathered @ x2.astype(numpy.float32)).astype(DTYPES[options.dtype]) for x2 in self.x2]

    def multiply(self, schedule: Schedule, pipeline: str, link: "Link | None" = None) -> measure.Measurement:
        """One launch of the kernel, after one whose output is compared bit by bit."""
        kernel = driver.compile("all_gather_matmul", dtype=self.options.dtype, schedule=schedule, pipeline=pipeline)
        communicator = kernel.communicator(self.options.ranks)
        launch = lambda: kernel.launch(communicator, self.x1, self.x2, blocks=self.options.blocks)
        for made, expected in zip(launch().outputs, self.expected, strict=True):
            if not numpy.array_equal(made["output"], expected):
                raise SystemExit(f"wrong output: {pipeline}, {schedule}")
        if link is not None:
            link.limits(communicator)
        return lambda: launch().seconds

    def gather(self, link: "Link") -> measure.Measurement:
        kernel = driver.compile(ALL_GATHER, dtype=self.options.dtype)
        communicator = kernel.communicator(self.options.ranks)
        launch = lambda: kernel.launch(communicator, self.x1, blocks=self.options.blocks)
        launch()
        link.limits(communicator)
        return lambda: launch().seconds

    def report(self, schedules: dict[str, Schedule]) -> None:
        options = self.options
        two_stage, compute, transfer = "two stages", "compute alone", "transfer alone"
        free = {two_stage: self.multiply(DEFAULT, "two-stage")}
        free |= {name: self.multiply(schedule, "fused") for name, schedule in schedules.items()}
        with_free_links = measure.interleaved(free, options.rounds)

        link = Link(options.balance * self.x1[0].nbytes)
        limited = {
            compute: link.timed_by(free[next(iter(schedules))]),
            transfer: self.gather(link),
            two_stage: self.multiply(DEFAULT, "two-stage", link),
        }
        limited |= {name: self.multiply(schedule, "fused", link) for name, schedule in schedules.items()}
        took = measure.interleaved(limited, options.rounds)

        bound = max(1.0, took.ratio(transfer, compute))
        of_two_stages = took.ratio(two_stage, compute)
        rows = [
            [compute, "1.00", "", ""],
            [transfer, f"{took.ratio(transfer, compute):.2f}", "", ""],
            ["the longer of the two", f"{bound:.2f}", f"{of_two_stages / bound:.2f}", ""],
            [two_stage, f"{of_two_stages:.2f}", "1.00", "1.00"],
        ]
        for name in schedules:
            speedups = [took.ratio(two_stage, name), with_free_links.ratio(two_stage, name)]
            rows.append([f"fused, {name}", f"{took.ratio(name, compute):.2f}", *(f"{each:.2f}" for each in speedups)])
        size = f"m = {options.m}, k = {options.k}, n = {options.n}, {options.dtype}, {options.ranks} ranks"
        print(f"{size}; links of about {link.rate / 1e6:.0f} MB/s; medians of {options.rounds} rounds")
        print(measure.table(["", "time", "against two stages", "the same with free links"], rows))


class Link:
    """The clock of all links: `size` bytes take as long as the last run of what times it."""

    def __init__(self, size: float):
        self.size = size
        self.rate = 0.0
        self._communicators: list[Communicator] = []

    def limits(self, communicator: Communicator) -> None:
        self._communicators.append(communicator)

    def timed_by(self, measurement: measure.Measurement) -> measure.Measurement:
        """The same measurement, which sets the clock, too: a processor that is slower today gets slower links."""

        def timed() -> float:
            seconds = measurement()
            self.rate = self.size / seconds
            for communicator in self._communicators:
                communicator.link_bytes_per_second = self.rate
            return seconds

        return timed


if __name__ == "__main__":
    main()
