"""The machine that a module is compiled for."""

from dovetail.dialect.bindings import ir
from dovetail.target.machine import Machine, machine


def machine_of(op) -> Machine:
    """The machine of the module that `op`, a module or an operation in one, belongs to."""
    operation = op.operation
    while operation.name != "builtin.module":
        operation = operation.parent.operation
    return machine(ir.StringAttr(operation.attributes["dovetail.machine"]).value)
