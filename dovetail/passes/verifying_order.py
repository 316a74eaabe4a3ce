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

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.passes.registry import fail
from dovetail.passes.verifying import Programs
from dovetail.passes.verifying_steps import (
    Access,
    Barrier,
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


@dataclass(slots=True)
class State:
    """What is known at a point. Tables of accesses are numbers: rows of as many bits as the core has accesses."""

    pending: int  # a row for each pipe
    covers: int  # a row for each flag; of one that is not set it means nothing
    is_set: int  # a bit for each flag
    last: list[Any]  # the SetFlag or WaitFlag that came last, for each flag; or None

    def copy(self) -> "State":
        return State(self.pending, self.covers, self.is_set, list(self.last))

    def join(self, other: "State") -> bool:
        """Makes this what holds whichever of the two holds. Both have the same flags set. Whether it changed."""
        pending, covers = self.pending | other.pending, self.covers & other.covers
        changed = pending != self.pending or covers != self.covers
        self.pending, self.covers, self.last = pending, covers, other.last
        return changed


class Order:
    """Goes through the program of a core. Raises PassFailure at the first thing that is out of order."""

    def __init__(self, programs: Programs, core: str, handed_over: Mapping[str, set[bool]] = {}):
        self.programs = programs
        self.core = core
        self.handed_over = handed_over
        self.meetings = sum(1 << flag.index for flag in programs.meetings.values())
        self.not_followed = 0  # meetings of which it cannot be told which set a wait is for
        self.flags = list(programs.flags.values())
        self.calls: list[ir.Operation] = []
        self.taken: dict[Ring | Flag, Take] = {}
        width = programs.width
        self.row = (1 << width) - 1
        self.rows = {pipe: width * number for number, pipe in enumerate(programs.pipes)}  # where each one starts
        self.in_each_pipe = sum(1 << row for row in self.rows.values())  # times a row: that row for all pipes
        self.flag_rows = [width * number for number in range(len(self.flags))]
        self.in_each_flag = sum(1 << row for row in self.flag_rows)
        self.of_pipe = dict.fromkeys(programs.pipes, 0)
        self.global_reads = 0
        self.in_workspace = {False: 0, True: 0}  # by whether they write
        for access in programs.accesses:
            self.of_pipe[access.pipe] |= access.anywhere
            if access.ring is programs.workspace:
                self.in_workspace[access.writes] |= access.anywhere
            if access.ring in programs.of_all_cores and not access.writes:
                self.global_reads |= access.anywhere
        self.state = State(0, 0, 0, [None] * len(self.flags))

    def check(self) -> None:
        self.run(self.programs.steps[self.core])
        for flag in self.flags:
            if (self.state.is_set & ~self.meetings) >> flag.index & 1:
                self.refuse_alone(self.state.last[flag.index], "it is still set when the core ends")

    def run(self, steps: list[Step]) -> None:
        for step in steps:
            _RUN[type(step)](self, step)

    # -- accesses --

    def access(self, step: Access) -> None:
        state = self.state
        early = state.pending >> self.rows[step.pipe] & step.conflicts
        if early:
            self.refuse_access(step, early)
        state.pending |= step.bits * self.in_each_pipe
        state.covers &= ~(step.bits * self.in_each_flag)

    def barrier(self, step: Barrier) -> None:
        if step.pipe == "ALL":
            self.state.pending = 0
        else:
            complete = self.of_pipe[step.pipe] if step.after is None else step.after.bits
            self.state.pending &= ~(complete << self.rows[step.pipe])

    def signal(self, step: Signal) -> None:
        """A flag for another core tells it that what was read is read, so that it may be overwritten."""
        if step.pipe is not None:
            told = self.global_reads
            if step.name in self.handed_over:  # who waits for it reads what was written, or writes over what was read
                told = sum(self.in_workspace[not writes] for writes in self.handed_over[step.name])
            early = self.state.pending >> self.rows[step.pipe] & told & ~self.of_pipe[step.pipe]
            if early:
                before = self.made(early)
                verb, done = ("writes", "written") if before.writes else ("reads", "read")
                message = f"{step.name} may be set before this core has {done} what it says is {done}"
                self.refuse(step, message, (before, f"{before.pipe} {verb} here, and {step.pipe} does not wait for it"))
        elif not step.name:
            self.state.pending = 0  # SyncAll begins with a barrier of all pipes
        if step.meeting is not None:
            self.meet(step, step.meeting)

    def meet(self, step: Signal, flag: Flag) -> None:
        """A core that waits for its own set, among others, knows that what was given to the pipe before is complete."""
        bit = 1 << flag.index
        if step.pipe is not None:
            self.not_followed |= self.state.is_set & bit
            self.state.is_set |= bit
            self.tell(flag, step.pipe)
        else:
            self.not_followed |= ~self.state.is_set & bit
            self.state.is_set &= ~bit
            if not self.not_followed & bit:
                self.state.pending &= ~(self.covers(flag) * self.in_each_pipe)

    # -- flags --

    def set_flag(self, step: SetFlag) -> None:
        state, flag = self.state, step.flag
        if flag in self.taken:
            self.refuse_in_use(step)
        if state.is_set >> flag.index & 1:
            self.refuse_twice(step, "SetFlag", "it is set already, and nobody has waited for it")
        state.is_set |= 1 << flag.index
        state.last[flag.index] = step
        self.tell(flag, flag.source)

    def tell(self, flag: Flag, pipe: str) -> None:
        """Who waits for a flag set behind a pipe knows that all of the pipe is complete, and what that pipe knows."""
        self.set_covers(flag, ~(self.state.pending >> self.rows[pipe] & ~self.of_pipe[pipe]) & self.row)

    def wait_flag(self, step: WaitFlag) -> None:
        state, flag = self.state, step.flag
        if flag in self.taken:
            self.refuse_in_use(step)
        if not state.is_set >> flag.index & 1:
            self.refuse_twice(step, "WaitFlag", "no SetFlag comes before it")
        state.is_set &= ~(1 << flag.index)
        state.last[flag.index] = step
        covered = state.covers >> self.flag_rows[flag.index] & self.row
        state.pending &= ~(covered << self.rows[flag.destination])

    def covers(self, flag: Flag) -> int:
        return self.state.covers >> self.flag_rows[flag.index] & self.row

    def set_covers(self, flag: Flag, covered: int) -> None:
        row = self.flag_rows[flag.index]
        self.state.covers = self.state.covers & ~(self.row << row) | covered << row

    # -- slots --

    def take(self, step: Take) -> None:
        """The slot in use begins as any of its slots may be; its flags tell of it what they tell of their slots."""
        state = self.state
        for each in step.owned:
            before = self.taken.get(each)
            if before is not None:
                message = f"slot {step.name} is taken while {before.name} of {each.name}, which may be it, is in use"
                self.refuse(step, message, (before, "taken here"))
            self.taken[each] = step
        pending, told = state.pending & ~(step.current * self.in_each_pipe), state.covers
        told_of_all = step.current * self.in_each_flag
        for number, slot in enumerate(step.slots):
            pending |= (pending & slot * self.in_each_pipe) >> 1 + number
            told_of_all &= (told & slot * self.in_each_flag) >> 1 + number
        state.pending = pending
        state.covers = told & ~(step.current * self.in_each_flag) | told_of_all
        for flag, numbered in step.flags.items():
            first = numbered[0]
            is_set = state.is_set >> first.index & 1
            for other in numbered[1:]:
                if state.is_set >> other.index & 1 != is_set:
                    self.refuse_uneven(step, first, other)
            state.is_set |= is_set << flag.index
            state.last[flag.index] = state.last[first.index]
            covered = self.row
            for number, other in enumerate(numbered):
                of_slot = self.covers(other)
                covered &= of_slot & ~step.current | (of_slot & step.slots[number]) >> 1 + number
            self.set_covers(flag, covered)

    def leave(self, step: Leave) -> None:
        """Any of the slots may be the one that was in use, and its flag the one that was used with it."""
        state, take = self.state, step.take
        for each in take.owned:
            del self.taken[each]
        told_before = {other: self.covers(other) for numbered in take.flags.values() for other in numbered}
        now_pending = state.pending & take.current * self.in_each_pipe
        not_told = ~state.covers & take.current * self.in_each_flag
        state.pending &= ~now_pending
        for number in range(take.count):
            state.pending |= now_pending << 1 + number
            state.covers &= ~(not_told << 1 + number)
        for flag, numbered in take.flags.items():
            is_set = state.is_set >> flag.index & 1
            if is_set != state.is_set >> numbered[0].index & 1:
                self.refuse_alone(state.last[flag.index], "the next slot finds it so", (step, "the slot is taken here"))
            covered = self.covers(flag)
            for number, other in enumerate(numbered):
                own = told_before[other] & take.slots[number] & (covered & take.current) << 1 + number
                self.set_covers(other, self.covers(other) & covered & ~take.slots[number] | own)
                state.last[other.index] = state.last[flag.index]
            state.is_set &= ~(1 << flag.index)

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
        """A for loop may end before each round, or behind each if it is never empty; a while loop behind its condition."""
        *condition, body = step.bodies
        at_start = self.state.copy()
        while True:
            for each in condition:
                self.run(each)
            at_end = self.state.copy()
            self.run(body)
            self.check_same(self.state, at_start, at_start, step)
            if not at_start.join(self.state):
                break
            self.state = at_start.copy()
        if build.NEVER_EMPTY not in step.op.attributes:
            at_end.last = self.state.last
            self.state = at_end

    # -- reports --

    def check_same(self, left: State, right: State, before: State, nest: Nest) -> None:
        self.not_followed |= (left.is_set ^ right.is_set) & self.meetings
        left.is_set &= ~self.not_followed
        right.is_set &= ~self.not_followed
        if left.is_set == right.is_set:
            return
        index = (left.is_set ^ right.is_set).bit_length() - 1
        last = next(state.last[index] for state in (left, right) if state.last[index] is not before.last[index])
        where, note = "on one path of a condition only", "the condition"
        if nest.kind != "scf.if":
            where, note = "in each round of a loop", "the loop"
        self.refuse_alone(last, f"this is done {where}", (nest, note))

    def refuse_in_use(self, step: SetFlag | WaitFlag) -> NoReturn:
        take = self.taken[step.flag]
        message = f"flag {step.flag.name} while slot {take.name}, whose flag it may be, is in use"
        self.refuse(step, message, (take, "the slot is taken here"))

    def refuse_twice(self, step: SetFlag | WaitFlag, what: str, why: str) -> NoReturn:
        before = self.state.last[step.flag.index]
        notes = [] if before is None else [(before, "set here" if what == "SetFlag" else "waited for here before")]
        self.refuse(step, f"{what}{step.flag.name}: {why}", *notes)

    def refuse_uneven(self, step: Take, first: Flag, other: Flag) -> NoReturn:
        left, right = (first, other) if self.state.is_set >> first.index & 1 else (other, first)
        last = self.state.last[left.index]
        message = (
            f"slot {step.name} is taken while {left.name} is set and {right.name} is not; slots of a ring are alike"
        )
        self.refuse(step, message, (last, f"{left.name} is set here"))

    def refuse_alone(self, step: SetFlag | WaitFlag, why: str, *notes: tuple[Step, str]) -> NoReturn:
        what, other = ("SetFlag", "WaitFlag") if isinstance(step, SetFlag) else ("WaitFlag", "SetFlag")
        self.refuse(step, f"{what}{step.flag.name} has no {other}; {why}", *notes)

    def refuse_access(self, step: Access, early: int) -> NoReturn:
        before = self.made(early, step)
        verb, verbed = ("writes" if each.writes else "reads" for each in (step, before))
        if step.publishes and step.ring is self.programs.memory:
            message = "this counter may be written before a copy that it tells of is complete"
            self.refuse(step, message, (before, f"{before.pipe} {verbed} here, and {step.pipe} does not wait for it"))
        name = step.ring.name
        if before.pipe == step.pipe:
            note = f"{before.pipe} {verbed} it here; there is no barrier of {step.pipe} and no flag in between"
        else:
            note = f"{before.pipe} {verbed} it here; no flag that {step.pipe} waits for tells that it is done"
        told = [
            (self.state.last[flag.index], f"SetFlag{flag.name} would tell, and nobody waits for it")
            for flag in self.flags
            if self.state.is_set >> flag.index & 1 and flag.destination == step.pipe and self.covers(flag) & early
        ]
        self.refuse(step, f"{step.pipe} {verb} {name} too early", (before, note), *told[:1])

    def made(self, bits: int, before: Access | None = None) -> Access:
        """An access with one of these bits: the one next before another, or else the last of all."""
        accesses = self.programs.accesses
        earlier = [] if before is None else accesses[: accesses.index(before)]
        return next(access for access in (*reversed(earlier), *reversed(accesses)) if access.anywhere & bits)

    def refuse(self, step: Step, message: str, *notes: tuple[Step, str]) -> NoReturn:
        told = [(self.programs.placed(each.op), text) for each, text in notes]
        fail(self.programs.placed(step.op, self.calls), f"{self.core}: {message}", *told)


_RUN: dict[type[Step], Callable[[Order, Any], None]] = {
    Access: Order.access,
    Barrier: Order.barrier,
    SetFlag: Order.set_flag,
    WaitFlag: Order.wait_flag,
    Take: Order.take,
    Leave: Order.leave,
    Nest: Order.nest,
    Signal: Order.signal,
}
