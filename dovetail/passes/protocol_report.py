"""Findings as messages: what is wrong, where, and a run that shows it."""

from functools import singledispatch

from dovetail.dialect.diagnostics import Diagnostic
from dovetail.passes.happens_before import Clock, joined
from dovetail.passes.protocol_accesses import Access
from dovetail.passes.protocol_findings import (
    Backwards,
    Deadlock,
    Epochs,
    Event,
    Finding,
    Outstanding,
    Race,
    StaleRead,
    Unpaired,
    Unread,
)
from dovetail.passes.protocol_run import Run
from dovetail.passes.protocol_steps import (
    Core,
    CrossCoreSet,
    CrossCoreWait,
    Instruction,
    Place,
    Region,
    counter_name,
)
from dovetail.passes.words import Counter

SHOWN = 12  # steps of a run that lead to what is wrong


def diagnostic(finding: Finding, run: Run) -> Diagnostic:
    """A finding as an error at the user's line, with notes. The last note is a run that shows it, step by step."""
    message, place, notes, lines = _told(finding, run)
    if lines:
        notes = [*notes, Diagnostic("in this order:\n" + "\n".join(f"    {line}" for line in lines), "note")]
    made = Diagnostic.at(place.location, message)
    return Diagnostic(made.message, made.severity, made.file, made.line, made.column, tuple(notes))


Told = tuple[str, Place, list[Diagnostic], list[str]]


@singledispatch
def _told(finding: Finding, run: Run) -> Told:
    raise TypeError(finding)


def _note(place: Place, text: str) -> Diagnostic:
    return Diagnostic.at(place.location, text + (f' ("{place.comment}")' if place.comment else ""), "note")


@_told.register
def _(finding: Race, run: Run) -> Told:
    conflict = finding.conflict
    earlier, later = conflict.earlier, conflict.later
    bytes_ = str(conflict.region)
    if not conflict.is_write:
        wrong, other = "read before arrival", "written"
        message = f"{wrong}: {later.core} reads {bytes_}, and nothing says that the write is complete"
    else:
        was_write = any(region.memory == conflict.region.memory for region in earlier.step.writes)
        wrong, other = ("written twice at once", "written") if was_write else ("overwritten before release", "read")
        before = "write before" if was_write else "read"
        message = f"{wrong}: {later.core} writes {bytes_}, and nothing says that the {before} is complete"
    notes = [_note(earlier.step.at, f"{other} here by {earlier.core}")]
    lines = _before(run, joined(earlier.clock, later.clock), (earlier, later))
    lines += [f"{_line(run, _event(each))}    <- both under way at once" for each in (earlier, later)]
    return message, later.step.at, notes, lines


@_told.register
def _(finding: StaleRead, run: Run) -> Told:
    stale = finding.stale
    read = stale.read
    if stale.write is None:
        what, notes = "which nobody has written", []
    else:
        what = f"which holds what launch {stale.write.launch + 1} left there"
        notes = [_note(stale.write.step.at, f"written here by {stale.write.core}")]
    message = f"read before arrival: {read.core} reads {stale.region}, {what}"
    return message, read.step.at, notes, [*_before(run, read.clock, (read,)), _line(run, _event(read))]


@_told.register
def _(finding: Deadlock, run: Run) -> Told:
    waiting = {each.event.core: each for each in finding.waiting}
    cycle = _cycle({core: [on for on in each.on if on in waiting] for core, each in waiting.items()})
    # Who waits for what nobody is left to do comes first: the others wait for them in the end.
    told = [waiting[core] for core in cycle] or sorted(finding.waiting, key=lambda each: bool(each.on))
    message = f"deadlock: {len(waiting)} cores wait, and none can go on"
    if cycle:
        message += "; " + ", ".join(f"{core} waits for {on}" for core, on in zip(cycle, cycle[1:] + cycle[:1]))
    notes = []
    for each in told[:SHOWN]:
        nobody = "" if each.on else ", and no core is left to do it"
        notes.append(_note(each.event.step.at, f"{each.event.core} waits for {'; '.join(each.wants)}{nobody}"))
    shown = [event for event in run.events if event.core in waiting]
    return message, told[0].event.step.at, notes, _lines(run, shown)


def _cycle(waits: dict[Core, list[Core]]) -> list[Core]:
    """Cores of which each waits for the next, and the last for the first; none if there is no such."""
    for start in waits:
        path: list[Core] = []
        at: Core | None = start
        while at is not None and at not in path:
            path.append(at)
            at = next((on for on in waits[at] if waits.get(on)), None)
        if at is not None:
            return path[path.index(at) :]
    return []


@_told.register
def _(finding: Outstanding, run: Run) -> Told:
    event, flag = finding.event, finding.event.step.flag  # type: ignore[attr-defined]
    message = (
        f"too far ahead: {event.core} sets {flag} for the {finding.count}th time since the last wait of "
        f"{finding.consumer} that it knows of, and {run.limit} may be outstanding"
    )
    shown = [each for each in run.events if each.core == event.core and each.number <= event.number]
    return message, event.step.at, [], _lines(run, shown)


@_told.register
def _(finding: Unread, run: Run) -> Told:
    write = finding.write
    wrong, what = ("sent in vain", "nobody reads it") if finding.told else ("not counted", "no counter tells of it")
    message = f"{wrong}: {write.core} writes {write.step.writes[0]}, and {what}"
    return message, write.step.at, [], [_line(run, _event(write))]


@_told.register
def _(finding: Backwards, run: Run) -> Told:
    name = counter_name(finding.counter)
    message = f"a counter goes back: {finding.event.core} writes {finding.value} to {name}, after {finding.before}"
    writes = [write.event for write in run.histories[finding.counter]]
    return message, finding.event.step.at, [], _lines(run, writes)


@_told.register
def _(finding: Epochs, run: Run) -> Told:
    event, other = finding.event, finding.other
    name = counter_name(finding.counter)
    if isinstance(event.step, Instruction) and event.step.value is not None:
        message = (
            f"epochs differ: {name} ends at {finding.value}, and the next launch counts on from {finding.expected}"
        )
    else:
        message = (
            f"epochs differ: {event.core} starts from {name} at {finding.value}, {other.core} from {finding.expected}"
        )
    return message, event.step.at, [_note(other.step.at, f"{other.core}, here")], [_line(run, event)]


@_told.register
def _(finding: Unpaired, run: Run) -> Told:
    event = finding.event
    return f"{finding.message} ({event.core})", event.step.at, [], []


# -- runs --


def _event(access: Access) -> Event:
    return Event(access.core, access.launch, access.step, access.issue)


def _before(run: Run, clock: Clock, without: tuple[Access, ...]) -> list[str]:
    """What others can see of all that must have been before; the last steps of it."""
    steps = {(access.core, access.issue) for access in without}
    events = [
        event
        for event in run.events
        if event.number <= clock[run.chains[event.core, "S"]] and (event.core, event.number) not in steps
    ]
    return _lines(run, events)


def _lines(run: Run, events: list[Event]) -> list[str]:
    left_out = [f"... {len(events) - SHOWN} steps before"] if len(events) > SHOWN else []
    return left_out + [_line(run, event) for event in events[-SHOWN:]]


def _line(run: Run, event: Event) -> str:
    launch = f"launch {event.launch + 1}  " if len(run.launches) > 1 else ""
    place = str(event.step.at)
    return f"{launch}{event.core!s:<22}  {_does(run, event)}" + (f"  [{place}]" if place else "")


def _does(run: Run, event: Event) -> str:
    step = event.step
    if isinstance(step, CrossCoreSet):
        return f"sets {step.flag}"
    if isinstance(step, CrossCoreWait):
        return f"has waited for {step.flag}"
    if not isinstance(step, Instruction):
        return type(step).__name__
    showed = run.numbers_of(event.core, event.launch)
    if step.awaits:
        first = step.awaits[0]
        more = f" and {len(step.awaits) - 1} more" if len(step.awaits) > 1 else ""
        return f"sees {counter_name(first.counter)} at {first.target.value(showed)}{more}"
    if step.value is not None:
        region = step.writes[0]
        return f"writes {counter_name(Counter(region.memory, region.begin))}: {step.value.value(showed)}"
    if step.shown:
        return f"reads {counter_name(step.shown[0].counter)}: {showed.get(step.shown[0])}"
    return "; ".join(f"{verb} {region}" for verb, region in _touched(step))


def _touched(step: Instruction) -> list[tuple[str, Region]]:
    both = [*(("reads", region) for region in step.reads), *(("writes", region) for region in step.writes)]
    return [each for each in both if each[1].memory.name == "window"] or both
