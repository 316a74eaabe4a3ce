"""verify-synchronization: every signal has its wait, and every access its order, before anything runs."""

from dovetail.dialect import build
from dovetail.dialect.ascendc import (
    CrossCoreSetFlagOp,
    CrossCoreWaitFlagOp,
    PipeBarrierOp,
    SetFlagOp,
    SyncAllOp,
    WaitFlagOp,
    cross_core_flag_numbers,
)
from dovetail.dialect.bindings import func, ir
from dovetail.passes.assign_cores import CORE
from dovetail.passes.build_tiling import HOST
from dovetail.passes.gathering import schedule
from dovetail.passes.registry import Pass, fail
from dovetail.passes.target import machine_of
from dovetail.passes.verifying import ENTRY, CoreProgram, Signal
from dovetail.passes.verifying_block import Block
from dovetail.passes.verifying_numbers import Tiling
from dovetail.passes.verifying_order import Order
from dovetail.passes.verifying_signals import FEW, MANY, Signals, launches
from dovetail.target.machine import Machine
from dovetail.target.pipes import KERNEL_TYPES, MIXED

CORES = {"cube": "AIC", "vector 0": "AIV 0", "vector 1": "AIV 1"}


class VerifySynchronization(Pass):
    """Refuses a kernel of which a signal is missing.

    Worked.
    """

    name = "verify-synchronization"
    thorough: bool = False

    def run(self, module: ir.Module) -> None:
        target = machine_of(module)
        functions = {op.name.value: op for op in module.body.operations if isinstance(op, func.FuncOp)}
        entries = [function for function in functions.values() if ENTRY in function.operation.attributes]
        seen: set[str] = set()
        for entry in entries:
            kernel = _kernel_type(entry)
            cores = KERNEL_TYPES[kernel]
            programs = {core: CoreProgram(core, entry, functions, target) for core in cores}
            self.verify(programs, kernel, functions, target)
            seen = seen.union(*(program.functions_seen for program in programs.values()))
        if not entries:
            marked = {op.operation.attributes[CORE].value: op for op in functions.values() if CORE in op.operation.attributes}
            programs = {
                CORES[name]: CoreProgram(CORES[name], function, functions, target) for name, function in marked.items()
            }
            self.verify(programs, MIXED, functions, target)
            seen = seen.union(*(program.functions_seen for program in programs.values()))
        for name, function in functions.items():
            if name not in seen and HOST not in function.operation.attributes:
                _refuse_unseen(function)

    def verify(self, programs: dict[str, CoreProgram], kernel: str, functions, target: Machine) -> None:
        """What the cores of a block run, of a kernel of this type."""
        for program in programs.values():
            Order(program).check()
        signals = [signal for program in programs.values() for signal in program.signals]
        if not signals:
            return
        modes = _modes(signals, kernel, target)
        found = {name: Signals(program) for name, program in programs.items()}
        asked = set().union(*(each.numbers.asked for each in found.values()))
        tiling = next((Tiling(op) for op in functions.values() if HOST in op.operation.attributes), None)
        module = next(iter(programs.values())).function.operation.parent
        for known in launches(tiling, asked, schedule(module, "chunk") if tiling else 1, MANY if self.thorough else FEW):
            ranks = range(known["ranks"]) if self.thorough else sorted({0, known["ranks"] - 1})
            counts = {}
            for rank in ranks if "rank" in asked else (0,):
                for block in range(known["blocks"]) if "core" in asked else (0,):
                    launch = ", ".join(f"{name} {value}" for name, value in sorted(known.items()) if name in asked)
                    made = {name: each.of({**known, "rank": rank, "block": block}) for name, each in found.items()}
                    Block(made, modes, target.limits.cross_core_outstanding, launch).check()


def _kernel_type(entry: func.FuncOp) -> str:
    for op in entry.body.blocks[0].operations:
        if op.OPERATION_NAME == "ascendc.kernel_type":
            if op.value.value not in KERNEL_TYPES:
                fail(op, f"types of kernels are {', '.join(KERNEL_TYPES)}; not {op.value.value}")
            return op.value.value
    fail(entry, "the kernel does not say of which type it is")


def _modes(signals: list[Signal], kernel: str, target: Machine) -> dict[str, int]:
    """The mode of each cross-core flag."""
    sets = {}
    for signal in signals:
        if not kernel.startswith(MIXED) and signal.name:
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
            fail(signal.op, f"{signal.name} is flag {names[signal.name]}; kernels have 0 to {most - 1}, SyncAll the others")
    return {name: first.mode for name, first in sets.items()}


def _refuse_unseen(function: func.FuncOp) -> None:
    found = build.operations(
        function, SetFlagOp, WaitFlagOp, PipeBarrierOp, CrossCoreSetFlagOp, CrossCoreWaitFlagOp, SyncAllOp
    )
    if found:
        fail(found[0], f"no core runs '{function.name.value}', as far as can be told: its kernel has no {ENTRY}")
