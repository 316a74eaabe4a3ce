"""verify-synchronization: what a kernel's cores tell each other, and their pipes, fits together."""

from dovetail.dialect.bindings import func, ir
from dovetail.passes.registry import Pass, fail
from dovetail.passes.target import machine_of
from dovetail.passes.verifying import CORE, CORES, ENTRY, CoreProgram
from dovetail.passes.verifying_order import Order


class VerifySynchronization(Pass):
    """Refuses a kernel of which a signal is missing.

    Worked.
    """

    name = "verify-synchronization"

    def run(self, module: ir.Module) -> None:
        target = machine_of(module)
        functions = {op.name.value: op for op in module.body.operations if isinstance(op, func.FuncOp)}
        entries = [function for function in functions.values() if ENTRY in function.operation.attributes]
        for entry in entries:
            for core, index in CORES.values():
                program = CoreProgram(core, index, entry, functions, target)
                Order(program).check()
