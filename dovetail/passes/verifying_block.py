"""What becomes of the signals of a block in a launch: whether every core comes to its end, and flags to theirs.

A core goes through its signals in order, and nothing holds it back but waits. So whether all come to their end does not
depend on who is quick: one run shows it. A core that sets a flag knows of some waits that they are over, because it has
waited itself for something behind them; all other sets of that flag may be outstanding.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import NoReturn

from dovetail.passes.registry import fail
from dovetail.passes.verifying import Programs
from dovetail.passes.verifying_signals import Signals
from dovetail.passes.verifying_steps import Signal

Clock = tuple[int, ...]  # of each core of the block, how many of its signals are over
SYNC_ALL = ""  # SyncAll is as a flag that each vector core sets and then waits for


@dataclass
class Core:
    name: str
    number: int
    signals: list[Signal]
    clock: Clock  # of the other cores, how much is over when this one goes on
    done: int = 0
    sets: dict[str, list[Clock]] = field(default_factory=lambda: defaultdict(list))
    waits: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # how many signals are over then
    found: dict[tuple[str, bool], list[Signal]] = field(default_factory=lambda: defaultdict(list))

    @property
    def kind(self) -> str:
        return self.name[:3]

    def __post_init__(self) -> None:
        for each in self.signals:
            self.found[each.name, each.pipe is not None].append(each)

    def of(self, name: str, is_set: bool) -> list[Signal]:
        return self.found[name, is_set]


class Block:
    """One block in one launch. `launch` is how a report calls it."""

    def __init__(self, signals: Mapping[str, list[Signal]], modes: Mapping[str, int], limit: int, launch: str):
        start = (0,) * len(signals)
        self.cores = [Core(name, number, each, start) for number, (name, each) in enumerate(signals.items())]
        self.modes = modes
        self.limit = limit
        self.launch = launch
        self._partners: dict[tuple[int, str], list[Core]] = {}

    def partners(self, core: Core, name: str) -> list[Core]:
        """Who sets a flag that a core waits for, which is also who waits for one that it sets."""
        found = self._partners.get((core.number, name))
        if found is None:
            is_across = self.modes.get(name) == 2
            found = [other for other in self.cores if (other.kind != core.kind) == is_across]
            self._partners[core.number, name] = found
        return found

    def check(self) -> None:
        """Raises PassFailure where a core waits for ever, or a flag is left over or set too often."""
        flags = sorted({name for core in self.cores for name, _ in core.found})
        for core, name in product(self.cores, flags):
            self.check_balance(core, name)
        moved = True
        while moved:
            moved = False
            for core in self.cores:
                while core.done < len(core.signals) and self.passes(core, core.signals[core.done]):
                    core.done += 1
                    moved = True
        stuck = [(core, core.signals[core.done]) for core in self.cores if core.done < len(core.signals)]
        if stuck:
            names = " and ".join(core.name for core, _ in stuck)
            notes = [(signal.op, f"{core.name} waits for {signal.name or 'SyncAll'} here") for core, signal in stuck]
            fail(stuck[0][1].op, f"{names} wait for each other, and none goes on ({self.launch})", *notes)

    def check_balance(self, waiting: Core, name: str) -> None:
        """Whether whoever sets a flag for a core sets it as often as the core waits for it."""
        waits = waiting.of(name, False)
        if waits and name not in self.modes and name != SYNC_ALL:
            fail(waits[0].op, f"{waiting.name} waits for {name}, which nobody sets")
        for setting in self.partners(waiting, name):
            sets = setting.of(name, name != SYNC_ALL)
            if len(sets) != len(waits):
                self.refuse_balance(setting, sets, waiting, waits, name)

    def passes(self, core: Core, signal: Signal) -> bool:
        """Takes a core past its next signal, if that does not hold it back."""
        name = signal.name
        if signal.pipe is not None:
            self.set(core, name)
            return True
        waits = core.waits[name]
        if name == SYNC_ALL and len(core.sets[name]) == len(waits):
            self.set(core, name)
        others = self.partners(core, name)
        number, clock = len(waits), core.clock
        for other in others:
            sets = other.sets[name]
            if len(sets) <= number:
                return False
            clock = tuple(map(max, clock, sets[number]))
        if not others:
            return False
        core.clock = clock
        waits.append(core.done + 1)
        return True

    def set(self, core: Core, name: str) -> None:
        sets, number = core.sets[name], core.number
        core.clock = core.clock[:number] + (core.done,) + core.clock[number + 1 :]
        sets.append(core.clock)
        if len(sets) > self.limit and name != SYNC_ALL:
            for other in self.partners(core, name):
                outstanding = len(sets) - bisect(other.waits[name], core.clock[other.number])
                if outstanding > self.limit:
                    self.refuse_many(core, other, name)

    # -- reports --

    def refuse_balance(
        self, setting: Core, sets: list[Signal], waiting: Core, waits: list[Signal], name: str
    ) -> NoReturn:
        if name == SYNC_ALL:
            message = f"{waiting.name} comes to SyncAll {times(waits)}, and {setting.name} {times(sets)}"
        else:
            message = f"{setting.name} sets {name} {times(sets)}, and {waiting.name} waits for it {times(waits)}"
        few, many = sorted((sets, waits), key=len)
        notes = [(few[0].op, "here")] if few else []
        fail(many[-1].op, f"{message} ({self.launch})", *notes)

    def refuse_many(self, core: Core, other: Core, name: str) -> NoReturn:
        fail(
            core.signals[core.done].op,
            f"{core.name} may set {name} {self.limit + 1} times before {other.name} waits for it; at most {self.limit} "
            f"sets may be outstanding ({self.launch})",
            *((wait.op, f"{other.name} waits for it here") for wait in other.of(name, False)[:1]),
        )


def times(signals: list[Signal]) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(len(signals), f"{len(signals)} times")


class Trial:
    """The cores of a kernel, in launches; of each, one rank between the others, or every one."""

    def __init__(self, kinds: Iterable[Programs], modes: Mapping[str, int], limit: int, every_rank: bool):
        self.cores = {core: Signals(programs, core) for programs in kinds for core in programs.steps}
        self.asked = set[str]().union(*(each.numbers.asked for each in self.cores.values()))
        self.modes = modes
        self.limit = limit
        self.every_rank = every_rank

    def check(self, known: dict[str, int]) -> None:
        """Raises PassFailure where the cores of a block, or the blocks, do not fit together in a launch."""
        text = ", ".join(f"{name} {value}" for name, value in known.items() if name in self.asked)
        ranks = range(known["ranks"]) if self.every_rank else [known["ranks"] // 2]
        blocks = range(known["blocks"]) if "core" in self.asked else [0]
        made: dict[tuple[str, int, int], list[Signal]] = {}
        for rank in ranks if "rank" in self.asked else [0]:
            seen: list[dict[str, list[Signal]]] = []
            for block in blocks:
                signals = {}
                for name, core in self.cores.items():
                    asked = core.numbers.asked
                    key = (name, rank if "rank" in asked else 0, block if "core" in asked else 0)
                    if key not in made:
                        made[key] = core.of({**known, "rank": rank, "block": block})
                    signals[name] = made[key]
                if signals not in seen:
                    seen.append(signals)
                    Block(signals, self.modes, self.limit, text).check()
            self.check_all_blocks(seen, text)

    def check_all_blocks(self, blocks: list[dict[str, list[Signal]]], launch: str) -> None:
        """SyncAll, and flags of mode 0, are between all blocks of a rank: each comes to them as often."""
        for core, first in blocks[0].items():
            mine = [signal for signal in first if signal.is_of_all_blocks]
            for other in blocks[1:]:
                its = [signal for signal in other[core] if signal.is_of_all_blocks]
                if len(mine) != len(its):
                    most = max(mine, its, key=len)[-1]
                    what = most.name or "SyncAll"
                    message = f"{core} of one block comes to {what} {times(mine)}, of another {times(its)}"
                    fail(most.op, f"{message} ({launch})")
