"""The machine that a module is compiled for."""

from dovetail.dialect.bindings import ir
from dovetail.passes.registry import fail
from dovetail.target.machine import Machine, machine


def machine_of(op) -> Machine:
    """The machine of the module that `op`, a module or an operation in one, belongs to. Fails if it names none."""
    operation = op.operation
    while operation.name != "builtin.module":
        operation = operation.parent.operation
    if "dovetail.machine" not in operation.attributes:
        fail(operation, 'the module does not say for which machine it is, as in dovetail.machine = "Ascend910B3"')
    try:
        return machine(ir.StringAttr(operation.attributes["dovetail.machine"]).value)
    except ValueError as error:
        fail(operation, str(error))
