"""Tries the mutants of a subject, and says what became of each."""

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy
from edits import Edit, EditedSource
from equivalence import Judge, Judgement, Verdict
from happens_before import Move, Recorded
from mutants import Mutant, mutants
from subjects import Bench, Subject

from dovetail.runtime.checking import Check, Mutation
from dovetail.runtime.trace import Kind, Trace

CHECK = Check()
EQUIVALENT = (Verdict.EQUIVALENT, Verdict.STRICTER, Verdict.IDENTICAL)
WITHOUT_USE = (Verdict.NEEDLESS, Verdict.UNREAD, Verdict.UNREACHED)
EXPLAINED = (*EQUIVALENT, *WITHOUT_USE)


@dataclass(frozen=True)
class Seeds:
    """In how many orders a mutant is tried, before it is judged and in all."""

    before_judgement: int = 4
    all: int = 20


SEEDS = Seeds()


@dataclass(frozen=True)
class Found:
    """The first line of the first report, and what it took."""

    report: str
    seed: int
    shape: str


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: a report, or, where nothing was reported, a judgement."""

    subject: str
    mutant: str
    call: str
    kind: str
    found: Found | None
    judgement: Judgement | None = None

    @property
    def kind_of_report(self) -> str:
        return "" if self.found is None else self.found.report.split(":")[0]

    @property
    def is_explained(self) -> bool:
        """Reported, or proved to be no fault."""
        return self.found is not None or (self.judgement is not None and self.judgement.verdict in EXPLAINED)


def try_mutants(
    subject: Subject, chosen: Iterable[Mutant] | None = None, seeds: Seeds = SEEDS, check: Check = CHECK
) -> Iterator[Outcome]:
    """Mutants that the executor makes while it runs."""
    _prepare(subject)
    judge = _Judges(subject)
    for mutant in mutants(subject.source.device) if chosen is None else chosen:
        changed = replace(check, mutation=mutant.mutation)
        fate = _fate(subject, seeds, changed, functools.partial(judge, mutant.mutation))
        yield Outcome(subject.name, str(mutant), mutant.call, mutant.kind, *fate)


def try_edits(subject: Subject, seeds: Seeds = SEEDS) -> Iterator[Outcome]:
    """Mutants by edited source."""
    _prepare(subject)
    judge = _Judges(subject)
    switch = EditedSource.switch(subject.edited.library)
    for edit in subject.edited_source.edits:
        switch.value = edit.number
        fate = _fate(subject, seeds, CHECK, functools.partial(_judge_edit, subject, edit, judge))
        switch.value = 0
        yield Outcome(subject.name, str(edit), edit.text, edit.kind, *fate)


def _fate(
    subject: Subject, seeds: Seeds, check: Check, judge: Callable[[], Judgement | None]
) -> tuple[Found | None, Judgement | None]:
    """What nobody has told from the original in some orders is judged; if that does not explain it, more follow."""
    found = _first_report(subject, range(seeds.before_judgement), check)
    if found is not None:
        return found, None
    judgement = judge()
    if judgement is None or judgement.verdict not in EXPLAINED:
        found = _first_report(subject, range(seeds.before_judgement, seeds.all), check)
    return found, judgement if found is None else None


def _judge_edit(subject: Subject, edit: Edit, judge: "_Judges") -> Judgement | None:
    """Why nobody has told an edit from the original; None if it should have been."""
    library = subject.edited.library
    if edit.same is not None:
        return judge(edit.same.mutation)
    if not subject.edited_source.reached(library)[edit.number]:
        return Judgement(Verdict.UNREACHED)
    if edit.move is not None:
        return judge(edit.move)
    if edit.only_adds_orders:
        return Judgement(Verdict.STRICTER)
    if edit.written_by and not _counters_of(subject, edit.written_by):
        return Judgement(Verdict.UNREAD)
    if edit.only_moves and all(
        numpy.array_equal(*(_trace(bench, number, seed).events for number in (0, edit.number)))
        for bench, seed in itertools.product(subject.judged_benches, range(2))
    ):
        return Judgement(Verdict.IDENTICAL)
    EditedSource.switch(library).value = edit.number
    return None


def _trace(bench: Bench, number: int, seed: int) -> Trace:
    """What happens with an edit on, or with none."""
    subject = bench.subject
    EditedSource.switch(subject.edited.library).value = number
    trace = Trace(1 << 22)
    bench.run(subject.edited, Check(seed), together=seed % 2 == 1, trace=trace)
    return trace


def _counters_of(subject: Subject, number: int) -> set[int]:
    """Addresses that are polled, and are no longer written with this edit on."""
    found = set()
    for bench, seed in itertools.product(subject.judged_benches, range(2)):
        written = []
        for edit in (0, number):
            events = _trace(bench, edit, seed).events
            counters = events[(events["kind"] == Kind.WRITTEN) & (events["second"] - events["first"] == 4)]
            written.append(set(counters["first"][counters["line"] == 0].tolist()))
            polls = events[(events["kind"] == Kind.READ) & (events["line"] == 0)]
            for address in written[0] - written[-1]:
                if ((polls["first"] <= address) & (address < polls["second"])).any():
                    found.add(address)
    return found


def _prepare(subject: Subject) -> None:
    for bench in subject.benches:
        bench.check_original()
    found = _first_report(subject, range(2))
    assert found is None, f"the original of {subject.name}: {found}"


def _first_report(subject: Subject, seeds: Iterable[int], check: Check = CHECK) -> Found | None:
    for seed, bench in itertools.product(seeds, subject.benches):
        # In every other order, ranks may be in different launches.
        report = bench.run(subject.edited, replace(check, seed=seed), together=seed % 2 == 1)
        if report:
            return Found(report.splitlines()[0], seed, str(bench.shape))
    return None


class _Judges:
    """One for each shape, made when they are needed."""

    def __init__(self, subject: Subject):
        self._subject = subject
        self._judges: list[Judge] = []

    def __call__(self, mutation: Mutation | Move) -> Judgement:
        self._judges = self._judges or [judge(bench) for bench in self._subject.judged_benches]
        return overall(each.judge(mutation) for each in self._judges)


def record(bench: Bench, seed: int = 0) -> Recorded:
    """What the original does on this bench."""
    trace = Trace(1 << 22)
    report = bench.run(bench.subject.original, Check(seed), trace=trace)
    assert not report, report
    return Recorded.parse(trace.events, bench.shape.ranks)


def judge(bench: Bench) -> Judge:
    """Knows what the original does on this bench."""
    return Judge(record(bench))


def overall(judgements: Iterable[Judgement]) -> Judgement:
    """A mutant is what the least favourable shape says."""
    order = [Verdict.DISTINCT, Verdict.NEEDLESS, Verdict.EQUIVALENT, Verdict.UNREACHED]
    return min(judgements, key=lambda each: order.index(each.verdict))


@dataclass
class Counts:
    """What became of many mutants, for people to read."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def in_short(self) -> str:
        killed = sum(each.found is not None for each in self.outcomes)
        survivors = [each for each in self.outcomes if not each.is_explained]
        return f"{len(self.outcomes)} mutants, {killed} killed, {len(survivors)} not explained"

    def __str__(self) -> str:
        lines = []
        for title, key in (("kernel", "subject"), ("kind of mutant", "kind")):
            lines += [
                "",
                f"{title:<76} {'mutants':>8} {'killed':>8} {'equivalent':>10} {'not needed':>10} {'survive':>8}",
            ]
            for name in dict.fromkeys(getattr(each, key) for each in self.outcomes):
                lines.append(self._row(name, [each for each in self.outcomes if getattr(each, key) == name]))
            lines.append(self._row("all", self.outcomes))
        lines += ["", f"{'kind of report':<76} {'mutants':>8}"]
        reports = Counter(each.kind_of_report for each in self.outcomes if each.found)
        lines += [f"{name:<76} {count:>8}" for name, count in reports.most_common()]
        latest = Counter(each.found.seed for each in self.outcomes if each.found)
        lines += ["", "seeds until the report: " + ", ".join(f"{seed + 1}: {latest[seed]}" for seed in sorted(latest))]
        for verdict in Verdict:
            of_verdict = [each for each in self.outcomes if each.judgement and each.judgement.verdict is verdict]
            lines += self._listed(verdict.value, of_verdict)
        lines += self._listed("survives", [each for each in self.outcomes if not each.found and not each.judgement])
        return "\n".join(lines)

    @staticmethod
    def _row(name: str, outcomes: list[Outcome]) -> str:
        verdicts = Counter(each.judgement.verdict for each in outcomes if each.judgement)
        killed = sum(each.found is not None for each in outcomes)
        equivalent = sum(verdicts[verdict] for verdict in EQUIVALENT)
        needless = sum(verdicts[verdict] for verdict in WITHOUT_USE)
        rest = len(outcomes) - killed - equivalent - needless
        return f"{name:<76} {len(outcomes):>8} {killed:>8} {equivalent:>10} {needless:>10} {rest:>10}"

    @staticmethod
    def _listed(title: str, outcomes: list[Outcome]) -> list[str]:
        if not outcomes:
            return []
        lines = ["", title]
        for subject in dict.fromkeys(each.subject for each in outcomes):
            lines.append(f"  {subject}")
            for each in outcomes:
                if each.subject == subject:
                    reason = f"  ({each.judgement.reason})" if each.judgement and each.judgement.reason else ""
                    lines.append(f"    {each.mutant}{reason}")
        return lines
