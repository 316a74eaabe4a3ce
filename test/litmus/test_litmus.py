"""The litmus kernels: each has a header that says what may come out, and both executors must agree.

A header is a comment at the head of the file, one `// key: value` per line; a longer value goes on in the next lines:

    // litmus: two-copies-one-pipe              its name; the entry point is the same with underscores
    // claim: Two stores of one pipe ...        one sentence
    // rules: P2, P7                            rules of docs/memory-model.md
    // rests on: PipeBarrier, DataCopy          names of pages in docs/memory-model.md
    // runs: 1 rank, 1 block, 1 launch          launches follow each other on the same windows and workspace
    // input: int32 counting                    1, 2, 3, ... and 10000 more in each further launch; or float16 ones
    // result: int32 r0                         type, and names of the words 0, 8, 16, ... of rank 0's result
    // outcome: r0=4089 allowed                 a machine may show this, ...
    // outcome: r0!=1 forbidden                 ... none may show that. Instead of words: end, hang, error
    // fast: r0=2                               what the fast executor gives, or any
    // checked: race                            what checked execution comes to: end or hang with every seed, or how
                                                reports begin: of a race with some seeds, of all else with every seed
"""

import ctypes
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy
import pytest

from dovetail.runtime import device
from dovetail.runtime.build import KernelSource, build
from dovetail.runtime.kernel import entry
from dovetail.target.machine import machine

HERE = Path(__file__).parent
MODEL = HERE.parents[1] / "docs" / "memory-model.md"
WORDS = 16384  # of input, result and workspace
WINDOW_BYTES = 1 << 20
KEYS = ("litmus", "claim", "rules", "rests on", "runs", "input", "result", "outcome", "fast", "checked")
ENDINGS = ("end", "hang", "error")
SEEDS = 60  # within which every allowed outcome shows, and every race


@dataclass(frozen=True)
class Outcome:
    """What a launch came to: one of ENDINGS, or a condition on words of the result."""

    text: str
    verdict: str  # "allowed" or "forbidden"

    def __str__(self) -> str:
        return f"{self.text} {self.verdict}"

    def appeared(self, ending: str, words: dict[str, float]) -> bool:
        if self.text in ENDINGS:
            return self.text == ending
        return ending == "end" and all(_holds(condition, words) for condition in self.text.split())


def _holds(condition: str, words: dict[str, float]) -> bool:
    parts = re.fullmatch(r"(r\d)(!?)=(-?\d+)", condition)
    assert parts, condition
    name, unequal, value = parts.groups()
    return (words[name] == int(value)) != bool(unequal)


@dataclass(frozen=True)
class Litmus:
    path: Path

    @cached_property
    def header(self) -> dict[str, list[str]]:
        """The values of each key, in order."""
        values: dict[str, list[str]] = {}
        last = ""
        for line in self.path.read_text().splitlines():
            found = re.fullmatch(r"// ([a-z ]+): (.*)", line)
            if found:
                last = found[1]
                values.setdefault(last, []).append(found[2])
            elif line.startswith("//       ") and last:
                values[last][-1] += " " + line[2:].strip()
            else:
                return values
        return values

    def value(self, key: str) -> str:
        (value,) = self.header[key]
        return value

    @property
    def name(self) -> str:
        return self.value("litmus")

    @property
    def entry(self) -> str:
        return self.path.stem

    @property
    def outcomes(self) -> list[Outcome]:
        return [Outcome(*text.rsplit(" ", 1)) for text in self.header["outcome"]]

    @property
    def runs(self) -> tuple[int, int, int]:
        """Ranks, blocks, launches."""
        found = re.fullmatch(r"(\d+) ranks?, (\d+) blocks?, (\d+) launch(?:es)?", self.value("runs"))
        assert found, self.value("runs")
        return int(found[1]), int(found[2]), int(found[3])

    def input(self, launch: int) -> numpy.ndarray:
        if self.value("input") == "float16 ones":
            return numpy.ones(2 * WORDS, numpy.float16)
        assert self.value("input") == "int32 counting"
        return numpy.arange(1, WORDS + 1, dtype=numpy.int32) + 10000 * launch

    def words(self, result: numpy.ndarray) -> dict[str, float]:
        """The named words of rank 0's result after the last launch."""
        element, names = self.value("result").split(" ", 1)
        values = result.view(element)
        return {name: values[8 * place] for place, name in enumerate(names.split(", "))}


ALL = [Litmus(path) for path in sorted(HERE.glob("*.cpp"))]
each = pytest.mark.parametrize("litmus", ALL, ids=lambda litmus: litmus.path.stem)


def _rows(heading: str) -> dict[str, list[str]]:
    """A table of the memory model, by the first column."""
    section = MODEL.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows[2:]}


def _rules() -> dict[str, str]:
    """The rules of the memory model with their text."""
    return {
        found[1]: found[2]
        for found in re.finditer(r"^- \*\*([A-Z]\d+)\*\* (.*(?:\n  .*)*)", MODEL.read_text(), re.MULTILINE)
    }


@each
def test_header(litmus: Litmus):
    assert set(litmus.header) == set(KEYS)
    assert litmus.name.replace("-", "_") == litmus.entry
    assert litmus.outcomes
    for outcome in litmus.outcomes:
        assert outcome.verdict in ("allowed", "forbidden")
    for rule in litmus.value("rules").split(", "):
        assert rule in _rules()
    for page in litmus.value("rests on").split(", "):
        assert page in _rows("Pages")


def test_the_memory_model_lists_every_kernel():
    listed = {}
    for cell, (rules, outcomes) in _rows("Litmus kernels").items():
        link = re.fullmatch(r"\[`(.*)`\]\((.*)\)", cell)
        assert link, cell
        name, path = link.groups()
        assert (MODEL.parent / path).resolve() == HERE / f"{name.replace('-', '_')}.cpp"
        listed[name] = (rules, outcomes)
    assert listed == {litmus.name: (litmus.value("rules"), "; ".join(map(str, litmus.outcomes))) for litmus in ALL}


def test_every_rule_names_its_page():
    pages = set(_rows("Pages"))
    used = set()
    for rule, text in _rules().items():
        named = set(re.findall(r"\[(\w+)\]", text))
        assert named or re.search(r"\(assumption \d\)", text), f"{rule} names neither a page nor an assumption"
        used |= named
    used |= {page for litmus in ALL for page in litmus.value("rests on").split(", ")}
    used |= set(re.findall(r"\[(\w+)\]", MODEL.read_text().split("## Facts that")[1].split("## Litmus")[0]))
    assert used == pages
    assumptions = re.findall(r"^- \*\*Assumption (\d)\.\*\*", MODEL.read_text(), re.MULTILINE)
    assert assumptions == sorted(set(re.findall(r"\(assumption (\d)\)", MODEL.read_text())))


@each
def test_fast_executor(litmus: Litmus):
    ending, words, _ = _run(litmus)
    for outcome in litmus.outcomes:
        if outcome.verdict == "forbidden":
            assert not outcome.appeared(ending, words), f"{outcome}, and it appeared"
    expected = litmus.value("fast")
    if expected in ENDINGS:
        assert ending == expected
    else:
        assert ending == "end"
        assert expected == "any" or all(_holds(condition, words) for condition in expected.split())


@each
def test_checked_executor(litmus: Litmus):
    """No forbidden outcome comes with any seed, every allowed one with some; and a race is reported as one."""
    wanted = litmus.value("checked")
    is_racy = wanted == "race"
    missing = {outcome.text for outcome in litmus.outcomes if outcome.verdict == "allowed"}
    for seed in range(SEEDS):
        # A run without a race is the same, whether races are reported or passed over.
        ending, words, report = _run(litmus, device.Check(seed, passes_races=is_racy))
        appeared = {outcome for outcome in litmus.outcomes if outcome.appeared(ending, words)}
        for outcome in appeared:
            assert outcome.verdict == "allowed", f"{outcome}, and it appeared with seed {seed}"
        missing -= {outcome.text for outcome in appeared}
        assert is_racy or report.startswith(wanted + ":") or ending == wanted == "end", f"seed {seed}: {report}"
        if is_racy and not missing and all(outcome.verdict == "allowed" for outcome in litmus.outcomes):
            break
    assert not missing, f"did not appear with {SEEDS} seeds"


@pytest.mark.parametrize(
    "litmus", [each for each in ALL if each.value("checked") == "race"], ids=lambda each: each.entry
)
def test_races_are_reported(litmus: Litmus):
    reports = [report for seed in range(20) if (report := _run(litmus, device.Check(seed))[2])]
    # An order in which nothing is wrong may come, and one in which memory is read that nobody has written.
    assert len(reports) >= 10
    assert any(report.startswith("race:") for report in reports)
    assert all(report.startswith(("race:", "uninitialised:")) for report in reports), reports


def _run(litmus: Litmus, check: device.Check | None = None) -> tuple[str, dict[str, float], str]:
    """Runs all launches of a kernel: how the last ended, its named words, and what an error said."""
    source = KernelSource(litmus.entry, litmus.path.read_text(), "", "", litmus.path)
    device.library()
    library = ctypes.CDLL(str(build(source).object))
    chip = machine("Ascend910B1")
    memories = device.DeviceMemories(chip.cores, chip.l1, chip.l0a, chip.l0b, chip.l0c, chip.ub, chip.bt, chip.fb)
    ranks, blocks, launches = litmus.runs
    windows = [numpy.zeros(WINDOW_BYTES // 4, numpy.int32) for _ in range(ranks)]
    workspaces = [numpy.zeros(WORDS, numpy.int32) for _ in range(ranks)]
    tiling = numpy.zeros(4096, numpy.uint8)
    kept = None if check is None else device.check_memory(ranks, chip.cores, WINDOW_BYTES)
    for launch in range(launches):
        results = [numpy.zeros(WORDS, numpy.int32) for _ in range(ranks)]
        arguments = [[litmus.input(launch), results[rank], workspaces[rank], tiling] for rank in range(ranks)]
        try:
            device.launch(
                entry(library, litmus.entry),
                [[array.ctypes.data for array in of_rank] for of_rank in arguments],
                memories,
                blocks=blocks,
                windows=[window.ctypes.data for window in windows],
                window_bytes=WINDOW_BYTES,
                workers=1,
                check=check,
                check_memory=kept,
                regions=[
                    device.Region(name, array.ctypes.data, array.nbytes, rank=rank)
                    for rank, of_rank in enumerate(arguments)
                    for name, array in zip(("input", "result", "workspace", "tiling"), of_rank)
                ],
            )
        except device.DeviceError as error:
            report = str(error)
            return ("hang" if "every core waits" in report else "error"), {}, report
    return "end", litmus.words(results[0]), ""
