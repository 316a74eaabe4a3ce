"""What the benchmarks share: interleaved rounds, the limit of the processor, the host, Markdown tables.

A time by itself says little on a machine whose clock and load change from second to second. So everything that is
compared runs in turns, one round forwards and the next backwards (A B C C B A), each round gives one ratio, and the
median of the rounds' ratios is the result.
"""

import ctypes
import functools
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from dovetail.runtime import compiler, device

Measurement = Callable[[], float]  # runs once, and returns how long that took in seconds


class Rounds:
    """The times of several measurements, in seconds: of each, one per round."""

    def __init__(self, times: Mapping[str, Sequence[float]]):
        self.times = times

    def seconds(self, name: str) -> float:
        return median(self.times[name])

    def ratio(self, slower: str, faster: str) -> float:
        """How many times as long `slower` takes as `faster`: the median over the rounds."""
        return median(a / b for a, b in zip(self.times[slower], self.times[faster], strict=True))


def interleaved(measurements: Mapping[str, Measurement], rounds: int) -> Rounds:
    """Runs all measurements in `rounds` rounds. Each should have run before, so that nothing is cold."""
    times: dict[str, list[float]] = {name: [] for name in measurements}
    for turn in range(rounds):
        for name in measurements if turn % 2 == 0 else reversed(measurements):
            times[name].append(measurements[name]())
    return Rounds(times)


@functools.cache
def _peak_library() -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as directory:
        made = Path(directory) / "peak.so"
        source = Path(__file__).parent / "peak.cpp"
        options = ["-O3", "-march=native", "-ffp-contract=fast", "-std=c++17", "-shared", "-fPIC", "-pthread"]
        subprocess.run([*compiler.find().command, *options, str(source), "-o", str(made)], check=True)
        library = ctypes.CDLL(str(made))
    library.fma_peak.restype = ctypes.c_double
    library.fma_peak.argtypes = [ctypes.c_int, ctypes.c_double]
    return library


def peak(operations: float, cores: int, seconds: float = 0.1) -> Measurement:
    """How long `cores` cores would take for `operations` float32 operations if they did nothing but multiply-adds.

    `seconds` is how long each measurement takes.
    """
    library = _peak_library()
    return lambda: operations / library.fma_peak(cores, seconds)


def host() -> str:
    """The processor, what the device uses of it, and how many cores this process may use."""
    model = platform.processor() or platform.machine()
    flags: list[str] = []
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                model = value.strip()
            elif key.strip() == "flags":
                flags = value.split()
    except OSError:
        pass
    known = ("fma", "avx2", "avx512f", "avx512_bf16", "avx512_vnni", "avx512_fp16", "amx_bf16", "amx_int8")
    has = " ".join(flag for flag in known if flag in flags) or platform.machine()
    cores = len(os.sched_getaffinity(0))
    return f"{model}: {cores} cores; {has}; the device uses {device.instruction_set()}"


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table: the first column to the left, all others to the right."""
    cells = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    rules = ["-" * width if column == 0 else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    lines = [_line(cells[0], widths), _line(rules, widths), *(_line(row, widths) for row in cells[1:])]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(padded)} |"
