"""What the cores of a rank know of each other, by the rules of `docs/memory-model.md`.

A clock says for each pipe of each core how many of its instructions are complete, and for each scalar unit how many
steps it has issued. Whatever is complete is known of as a prefix of a pipe, since flags, barriers, cross-core sets and
SyncAll all wait for everything that their pipe was given before (F1, B1, X1, S1). So one number for each pipe is exact:
instruction n of pipe p is complete before something starts if and only if the clock at that start says n or more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dovetail.passes.protocol_steps import Core, Program, SetFlag, WaitFlag

Clock = list[int]
PIPES = ("S", "V", "M", "MTE1", "MTE2", "MTE3", "FIX")


def joined(*clocks: Clock) -> Clock:
    return list(map(max, *clocks)) if len(clocks) > 1 else list(clocks[0])


def chains(programs: Iterable[Mapping[Core, Program]]) -> dict[tuple[Core, str], int]:
    """A position in clocks for each pipe that any of the programs uses."""
    found: dict[tuple[Core, str], int] = {}
    for program in programs:
        for core, steps in program.items():
            found.setdefault((core, "S"), len(found))
            for step in steps:
                pipe = getattr(step, "pipe", None)
                pipes = step.event.split("_") if isinstance(step, (SetFlag, WaitFlag)) else [pipe] if pipe else []
                for each in pipes:
                    if each != "ALL":
                        found.setdefault((core, each), len(found))
    return found


@dataclass
class Pipe:
    """`start`: what is known to be complete when a later instruction starts. `done`: when all of now are complete."""

    chain: int
    start: Clock
    done: Clock
    count: int = 0


@dataclass
class CoreOrder:
    """Where a core stands: what its scalar unit knows, its pipes, and the flags that are set."""

    core: Core
    chains: Mapping[tuple[Core, str], int]
    issued: Clock
    pipes: dict[str, Pipe] = field(default_factory=dict)
    flags: dict[tuple[str, int], Clock] = field(default_factory=dict)

    def __post_init__(self):
        self.chain = self.chains[self.core, "S"]
        for (core, name), chain in self.chains.items():
            if core == self.core and name != "S":
                self.pipes[name] = Pipe(chain, list(self.issued), list(self.issued))

    def issue(self) -> int:
        """Goes on to the next step, and returns its number."""
        self.issued = list(self.issued)
        self.issued[self.chain] += 1
        return self.issued[self.chain]

    def learn(self, clock: Clock) -> None:
        self.issued = joined(self.issued, clock)

    def start(self, name: str) -> tuple[Clock, int, int]:
        """Hands an instruction to a pipe: what is complete when it starts (P1, P2), its pipe and its number there."""
        if name == "S":
            return self.issued, self.chain, self.issued[self.chain]
        pipe = self.pipes[name]
        pipe.start = joined(pipe.start, self.issued)
        pipe.count += 1
        pipe.done = joined(pipe.done, pipe.start)
        pipe.done[pipe.chain] = pipe.count
        return pipe.start, pipe.chain, pipe.count

    def completes_after(self, name: str, clock: Clock) -> None:
        """The last instruction of a pipe is complete only when this is known."""
        self.pipes[name].done = joined(self.pipes[name].done, clock)

    def complete(self, name: str) -> Clock:
        """What is known once all that a pipe was given is complete (F1, X1)."""
        return self.issued if name == "S" else joined(self.pipes[name].done, self.issued)

    def all_complete(self) -> Clock:
        return joined(self.issued, *(pipe.done for pipe in self.pipes.values()))

    def barrier(self, name: str) -> None:
        """B1, B2."""
        if name == "ALL":
            self.issued = self.all_complete()
            return
        self.pipes[name].start = joined(self.pipes[name].start, self.complete(name))

    def set_flag(self, event: str, number: int) -> bool:
        """F1, F3. Returns False if the flag has been set and not been waited for (F6)."""
        if (event, number) in self.flags:
            return False
        self.flags[event, number] = self.complete(event.partition("_")[0])
        return True

    def wait_flag(self, event: str, number: int) -> bool:
        """F2. Returns False if nothing before has set the flag."""
        clock = self.flags.pop((event, number), None)
        if clock is None:
            return False
        reader = event.partition("_")[2]
        if reader == "S":
            self.learn(clock)
        else:
            pipe = self.pipes[reader]
            pipe.start = joined(pipe.start, clock, self.issued)
        return True
