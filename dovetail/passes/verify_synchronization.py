"""verify-synchronization: every signal has its wait, and every access its order, before anything runs."""

from collections.abc import Iterator

from dovetail.dialect.ascendc import INSTRUCTIONS, cross_core_flag_numbers
from dovetail.dialect.bindings import func, ir
from dovetail.passes.assign_cores import CORE
from dovetail.passes.build_tiling import HOST
from dovetail.passes.gathering import schedule
from dovetail.passes.registry import Pass, fail
from dovetail.passes.target import machine_of
from dovetail.passes.verifying import Body, Programs
from dovetail.passes.verifying_block import Trial
from dovetail.passes.verifying_numbers import Tiling
from dovetail.passes.verifying_order import Order
from dovetail.passes.verifying_signals import FEW, MANY, launches
from dovetail.passes.verifying_steps import Signal
from dovetail.target.machine import Machine
from dovetail.target.pipes import KERNEL_TYPES, MIXED, PIPES

ENTRY = "ascendc.entry"
CORES = {"cube": "AIC", "vector 0": "AIV 0", "vector 1": "AIV 1"}


class VerifySynchronization(Pass):
    """Refuses a kernel whose pipes and cores do not surely wait for each other where they must.

    Nothing is changed, nothing is run, and what is refused is what cannot be shown, so an error may say no more than
    that. Each core of a block is gone through from the kernel's entry, into calls.

        ascendc.copy_in %piece, %x, %n                  ascendc.copy_in %piece, %x, %n
        ascendc.set_flag "MTE2_MTE3" 0                  ascendc.set_flag "MTE2_MTE3" 0
        ascendc.wait_flag "MTE2_MTE3" 0                 ascendc.copy_out %x, %piece, %n   // MTE3 reads piece too early
        ascendc.copy_out %x, %piece, %n   // accepted

    Shown for all sizes, on all paths, for each core by itself:

    - Events, pipes and numbers exist on this kind of core and are not the system's.
    - Each SetFlag has one WaitFlag and each WaitFlag one SetFlag before it; no flag is set twice before its wait, or
      left at the end. To be shown, a condition does the same to flags on both paths, a round of a loop leaves them as
      it found them, and the flags of all slots of a ring are alike whenever a slot is taken.
    - Of two accesses to a slot by two pipes, one of which writes, the first is complete when the second starts, by
      flags or barriers. So nobody reads or writes a slot after the flag that releases it, or before the one that hands
      it over. Likewise for one pipe, where both start at the beginning of the slot and so overlap, or on V at the same
      element: products that accumulate need the barrier that the machine asks for, and so do vector instructions.
    - What is copied is complete when a counter that tells of it is written, and what is read from global memory when
      the core sets a cross-core flag. A flag behind which the other cores of the block read, or write, the workspace
      tells of the workspace alone: it is written, or read. The kernel ends with a barrier of all pipes.

    Shown for launches of a few sizes: each cross-core flag is set as often as it is awaited, by each core that must;
    all cores of a block come to their end, and to SyncAll as often; no more sets are ever outstanding than the machine
    allows. These launches have 2 blocks of one rank, and square matrices: 3 chunks of 2 ranks in 2 slots (3, where the
    matrix travels whole), 1 chunk of 3, and of 17 ranks. `thorough` has up to 9 ranks with 1 to 3 chunks and slots,
    full and not, and every rank. Other sizes rest on the argument in `docs/design.md`. Cores that look at counters
    between tiles are followed in one run, in which all that they look for is there.

    Not shown: that a core reads of a window what has arrived, and releases a slot of it that it has read, which is the
    protocol between ranks and the work of `verify-protocol`; that a tile is written before the flag that hands it over,
    and not behind it; the order of other accesses to global memory; that of accesses of one pipe that begin at
    different elements of a slot; that placed buffers do not overlap; that a SyncAll is there, if both vector cores run
    the function that has none.
    """

    name = "verify-synchronization"
    thorough: bool = False

    def run(self, module: ir.Module) -> None:
        target = machine_of(module)
        functions = {op.name.value: op for op in module.body.operations if isinstance(op, func.FuncOp)}
        hosts = [op for op in functions.values() if HOST in op.operation.attributes]
        device = {name: op for name, op in functions.items() if op not in hosts and len(op.body.blocks)}
        bodies = {name: Body(op.body.blocks[0]) for name, op in device.items()}
        seen: set[str] = set()
        for kernel, cores in _kernels(device):
            kinds = [
                Programs(kind, {core: name for core, name in cores.items() if core.startswith(kind)}, bodies, target)
                for kind in PIPES
            ]
            for programs, others in zip(kinds, reversed(kinds)):
                seen.update(programs.callers)
                handed_over = others.handed_over()
                for core in programs.steps:
                    Order(programs, core, handed_over).check()
                    if kernel and not programs.is_drained(core):
                        fail(device[cores[core]], f"{core}: the kernel ends without PipeBarrier<PIPE_ALL>")
            signals = [signal for programs in kinds for signal in programs.signals]
            if signals:
                modes = _modes(signals, kernel, target)
                tiling = Tiling(hosts[0]) if hosts else None
                chunk = schedule(module, "chunk") if hosts else 1
                trial = Trial(kinds, modes, target.limits.cross_core_outstanding, self.thorough)
                tried = 0
                for known in launches(tiling, trial.asked, chunk, MANY if self.thorough else FEW):
                    trial.check(known)
                    tried += 1
                if not tried:
                    fail(hosts[0], "the tiling function refuses all launches that were to be tried")
        for name, body in bodies.items():
            if name not in seen:
                _refuse_unseen(name, body)


def _kernels(functions: dict[str, func.FuncOp]) -> Iterator[tuple[str, dict[str, str]]]:
    """The type of each kernel, and where its cores start.

    In a module without an entry they start in the functions that name a core, and the type is empty.
    """
    entries = {name: op for name, op in functions.items() if ENTRY in op.operation.attributes}
    for name, entry in entries.items():
        kernel = _kernel_type(entry)
        yield kernel, dict.fromkeys(KERNEL_TYPES[kernel], name)
    if not entries:
        cores: dict[str, str] = {}
        for name, function in functions.items():
            if CORE in function.operation.attributes:
                core = ir.StringAttr(function.operation.attributes[CORE]).value
                if core not in CORES:
                    fail(function, f"cores are {', '.join(CORES)}; not {core}")
                if CORES[core] in cores:
                    fail(function, f"{core} has a program already", (functions[cores[CORES[core]]], "this one"))
                cores[CORES[core]] = name
        yield "", cores


def _kernel_type(entry: func.FuncOp) -> str:
    for op in entry.body.blocks[0].operations:
        if op.OPERATION_NAME == "ascendc.kernel_type":
            if op.value.value not in KERNEL_TYPES:
                fail(op, f"types of kernels are {', '.join(KERNEL_TYPES)}; not {op.value.value}")
            return op.value.value
    fail(entry, "the kernel does not say of which type it is")


def _modes(signals: list[Signal], kernel: str, target: Machine) -> dict[str, int]:
    """The mode of each cross-core flag."""
    sets: dict[str, Signal] = {}
    for signal in signals:
        if kernel and signal.name and not kernel.startswith(MIXED):
            fail(signal.op, f"flags between cores need a mixed kernel; this one is {kernel}")
        if signal.pipe is not None:
            first = sets.setdefault(signal.name, signal)
            if signal.mode != first.mode:
                message = f"{signal.name} is set in mode {signal.mode} here and in mode {first.mode} elsewhere"
                fail(signal.op, message, (first.op, "elsewhere"))
    names = cross_core_flag_numbers(signal.name for signal in signals if signal.name)
    most = target.limits.cross_core_flags
    for signal in signals:
        if names.get(signal.name, 0) >= most:
            number = names[signal.name]
            fail(signal.op, f"{signal.name} is flag {number}; kernels have 0 to {most - 1}, SyncAll the others")
    return {name: first.mode or 0 for name, first in sets.items()}


def _refuse_unseen(name: str, body: Body) -> None:
    for _, operation, bodies in body.parts:
        if operation.name not in INSTRUCTIONS and not bodies and operation.name != "func.call":
            fail(operation, f"no core runs '{name}': its kernel has no attribute {ENTRY}, and it has no {CORE}")
        for inner in bodies:
            _refuse_unseen(name, inner)
