"""Whether a mutant that nobody has told from the original can be told from it at all."""

from dataclasses import dataclass
from enum import Enum

import numpy
from happens_before import LANES, HappensBefore, Impossible, Move, Orders, Recorded

from dovetail.runtime.checking import Mutation
from dovetail.runtime.trace import Kind


class Verdict(Enum):
    EQUIVALENT = "equivalent: every instruction is ordered behind all that it was ordered behind"
    STRICTER = "stricter: it waits for more or tells of less, which only adds orders, and it does not hang"
    IDENTICAL = "identical: every instruction is the same, and so is the order in which they start"
    UNREAD = "without effect: nobody polls the counter that it writes"
    NEEDLESS = "not needed: only instructions that have no bytes in common lose an order"
    DISTINCT = "distinct"
    UNREACHED = "never executed"


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    reason: str = ""


class Judge:
    """Compares mutants with what one launch after the other of the original did."""

    def __init__(self, recorded: Recorded):
        self.recorded = recorded
        self._orders = Orders(self.recorded, HappensBefore(self.recorded))
        self._rows = {name: row for row, name in enumerate(self._orders.instructions)}
        self._conflicts: numpy.ndarray | None = None

    def judge(self, mutation: Mutation | Move) -> Judgement:
        if not self.recorded.executes([mutation.line] if isinstance(mutation, Move) else mutation.lines):
            return Judgement(Verdict.UNREACHED)
        mutated = self.recorded.mutated(mutation)
        try:
            orders = Orders(mutated, HappensBefore(mutated))
        except Impossible as error:
            return Judgement(Verdict.DISTINCT, str(error))
        lost = orders.counts < self._orders.counts
        if not lost.any():
            return Judgement(Verdict.EQUIVALENT)
        earlier, later, component, place = self._conflicting.T
        unordered = orders.counts[later, component] < place
        if unordered.any():
            first = int(numpy.argmax(unordered))
            return Judgement(
                Verdict.DISTINCT,
                f"race: {self._name(earlier[first])} is not complete before {self._name(later[first])}",
            )
        row, component = (int(each) for each in numpy.argwhere(lost)[0])
        core, lane = divmod(component, len(LANES))
        index = self._orders.indices[component][self._orders.counts[row, component] - 1]
        earlier_row = self._rows[core, lane, index]
        return Judgement(Verdict.NEEDLESS, f"{self._name(earlier_row)} may not be complete before {self._name(row)}")

    def _name(self, row: int) -> str:
        core, lane, index = self._orders.instructions[row]
        return f"line {self.recorded.programs[core][index - 1].line} on {LANES[lane]} of core {core}"

    @property
    def _conflicting(self) -> numpy.ndarray:
        """Pairs that access the same bytes, in the order that the original has them in.

        A row each: the earlier instruction, the later one, the pipe of the earlier one, and its place in this pipe.
        """
        if self._conflicts is None:
            self._conflicts = self._find_conflicts()
        return self._conflicts

    def _find_conflicts(self) -> numpy.ndarray:
        spaces: dict[tuple[int, int], list] = {}
        for access in self.recorded.accesses:
            row = self._rows[access.core, access.pipe, access.index]
            is_global = access.space == (0, 0)
            size = access.end - access.begin
            is_counter = is_global and access.kind is Kind.WRITTEN and size == 4 and access.begin % 4 == 0
            spaces.setdefault(access.space, []).append(
                (access.begin, access.end, row, access.kind, is_counter, is_global and access.kind is Kind.READ)
            )
        components = numpy.array([core * len(LANES) + lane for core, lane, _ in self._orders.instructions])
        places = numpy.empty(len(components), numpy.int64)
        for component in range(len(self._orders.indices)):
            of_component = numpy.flatnonzero(components == component)
            places[of_component] = numpy.arange(1, len(of_component) + 1)
        counts = self._orders.counts
        pairs = [numpy.empty((0, 2), numpy.int64)]
        for accesses in spaces.values():
            begin, end, row, kind, is_counter, polls = numpy.array(sorted(accesses), numpy.int64).T
            longest = (end - begin).max()
            for write in numpy.flatnonzero(kind != Kind.READ):
                first = numpy.searchsorted(begin, begin[write] - longest)
                last = numpy.searchsorted(begin, end[write])
                others = numpy.arange(first, last)
                others = others[(end[others] > begin[write]) & (row[others] != row[write])]
                if kind[write] == Kind.ADDED:
                    others = others[kind[others] != Kind.ADDED]
                if is_counter[write]:
                    others = others[polls[others] == 0]
                here, rows = row[write], row[others]
                # Who knows an instruction of a pipe knows those before it, and so do those behind who knows: the last
                # of each pipe before this one, and the first of each behind it, speak for the others.
                before = rows[counts[here, components[rows]] >= places[rows]]
                before = before[numpy.lexsort((-places[before], components[before]))]
                behind = rows[counts[rows, components[here]] >= places[here]]
                behind = behind[numpy.lexsort((places[behind], components[behind]))]
                for nearest, is_before in ((before, True), (behind, False)):
                    nearest = nearest[numpy.unique(components[nearest], return_index=True)[1]]
                    ends = [nearest, numpy.full(len(nearest), here)]
                    pairs.append(numpy.stack(ends if is_before else ends[::-1], axis=1))
        earlier, later = numpy.unique(numpy.concatenate(pairs), axis=0).T
        return numpy.stack([earlier, later, components[earlier], places[earlier]], axis=1)
