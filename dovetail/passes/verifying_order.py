"""What is ordered in the program of one core: flags that are set and waited for in turn, and accesses they separate.

The program is gone through once, in order, and loops until nothing new is found. At each point it is known

- of each flag whether it is set. On all paths to a point it is the same: what a condition does to a flag it does in
  both branches, and a round of a loop leaves a flag as it found it.
- of each pipe which accesses, by any pipe, may be incomplete when its next instruction starts (`pending`).
- of each flag that is set which accesses are complete once somebody has waited for it (`covers`).

Of several paths, the first of these sets has what is pending on any of them, and the second what is covered on all.
Slots of a ring whose numbers are values are followed one at a time. The one in use starts as any of the slots may be,
and when it is left any of them may have become what it is.
"""

from dataclasses import dataclass
from typing import NoReturn

from dovetail.dialect.bindings import ir
from dovetail.dialect.diagnostics import file_location
from dovetail.passes.registry import fail
from dovetail.passes.verifying import (
    Access,
    Barrier,
    CoreProgram,
    Flag,
    Leave,
    Nest,
    Ring,
    SetFlag,
    Signal,
    Step,
    Take,
    WaitFlag,
)

_ALL = -1  # every access there is


@dataclass(slots=True)
class State:
    pending: dict[str, int]  # pipe to accesses
    covers: list[int]  # of each flag
    is_set: list[bool]
    last: list[Step | None]  # who set the flag or waited for it last

    def copy(self) -> "State":
        return State(dict(self.pending), list(self.covers), list(self.is_set), list(self.last))

    def join(self, other: "State") -> bool:
        """Makes this what holds whichever of the two holds. Flags are set in both or in none. Whether it changed."""
        pending = {pipe: accesses | other.pending[pipe] for pipe, accesses in self.pending.items()}
        covers = [mine & its for mine, its in zip(self.covers, other.covers)]
        changed = pending != self.pending or covers != self.covers
        self.pending, self.covers, self.last = pending, covers, other.last
        return changed


class Order:
    """Goes through the program of a core. Raises PassFailure at the first thing that is out of order."""

    def __init__(self, program: CoreProgram):
        self.program = program
        self.flags = list(program.flags.values())
        self.calls: list[ir.Operation] = []
        self.taken: dict[Ring | Flag, Take] = {}
        self.of_pipe = {pipe: self._mask(lambda access, pipe=pipe: access.pipe == pipe) for pipe in program.pipes}
        memory = program.memory
        self.global_reads = self._mask(lambda access: access.ring is memory and not access.writes)
        none = len(self.flags)
        self.state = State(dict.fromkeys(program.pipes, 0), [_ALL] * none, [False] * none, [None] * none)

    def _mask(self, chosen) -> int:
        """All bits of the chosen accesses."""
        mask = 0
        for access in self.program.accesses:
            if chosen(access):
                mask |= access.anywhere
        return mask

    def check(self) -> None:
        self.run(self.program.steps)
        for is_set, last in zip(self.state.is_set, self.state.last):
            if is_set:
                self.refuse_alone(last, "the flag is still set when the core ends")

    def run(self, steps: list[Step]) -> None:
        for step in steps:
            _RUN[type(step)](self, step)

    # -- accesses --

    def access(self, step: Access) -> None:
        state = self.state
        early = state.pending[step.pipe] & step.conflicts
        if early:
            self.refuse_access(step, early)
        bits = step.bits
        keep = ~bits
        for pipe in state.pending:
            state.pending[pipe] |= bits
        state.covers = [covered & keep for covered in state.covers]

    def barrier(self, step: Barrier) -> None:
        pending = self.state.pending
        if step.pipe == "ALL":
            for pipe in pending:
                pending[pipe] = 0
        elif step.after is not None:
            pending[step.pipe] &= ~step.after.bits
        else:
            pending[step.pipe] &= ~self.of_pipe[step.pipe]

    def signal(self, step: Signal) -> None:
        """A flag for another core tells it that what was read is read, so that it may be overwritten."""
        pending = self.state.pending
        if step.pipe is not None:
            unread = pending[step.pipe] & self.global_reads & ~self.of_pipe[step.pipe]
            if unread:
                reader = self.made(unread)
                message = f"{step.name} may be set before this core has read what it says is read"
                self.refuse(step, message, (reader, f"{reader.pipe} reads here, and {step.pipe} does not wait for it"))
        elif not step.name:
            self.barrier(Barrier(step.op, "ALL"))

    # -- flags --

    def set_flag(self, step: SetFlag) -> None:
        state, flag = self.state, step.flag
        index = flag.index
        self.check_in_use(step)
        if state.is_set[index]:
            self.refuse_twice(step, "SetFlag", "it is set already, and nobody has waited for it")
        state.is_set[index] = True
        state.last[index] = step
        state.covers[index] = ~state.pending[flag.source] | self.of_pipe[flag.source]

    def wait_flag(self, step: WaitFlag) -> None:
        state, flag = self.state, step.flag
        index = flag.index
        self.check_in_use(step)
        if not state.is_set[index]:
            self.refuse_twice(step, "WaitFlag", "no SetFlag comes before it")
        state.is_set[index] = False
        state.last[index] = step
        state.pending[flag.destination] &= ~state.covers[index]

    def check_in_use(self, step: SetFlag | WaitFlag) -> None:
        take = self.taken.get(step.flag)
        if take is not None and step.flag.number is not None:
            message = f"flag {step.flag.name} while slot {take.name}, whose flag it may be, is in use"
            self.refuse(step, message, (take, "the slot is taken here"))

    # -- slots --

    def take(self, step: Take) -> None:
        state = self.state
        for each in (*step.rings, *(flag for flags in step.flags.values() for flag in flags)):
            if each in self.taken:
                before = self.taken[each]
                message = f"slot {step.name} of {each.name} is taken while {before.name}, which may be it, is in use"
                self.refuse(step, message, (before, "taken here"))
            self.taken[each] = step
        current, slots = step.current, step.slots
        for pipe, pending in state.pending.items():
            state.pending[pipe] = _as_current(pending, current, slots, any_of=True)
        for index, is_set in enumerate(state.is_set):
            if is_set:
                state.covers[index] = _as_current(state.covers[index], current, slots, any_of=False)
        for flag, numbered in step.flags.items():
            first = numbered[0].index
            for other in numbered[1:]:
                if state.is_set[other.index] != state.is_set[first]:
                    self.refuse_uneven(step, flag, numbered)
            state.is_set[flag.index] = state.is_set[first]
            state.last[flag.index] = state.last[first]
            covers = _ALL
            for number, other in enumerate(numbered):
                told = state.covers[other.index]
                # The flag of a slot tells of the same slot of each ring.
                same = (told & slots[number]) >> (1 + number)
                covers &= (told & ~current) | same
            state.covers[flag.index] = covers

    def leave(self, step: Leave) -> None:
        state, take = self.state, step.take
        for each in (*take.rings, *(flag for flags in take.flags.values() for flag in flags)):
            del self.taken[each]
        current, slots = take.current, take.slots
        told_before = list(state.covers)
        for pipe, pending in state.pending.items():
            now = pending & current
            for number in range(take.count):
                pending |= now << (1 + number)
            state.pending[pipe] = pending & ~current
        for index, is_set in enumerate(state.is_set):
            if is_set:
                covered = state.covers[index]
                now = covered & current
                for number, slot in enumerate(slots):
                    covered &= ~slot | (now << (1 + number))
                state.covers[index] = covered
        for flag, numbered in take.flags.items():
            index = flag.index
            if state.is_set[index] != state.is_set[numbered[0].index]:
                self.refuse_left(flag, step)
            covers = told_before[index]
            for number, other in enumerate(numbered):
                own = slots[number]
                before = told_before[other.index] & own & ((covers & current) << (1 + number))
                state.covers[other.index] = (state.covers[other.index] & covers & ~own) | before
                state.last[other.index] = state.last[index]
            state.is_set[index] = False

    # -- loops, conditions, calls --

    def nest(self, step: Nest) -> None:
        if step.kind == "func.call":
            self.calls.append(step.op)
            self.run(step.bodies[0])
            self.calls.pop()
        elif step.kind == "scf.if":
            self.condition(step)
        else:
            self.loop(step)

    def condition(self, step: Nest) -> None:
        before = self.state
        self.state = before.copy()
        self.run(step.bodies[0])
        then, self.state = self.state, before.copy()
        self.run(step.bodies[1])
        self.check_same(then, self.state, before, step)
        self.state.join(then)

    def loop(self, step: Nest) -> None:
        """A for loop may end before each round, a while loop behind its condition."""
        *condition, body = step.bodies
        at_start = self.state.copy()
        while True:
            for each in condition:
                self.run(each)
            at_end = self.state.copy() if condition else at_start.copy()
            self.run(body)
            self.check_same(self.state, at_start, at_start, step)
            if not at_start.join(self.state):
                break
            self.state = at_start.copy()
        at_end.last = self.state.last
        self.state = at_end

    # -- reports --

    def check_same(self, left: State, right: State, before: State, nest: Nest) -> None:
        if left.is_set == right.is_set:
            return
        index = next(i for i, (one, other) in enumerate(zip(left.is_set, right.is_set)) if one != other)
        last = next(state.last[index] for state in (left, right) if state.last[index] is not before.last[index])
        where, note = "on one path of a condition only", "the condition"
        if nest.kind != "scf.if":
            where, note = "in each round of a loop", "the loop"
        self.refuse_alone(last, f"this is done {where}", (nest, note))

    def refuse_twice(self, step: SetFlag | WaitFlag, what: str, why: str) -> NoReturn:
        before = self.state.last[step.flag.index]
        notes = [] if before is None else [(before, "set here" if what == "SetFlag" else "waited for here before")]
        self.refuse(step, f"{what}{step.flag.name}: {why}", *notes)

    def refuse_uneven(self, step: Take, flag: Flag, numbered: list[Flag]) -> NoReturn:
        are_set = [self.state.is_set[each.index] for each in numbered]
        left, other = (next(each for each, is_set in zip(numbered, are_set) if is_set is wanted) for wanted in (True, False))
        message = f"flag {flag.name} is one of those of all slots: {left.name} is set here, and {other.name} is not"
        self.refuse(step, message)

    def refuse_left(self, flag: Flag, step: Leave) -> NoReturn:
        last = self.state.last[flag.index]
        self.refuse_alone(last, "the next use of the slot finds it so", (step, "the slot is taken here"))

    def refuse_alone(self, step: SetFlag | WaitFlag, why: str, *notes: tuple[Step, str]) -> NoReturn:
        what, other = ("SetFlag", "WaitFlag") if isinstance(step, SetFlag) else ("WaitFlag", "SetFlag")
        self.refuse(step, f"{what}{step.flag.name} has no {other}; {why}", *notes)

    def refuse_access(self, step: Access, early: int) -> NoReturn:
        before = self.made(early, step)
        verb, verbed = ("writes" if each.writes else "reads" for each in (step, before))
        if step.publishes and step.ring is self.program.memory:
            message = f"this counter may be written before a copy that it tells of is complete"
            self.refuse(step, message, (before, f"{before.pipe} {verbed} here, and {step.pipe} does not wait for it"))
        name = step.ring.name
        if before.pipe == step.pipe:
            note = f"{before.pipe} {verbed} it here; there is no barrier of {step.pipe} and no flag in between"
        else:
            note = f"{before.pipe} {verbed} it here; no flag that {step.pipe} waits for tells that it is done"
        self.refuse(step, f"{step.pipe} {verb} {name} too early", (before, note))

    def made(self, bits: int, before: Access | None = None) -> Access:
        """An access with one of these bits: the one next before another, or else the last of all."""
        accesses = self.program.accesses
        earlier = [] if before is None else accesses[: accesses.index(before)]
        return next(access for access in (*reversed(earlier), *reversed(accesses)) if access.anywhere & bits)

    def refuse(self, step: Step, message: str, *notes: tuple[Step, str]) -> NoReturn:
        """Fails at an operation, or where it is called if it has no place in the user's source."""
        told = [(each.op, text) for each, text in notes]
        at = [step.op, *reversed(self.calls)]
        place = next((op for op in at if file_location(op.location) is not None), step.op)
        fail(place, f"on an {self.program}: {message}", *told)


def _as_current(accesses: int, current: int, slots: list[int], any_of: bool) -> int:
    """The accesses with those of the current slot made as those of the slots: as any of them, or as all."""
    taken = 0 if any_of else current
    for number, slot in enumerate(slots):
        its = (accesses & slot) >> (1 + number)
        taken = taken | its if any_of else taken & its
    return (accesses & ~current) | taken


_RUN = {
    Access: Order.access,
    Barrier: Order.barrier,
    SetFlag: Order.set_flag,
    WaitFlag: Order.wait_flag,
    Take: Order.take,
    Leave: Order.leave,
    Nest: Order.nest,
    Signal: Order.signal,
}
