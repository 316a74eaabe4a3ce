"""What the definitions of our operations share: verifiers that report instead of raising, effects, optional attributes."""

from dovetail.dialect.bindings import ext, ir


def verified(check):
    """Turns `check(opview)`, which raises ValueError with a message, into a located verifier.

    Verifiers run before the operand constraints are checked, so a check may meet operands of any type: whatever it
    trips over is reported at the operation and never escapes as a Python exception.
    """

    def verify_invariants(op) -> bool:
        try:
            check(op.opview)
        except (ValueError, AttributeError, TypeError, IndexError, KeyError) as error:
            op.location.emit_error(f"'{op.name}' op {error}")
            return False
        return True

    return staticmethod(verify_invariants)


class optional_attribute:
    """An attribute that an operation may leave out; reading it then gives `default`."""

    def __init__(self, default=None):
        self.default = default

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, op, owner=None):
        if op is None:
            return self
        attributes = op.operation.attributes
        return attributes[self.name] if self.name in attributes else self.default


def effects(reads: tuple[int, ...] = (), writes: tuple[int, ...] = ()):
    """A trait: the operation reads and writes the operands at these positions and touches nothing else."""

    class Effects(ir.MemoryEffectsOpInterface):
        @staticmethod
        def get_effects(op, list_of_effects):
            for position in reads:
                list_of_effects.append(ir.MemoryEffect.Read, op.op_operands[position])
            for position in writes:
                list_of_effects.append(ir.MemoryEffect.Write, op.op_operands[position])

    class Trait:
        attach = staticmethod(lambda name: Effects.attach(name))

    return Trait


Pure = ext.Pure


def index() -> ir.Type:
    return ir.IndexType.get()
