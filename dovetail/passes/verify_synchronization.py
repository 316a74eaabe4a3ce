"""verify-synchronization: every signal has its wait, and every access its order, before anything runs."""

from collections.abc import Iterator
from itertools import product

from dovetail.dialect.ascendc import INSTRUCTIONS, cross_core_flag_numbers
from dovetail.dialect.bindings import func, ir
from dovetail.passes.assign_cores import CORE
from dovetail.passes.build_tiling import HOST
from dovetail.passes.gathering import schedule
from dovetail.passes.registry import Pass, fail
from dovetail.passes.target import machine_of
from dovetail.passes.verifying import Body, CoreProgram, Signal
from dovetail.passes.verifying_block import Block
from dovetail.passes.verifying_numbers import Tiling
from dovetail.passes.verifying_order import Order
from dovetail.passes.verifying_signals import FEW, MANY, Signals, launches
from dovetail.target.machine import Machine
from dovetail.target.pipes import KERNEL_TYPES, MIXED

ENTRY = "ascendc.entry"
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
        device = {
            name: op for name, op in functions.items() if HOST not in op.operation.attributes and len(op.body.blocks)
        }
        bodies = {name: Body(op.body.blocks[0]) for name, op in device.items()}
        seen: set[str] = set()
        for kernel, cores in _kernels(device):
            programs = {core: CoreProgram(core, name, bodies, target) for core, name in cores.items()}
            for core, program in programs.items():
                Order(program).check()
                seen.update(program.callers)
                if kernel and not program.is_drained:
                    fail(device[cores[core]], f"{core}: the kernel ends without PipeBarrier<PIPE_ALL>")
            signals = [signal for program in programs.values() for signal in program.signals]
            if signals:
                modes = _modes(signals, kernel, target)
                tiling = next((Tiling(op) for op in functions.values() if HOST in op.operation.attributes), None)
                chunk = schedule(module, "chunk") if tiling else 1
                self.try_launches(programs, modes, tiling, chunk, target)
        for name, body in bodies.items():
            if name not in seen:
                _refuse_unseen(name, body)

    def try_launches(self, programs: dict[str, CoreProgram], modes: dict[str, int], tiling, chunk: int, target: Machine):
        limit = target.limits.cross_core_outstanding
        found = {name: Signals(program) for name, program in programs.items()}
        asked = set[str]().union(*(each.numbers.asked for each in found.values()))
        for known in launches(tiling, asked, chunk, MANY if self.thorough else FEW):
            text = ", ".join(f"{name} {value}" for name, value in known.items() if name in asked)
            before: list[dict[str, list[Signal]]] = []
            ranks = range(known["ranks"]) if self.thorough else sorted({0, known["ranks"] - 1})
            blocks = range(known["blocks"])
            for rank, block in product(ranks if "rank" in asked else (0,), blocks if "core" in asked else (0,)):
                signals = {name: each.of({**known, "rank": rank, "block": block}) for name, each in found.items()}
                if signals not in before:
                    before.append(signals)
                    Block(signals, modes, limit, text).check()
            _check_all_alike(before, text)


def _kernels(functions: dict[str, func.FuncOp]) -> Iterator[tuple[str, dict[str, str]]]:
    """The type of each kernel, and where its cores start.

    In a module without an entry they start in the functions that name a core, and the type is empty.
    """
    entries = {name: op for name, op in functions.items() if ENTRY in op.operation.attributes}
    for name, entry in entries.items():
        kernel = _kernel_type(entry)
        yield kernel, dict.fromkeys(KERNEL_TYPES[kernel], name)
    if not entries:
        marked = {name: op.operation.attributes for name, op in functions.items() if CORE in op.operation.attributes}
        yield "", {CORES[ir.StringAttr(attributes[CORE]).value]: name for name, attributes in marked.items()}


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
            fail(signal.op, f"{signal.name} is flag {names[signal.name]}; kernels have 0 to {most - 1}, SyncAll the others")
    return {name: first.mode for name, first in sets.items()}


def _check_all_alike(signals: list[dict[str, list[Signal]]], launch: str) -> None:
    """SyncAll, and flags of mode 0, are between all blocks of a rank: each comes to them as often."""
    for name, first in signals[0].items():
        mine = [signal for signal in first if signal.is_of_all_blocks]
        for other in signals[1:]:
            its = [signal for signal in other[name] if signal.is_of_all_blocks]
            if len(mine) != len(its):
                most = max(mine, its, key=len)[-1]
                what = most.name or "SyncAll"
                fail(most.op, f"{name} of one block comes to {what} {len(mine)} times, of another {len(its)} ({launch})")


def _refuse_unseen(name: str, body: Body) -> None:
    for _, operation, bodies in body.parts:
        if operation.name not in INSTRUCTIONS and not bodies and operation.name != "func.call":
            fail(operation, f"no core runs '{name}': its kernel has no attribute {ENTRY}, and it has no {CORE}")
        for inner in bodies:
            _refuse_unseen(name, inner)
