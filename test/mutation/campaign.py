"""Tries the mutants of a subject, and says what became of each."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from edits import EditedSource
from equivalence import Judge, Judgement, Verdict
from mutants import Mutant, mutants
from subjects import Bench, Subject

from dovetail.runtime.device import Check
from dovetail.runtime.trace import Trace

SEEDS = 20
EXPLAINED = (Verdict.EQUIVALENT, Verdict.STRICTER, Verdict.NEEDLESS)


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: a report, or, where nothing was reported, a judgement."""

    subject: str
    mutant: str
    kind: str
    report: str = ""  # the first line
    seed: int = 0
    shape: str = ""
    judgement: Judgement | None = None

    @property
    def kind_of_report(self) -> str:
        return self.report.split(":")[0]

    @property
    def is_explained(self) -> bool:
        """Reported, or proved to be no fault."""
        return bool(self.report) or (self.judgement is not None and self.judgement.verdict in EXPLAINED)


def try_mutants(
    subject: Subject, chosen: Iterable[Mutant] | None = None, seeds: int = SEEDS, seeds_before_judgement: int = SEEDS
) -> Iterator[Outcome]:
    """Mutants that the executor makes while it runs.

    What nobody has told from the original in `seeds_before_judgement` orders is judged; if it can be told from it, the
    other seeds follow.
    """
    _prepare(subject)
    judge = _Judges(subject)
    for mutant in mutants(subject.source.device) if chosen is None else chosen:
        judgement = None
        found = _first_report(subject, range(seeds_before_judgement), mutation=mutant.mutation)
        if not found:
            judgement = judge(mutant)
            if judgement.verdict not in EXPLAINED:
                found = _first_report(subject, range(seeds_before_judgement, seeds), mutation=mutant.mutation)
        yield Outcome(subject.name, str(mutant), mutant.kind, *found, judgement=None if found else judgement)


def try_edits(subject: Subject, seeds: int = SEEDS) -> Iterator[Outcome]:
    """Mutants by edited source."""
    _prepare(subject)
    judge = _Judges(subject)
    switch = EditedSource.switch(subject.edited.library)
    for edit in subject.edited_source.edits:
        switch.value = edit.number
        found = _first_report(subject, range(seeds))
        switch.value = 0
        judgement = None
        if not found and edit.same is not None:
            judgement = judge(edit.same)
        elif not found and edit.only_adds_orders:
            judgement = Judgement(Verdict.STRICTER)
        yield Outcome(subject.name, str(edit), edit.kind, *found, judgement=judgement)


def _prepare(subject: Subject) -> None:
    for bench in subject.benches:
        bench.check_original()
    found = _first_report(subject, range(2))
    assert not found, f"the original of {subject.name}: {found}"


def _first_report(subject: Subject, seeds: Iterable[int], **options) -> tuple[str, int, str] | tuple[()]:
    """What is reported first, the number of seeds before, and the shape."""
    for seed, bench in itertools.product(seeds, subject.benches):
        # In every other order, ranks may be in different launches.
        report = bench.run(subject.edited, Check(seed, **options), together=seed % 2 == 1)
        if report:
            return report.splitlines()[0], seed, str(bench.shape)
    return ()


class _Judges:
    """One for each shape, made when they are needed."""

    def __init__(self, subject: Subject):
        self._subject = subject
        self._judges: list[Judge] = []

    def __call__(self, mutant: Mutant) -> Judgement:
        self._judges = self._judges or [judge(bench) for bench in self._subject.benches]
        return overall(each.judge(mutant.mutation) for each in self._judges)


def judge(bench: Bench, seed: int = 0) -> Judge:
    """Knows what the original does on this bench."""
    trace = Trace(1 << 22)
    report = bench.run(bench.subject.original, Check(seed), trace=trace)
    assert not report, report
    return Judge(trace.events, bench.shape.ranks)


def overall(judgements: Iterable[Judgement]) -> Judgement:
    """A mutant is what the least favourable shape says."""
    order = [Verdict.DISTINCT, Verdict.NEEDLESS, Verdict.EQUIVALENT, Verdict.UNREACHED]
    return min(judgements, key=lambda each: order.index(each.verdict))


@dataclass
class Counts:
    """What became of many mutants, for people to read."""

    outcomes: list[Outcome] = field(default_factory=list)

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
        reports = Counter(each.kind_of_report for each in self.outcomes if each.report)
        lines += [f"{name:<76} {count:>8}" for name, count in reports.most_common()]
        latest = Counter(each.seed for each in self.outcomes if each.report)
        lines += ["", "seeds until the report: " + ", ".join(f"{seed + 1}: {latest[seed]}" for seed in sorted(latest))]
        for verdict in Verdict:
            of_verdict = [each for each in self.outcomes if each.judgement and each.judgement.verdict is verdict]
            lines += self._listed(verdict.value, of_verdict)
        lines += self._listed("survives", [each for each in self.outcomes if not each.report and not each.judgement])
        return "\n".join(lines)

    @staticmethod
    def _row(name: str, outcomes: list[Outcome]) -> str:
        verdicts = Counter(each.judgement.verdict for each in outcomes if each.judgement)
        killed = sum(bool(each.report) for each in outcomes)
        equivalent = verdicts[Verdict.EQUIVALENT] + verdicts[Verdict.STRICTER]
        needless = verdicts[Verdict.NEEDLESS]
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
