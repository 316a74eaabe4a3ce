"""What the definitions of our operations share: quick building, verifiers that report, effects, optional attributes."""

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


def build_quickly(dialect):
    """A decorator of a dialect: its operations are built without the bindings' own binding of arguments.

    That binding costs five times as much as making the operation, and a kernel is some three hundred operations.
    """

    def generate_init_method(cls, fields) -> None:
        operands, attributes, results, regions = ext.partition_fields(fields)
        arguments = [field for field in fields if field not in regions]
        positional_kind = ext.ParameterKind.POSITIONAL_OR_KEYWORD
        positional = [field.name for field in arguments if field.param_kind is positional_kind]
        known = {field.name for field in arguments} | {"loc", "ip"}

        def __init__(self, *args, **given):
            if len(args) > len(positional) or not given.keys() <= known:
                by_name = ", ".join(sorted(known.difference(positional)))
                raise TypeError(f"{cls.OPERATION_NAME} takes {', '.join(positional)} and, by name, {by_name}")
            given.update(zip(positional, args))
            super(ext.Operation, self).__init__(
                cls.OPERATION_NAME,
                cls._ODS_REGIONS,
                cls._ODS_OPERAND_SEGMENTS,
                cls._ODS_RESULT_SEGMENTS,
                attributes={field.name: field.process_attr(given.get(field.name)) for field in attributes},
                results=[field.process_type(given.get(field.name)) for field in results],
                operands=[given.get(field.name) for field in operands],
                successors=None,
                regions=len(regions) or None,
                loc=given.get("loc"),
                ip=given.get("ip"),
            )

        cls.__init__ = __init__

    dialect.Operation._generate_init_method = classmethod(generate_init_method)
    return dialect


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
        return attributes[self.name] if self.name in attributes else self.default  # noqa: SIM401 (there is no get)


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
