"""Small kernels with one fault each: the checker must report the fault, and pass the corrected twin.

Fault and twin are one file, compiled without and with `CORRECTED`. A comment at its head says what it shows, one
`// key: value` per line; a longer value goes on in the next lines:

    // fault: missing-mte2-v-wait               its name; the file and its entry have the same with underscores
    // claim: V starts before ...               what is wrong, and what may happen on hardware
    // rules: P1, F2                            rules of docs/memory-model.md
    // runs: 1 rank, 1 block, 1 launch          launches follow each other on the same windows
    // input: int32 counting                    1, 2, 3, ... and 10000 more in each further launch; or float16 digits
    // output: input[:64] + 1                   how the output of the twin's rank 0 begins after the last launch
    // report: race                             one of KINDS, with which the report begins
    // seen: with every seed                    or with some seeds, where the fault needs a certain order of events
    // names: UB, MTE2, V                       words of the report
    // fixed by: WaitFlag<HardEvent::MTE2_V>    what the twin does

The lines that the report must name end with (1) and (2) in a comment; of two with the same mark, one will do.
"""

import ctypes
import functools
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy
import pytest

from dovetail.runtime import device
from dovetail.target.machine import machine

HERE = Path(__file__).parent
MODEL = HERE.parents[1] / "docs" / "memory-model.md"
ARGUMENT_WORDS = 40960  # kArgumentWords of kernel.h
ARGUMENTS = {"input": "input", "output": "output", "workspace": "output", "tiling": "input"}
WINDOW_WORDS = 1024
KEYS = ("fault", "claim", "rules", "runs", "input", "output", "report", "seen", "names", "fixed by")
KINDS = (
    "race",
    "hang",
    "livelock",
    "out of bounds",
    "misaligned",
    "uninitialised",
    "overlap",
    "over capacity",
    "limit",
    "unpaired flag",
    "flag",
    "unfinished",
    "arrival",
)
SEEDS = 20  # within which a fault must be seen
TWIN_SEEDS = 200


@dataclass(frozen=True)
class Fault:
    path: Path

    @cached_property
    def header(self) -> dict[str, str]:
        values: dict[str, str] = {}
        last = ""
        for line in self.path.read_text().splitlines():
            found = re.fullmatch(r"// ([a-z ]+): (.*)", line)
            if found:
                last = found[1]
                assert last not in values, line
                values[last] = found[2]
            elif line.startswith("//       ") and last:
                values[last] += " " + line[2:].strip()
            else:
                break
        return values

    @property
    def entry(self) -> str:
        return self.path.stem

    @property
    def names(self) -> list[str]:
        return self.header["names"].split(", ")

    @property
    def runs(self) -> tuple[int, int, int]:
        """Ranks, blocks, launches."""
        found = re.fullmatch(r"(\d+) ranks?, (\d+) blocks?, (\d+) launch(?:es)?", self.header["runs"])
        assert found, self.header["runs"]
        return int(found[1]), int(found[2]), int(found[3])

    def lines(self, corrected: bool) -> dict[int, str]:
        """The lines that the compiler sees, by number."""
        kept: dict[int, str] = {}
        keeps = True
        for number, line in enumerate(self.path.read_text().splitlines(), 1):
            if line.startswith(("#ifdef", "#ifndef")):
                directive, name = line.split()
                assert name == "CORRECTED" and keeps, f"{self.path.name}:{number}"
                keeps = corrected == (directive == "#ifdef")
            elif line == "#else":
                keeps = not keeps
            elif line == "#endif":
                keeps = True
            elif keeps:
                kept[number] = line
        return kept

    @property
    def marked(self) -> dict[str, list[int]]:
        """Numbers of the lines of which the report must name one, by their mark."""
        marked: dict[str, list[int]] = {}
        for number, line in self.lines(False).items():
            if found := re.search(r"// (\([12]\))$", line):
                marked.setdefault(found[1], []).append(number)
        return marked

    def expected(self) -> numpy.ndarray:
        """What the output of the twin begins with."""
        if self.header["output"] == "nothing":
            return numpy.empty(0, numpy.int32)
        values = _input(self.header["input"], self.runs[2] - 1)
        tile = values[:256].reshape(16, 16).astype(numpy.float32)
        names = {"input": values, "numpy": numpy, "square": tile @ tile, "bias": _BIAS}
        result = numpy.asarray(eval(self.header["output"], names))
        return result.astype(numpy.int32 if result.dtype == numpy.int64 else result.dtype).ravel()


ALL = [Fault(path) for path in sorted(HERE.glob("*.cpp"))]
each = pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.entry)

_BIAS = numpy.arange(1, 17, dtype=numpy.float32)


@functools.cache
def _input(kind: str, launch: int) -> numpy.ndarray:
    if kind == "int32 counting":
        return numpy.arange(1, ARGUMENT_WORDS + 1, dtype=numpy.int32) + 10000 * launch
    assert kind == "float16 digits"
    values = (numpy.arange(2 * ARGUMENT_WORDS) % 5).astype(numpy.float16)
    values[4096:4128] = _BIAS.view(numpy.float16)
    return values


@functools.cache
def _directory() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="dovetail-faults-")


@functools.cache
def _objects() -> dict[bool, ctypes.CDLL]:
    """All faults as one shared object, and all twins as another: so the headers are compiled only twice."""
    device.library()
    unit = Path(_directory().name) / "faults.cpp"
    parts = (f'namespace of_{fault.entry} {{\n#include "{fault.path}"\n}}\n' for fault in ALL)
    unit.write_text(f'#include "{HERE / "kernel.h"}"\n' + "".join(parts))
    command = [os.environ.get("CXX", "g++"), "-std=c++17", "-O0", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
    command += [f"-I{device.include_directory()}", f"-I{HERE}", str(unit)]
    running = {}
    for corrected in (False, True):
        options = ["-DCORRECTED"] if corrected else []
        running[corrected] = subprocess.Popen([*command, *options, "-o", str(unit.with_name(f"{corrected}.so"))])
    assert [process.wait() for process in running.values()] == [0, 0]
    return {corrected: ctypes.CDLL(str(unit.with_name(f"{corrected}.so"))) for corrected in running}


def _words(count: int, value: int) -> numpy.ndarray:
    """With room behind them, for what goes past the end."""
    return numpy.full(count + 16, value, numpy.int32)[:count]


def _run(fault: Fault, corrected: bool, seed: int | None = None) -> numpy.ndarray:
    """Runs all launches and returns the bytes of rank 0's output. Without a seed: by the fast executor."""
    entry = ctypes.cast(_objects()[corrected][fault.entry], ctypes.c_void_p).value
    assert entry is not None
    chip = machine("Ascend910B1")
    memories = device.DeviceMemories(chip.cores, chip.l1, chip.l0a, chip.l0b, chip.l0c, chip.ub, chip.bt, chip.fb)
    ranks, blocks, launches = fault.runs
    windows = [_words(WINDOW_WORDS, 0) for _ in range(ranks)]
    tiling = numpy.zeros(344, numpy.uint8)
    kept = None if seed is None else device.check_memory(ranks, chip.cores, windows[0].nbytes)
    for launch in range(launches):
        values = _input(fault.header["input"], launch)
        outputs, workspaces = ([_words(ARGUMENT_WORDS, -1) for _ in range(ranks)] for _ in range(2))
        arguments = [[values, outputs[rank], workspaces[rank], tiling] for rank in range(ranks)]
        options = {}
        if seed is not None:
            options["check"] = device.Check(seed=seed)
            options["check_memory"] = kept
            options["regions"] = [
                device.Region(name, array.ctypes.data, array.nbytes, access, rank)
                for rank in range(ranks)
                for (name, access), array in zip(ARGUMENTS.items(), arguments[rank])
            ]
        device.launch(
            entry,
            [[array.ctypes.data for array in of_rank] for of_rank in arguments],
            memories,
            blocks=blocks,
            windows=[window.ctypes.data for window in windows],
            window_bytes=4 * WINDOW_WORDS,
            workers=1,
            **options,
        )
    return outputs[0]


def _assert_output(fault: Fault, output: numpy.ndarray) -> None:
    expected = fault.expected()
    numpy.testing.assert_array_equal(output.view(expected.dtype)[: expected.size], expected)


def _report(fault: Fault, seed: int) -> str:
    """What the checker says of the fault, or nothing."""
    try:
        _run(fault, False, seed)
    except device.DeviceError as error:
        return str(error)
    return ""


@each
def test_header(fault: Fault):
    assert tuple(fault.header) == KEYS
    assert fault.header["fault"].replace("-", "_") == fault.entry
    assert fault.header["report"] in KINDS
    assert fault.header["seen"] in ("with every seed", "with some seeds")
    rules = re.findall(r"^- \*\*([A-Z]\d+)\*\*", MODEL.read_text(), re.MULTILINE)
    assert set(fault.header["rules"].split(", ")) <= set(rules)
    assert any(f"KERNEL({fault.entry})" in line for line in fault.lines(True).values())


@each
def test_fault_and_twin_differ_in_few_lines(fault: Fault):
    faulty, corrected = (set(fault.lines(which).items()) for which in (False, True))
    assert 1 <= len(faulty ^ corrected) <= 6


def test_there_is_a_fault_of_each_kind():
    assert {fault.header["report"] for fault in ALL} | {"livelock"} == set(KINDS)


@each
def test_the_twin_runs_right_on_the_fast_executor(fault: Fault):
    _assert_output(fault, _run(fault, True))


@each
def test_the_fault_is_reported(fault: Fault):
    reports = [report for seed in range(SEEDS) if (report := _report(fault, seed))]
    assert reports, f"{SEEDS} seeds show nothing"
    assert fault.header["seen"] == "with some seeds" or len(reports) == SEEDS
    for report in reports:
        assert report.startswith(fault.header["report"] + ":"), report
        for name in fault.names:
            assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", report), f"{name!r} is not in: {report}"
        for numbers in fault.marked.values():
            assert any(re.search(rf"{fault.path.name}:{number}\b", report) for number in numbers), report


@each
def test_the_twin_passes(fault: Fault):
    for seed in range(TWIN_SEEDS):
        _assert_output(fault, _run(fault, True, seed))
