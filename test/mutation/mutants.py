"""Mutants of a generated kernel: one synchronising call left out or altered in each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from happens_before import EVENTS, LANE_OF_PIPE, LANES

from dovetail.runtime.checking import Change, Mutation

EVENT_IDS = range(6)  # 6 and 7 belong to the system
FIRST_OF_SYSTEM = 6
CROSS_CORE_IDS = range(11)
PIPES_OF = {"AIV": ("V", "MTE2", "MTE3"), "AIC": ("M", "MTE1", "MTE2", "MTE3", "FIX")}
# fmt: off
EVENTS_OF = {  # rule F4
    "AIV": (
        "S_V", "S_MTE2", "S_MTE3", "V_S", "V_MTE2", "V_MTE3", "MTE2_S", "MTE2_V", "MTE2_MTE3", "MTE3_S", "MTE3_V",
        "MTE3_MTE2",
    ),
    "AIC": (
        "M_MTE1", "M_MTE2", "M_FIX", "MTE1_M", "MTE1_MTE2", "MTE1_MTE3", "MTE1_FIX", "MTE2_M", "MTE2_MTE1",
        "MTE2_MTE3", "MTE3_MTE1", "MTE3_MTE2", "FIX_M", "FIX_MTE1",
    ),
}
# fmt: on
PIPE_NUMBERS = {(LANES[lane] if lane < len(LANES) else "ALL"): pipe for pipe, lane in LANE_OF_PIPE.items()}

CALL = re.compile(
    r"^ *(?P<name>SetFlag|WaitFlag|PipeBarrier|CrossCoreSetFlag|CrossCoreWaitFlag|SyncAll)"
    r"(?:<(?P<template>[^>]*)>)?\((?P<id>\w*(?: \+ \d+)?)\);$"
)
FUNCTION = re.compile(r"^(?:extern \"C\" __global__ )?__aicore__ (?:inline )?\w+ (\w+)\(")
SLOT = re.compile(r"^ *const int64_t (\w+) = \w+\+\+ % (\d+);$")


@dataclass(frozen=True)
class Mutant:
    """`call` in the first of `lines`, and what becomes of it. `kind` is what the counts go by."""

    lines: tuple[int, ...]
    call: str
    kind: str
    becomes: str
    mutation: Mutation

    def __str__(self) -> str:
        return f"line {', '.join(map(str, self.lines))}: {self.call} -> {self.becomes}"


@dataclass(frozen=True)
class Call:
    """A synchronising call of the source."""

    line: int
    text: str
    name: str
    template: str
    id: str
    core: str  # AIC, AIV or both
    function: str
    place: int  # among the calls
    slots: int  # of the ring that the id is taken from; 0: it is a constant
    constants: dict[str, int]

    @property
    def id_value(self) -> int | None:
        """Of a constant id."""
        if self.id.startswith("EVENT_ID"):
            return int(self.id[len("EVENT_ID") :])
        return self.constants.get(self.id)

    def answers(self, before: "Call") -> bool:
        """Whether it waits, in the next line, for the flag that `before` sets."""
        return (before.name, self.name) == ("SetFlag", "WaitFlag") and (self.line, self.template, self.id) == (
            before.line + 1,
            before.template,
            before.id,
        )

    def mutants(self) -> Iterator[Mutant]:
        yield self._mutant("removed", "nothing", Change.SKIP)
        if self.name in ("SetFlag", "WaitFlag"):
            yield from self._other_ids(EVENT_IDS)
            yield self._mutant("id of the system", f"id {FIRST_OF_SYSTEM}", Change.OTHER_ID, FIRST_OF_SYSTEM)
            yield from self._other_events()
        elif self.name == "PipeBarrier":
            for pipe in (*PIPES_OF[self.core], "ALL") if self.core in PIPES_OF else ():
                if f"PIPE_{pipe}" != self.template:
                    yield self._mutant("other pipe", f"PIPE_{pipe}", Change.OTHER_PIPE, PIPE_NUMBERS[pipe])
        elif self.name == "CrossCoreSetFlag":
            mode, pipe = self.template.split(", ")
            yield from self._other_ids(CROSS_CORE_IDS)
            for other in PIPES_OF[self.core]:
                if f"PIPE_{other}" != pipe:
                    yield self._mutant("other pipe", f"PIPE_{other}", Change.OTHER_PIPE, PIPE_NUMBERS[other])
            for other_mode in range(3):
                if other_mode != int(mode):
                    yield self._mutant("other mode", f"mode {other_mode}", Change.OTHER_MODE, other_mode)
        elif self.name == "CrossCoreWaitFlag":
            yield from self._other_ids(CROSS_CORE_IDS)
        else:
            other_mode = 0 if self.template == "true" else 1
            becomes = f"SyncAll<{'true' if other_mode else 'false'}>"
            yield self._mutant("other mode", becomes, Change.OTHER_MODE, other_mode)

    def _mutant(self, kind: str, becomes: str, change: Change, value: int = 0) -> Mutant:
        return Mutant((self.line,), self.text, kind, becomes, Mutation((self.line,), change, value))

    def _other_ids(self, ids: range) -> Iterator[Mutant]:
        if self.slots > 1:
            yield self._mutant("other slot", "the next slot", Change.NEXT_SLOT, self.slots)
        for id in ids:
            if id != self.id_value:
                yield self._mutant("other id", f"id {id}", Change.OTHER_ID, id)

    def _other_events(self) -> Iterator[Mutant]:
        event = self.template.removeprefix("HardEvent::")
        source, destination = event.split("_")
        for other in EVENTS_OF[self.core]:
            pipes = other.split("_")
            if other != event and (pipes[0] == source or pipes[1] == destination):
                yield self._mutant("other event", other, Change.OTHER_EVENT, EVENTS.index(other))


def calls(source: str) -> list[Call]:
    """The synchronising calls of a device source."""
    lines = source.splitlines()
    kinds = _kinds_of_cores(lines)
    constants = {name: int(value) for name, value in re.findall(r"^constexpr uint16_t (\w+) = (\d+);", source, re.M)}
    slots = {match[1]: int(match[2]) for line in lines if (match := SLOT.match(line))}
    found = []
    function = ""
    for number, line in enumerate(lines, start=1):
        function = begun[1] if (begun := FUNCTION.match(line)) else function
        match = CALL.match(line)
        assert match or not re.search(r"\b(SetFlag|WaitFlag|PipeBarrier|CrossCore\w+Flag|SyncAll)\b", line), line
        if match:
            id = match["id"]
            found.append(
                Call(
                    number,
                    line.strip().rstrip(";"),
                    match["name"],
                    match["template"] or "",
                    id,
                    kinds[number],
                    function,
                    len(found),
                    slots.get(id.split(" ")[0], 0),
                    constants,
                )
            )
    return found


def mutants(source: str) -> list[Mutant]:
    """One call altered in each, and then all that belong together left out at once."""
    found = calls(source)
    return [mutant for call in found for mutant in call.mutants()] + list(without_groups(found))


def without_groups(found: list[Call]) -> Iterator[Mutant]:
    """A SetFlag with the WaitFlag behind it; all flags of an event that come back; all uses of a cross-core flag."""
    groups: dict[tuple[str, ...], list[Call]] = {}
    for call, behind in zip(found, [*found[1:], None]):
        before = found[call.place - 1] if call.place else None
        if call.name in ("SetFlag", "WaitFlag"):
            starts = behind is not None and behind.answers(call)
            ends = before is not None and call.answers(before)
            name = ("pair", str(call.line - ends)) if starts or ends else ("ring", call.function, call.template)
        elif call.name in ("CrossCoreSetFlag", "CrossCoreWaitFlag"):
            name = ("cross-core flag", call.id)
        elif call.name == "SyncAll":
            name = ("SyncAll",)
        else:
            continue
        groups.setdefault(name, []).append(call)
    for (what, *_), group in groups.items():
        lines = tuple(call.line for call in group)
        text = group[0].text if what != "cross-core flag" else f"all of {group[0].id}"
        yield Mutant(lines, text, "all removed", f"nothing, with its {what}", Mutation(lines, Change.SKIP))


def lines_executed_by(source: str, lines: range) -> set[int]:
    """These lines, and those of the functions that they call."""
    functions = _Functions(source.splitlines())
    return set(lines).union(*(functions.bodies[name] for name in functions.called(lines)))


class _Functions:
    def __init__(self, lines: list[str]):
        self._lines = lines
        self.bodies: dict[str, range] = {}
        name, start = "", 0
        for number, line in enumerate(lines, start=1):
            match = FUNCTION.match(line)
            if match:
                name, start = match[1], number
            elif line == "}" and name:
                self.bodies[name] = range(start, number + 1)
                name = ""

    def called(self, lines: range) -> set[str]:
        """The functions that these lines call, directly or not."""
        seen: set[str] = set()
        found = self._called_directly(lines)
        while found:
            name = found.pop()
            if name not in seen:
                seen.add(name)
                found |= self._called_directly(self.bodies[name]) - seen
        return seen

    def _called_directly(self, lines: range) -> set[str]:
        text = "\n".join(self._lines[number - 1] for number in lines)
        return {name for name, body in self.bodies.items() if body != lines and re.search(rf"\b{name}\(", text)}


def _kinds_of_cores(lines: list[str]) -> dict[int, str]:
    """Which kind of core executes a line, by number: "AIC", "AIV" or "both"."""
    functions = _Functions(lines)
    entry = functions.bodies[list(functions.bodies)[-1]]
    kinds = dict.fromkeys(entry, "both")
    for kind in ("AIC", "AIV"):
        begin = next((number for number in entry if f"if ASCEND_IS_{kind} " in lines[number - 1]), None)
        if begin is None:
            continue
        end = next(number for number in range(begin, len(lines) + 1) if lines[number - 1] == "    }")
        kinds |= dict.fromkeys(range(begin, end), kind)
        for name in functions.called(range(begin, end)):
            for number in functions.bodies[name]:
                kinds[number] = kind if kinds.get(number, kind) == kind else "both"
    return kinds
