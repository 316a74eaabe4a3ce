"""Building IR: index arithmetic with names, and rebuilding a function operation by operation.

A name given to a value becomes its NameLoc; code generation declares a variable of that name where it finds one and
prints an expression where it does not.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from dovetail.dialect.bindings import arith, ir, scf

Number: TypeAlias = ir.Value | int
COMMENT = "dovetail.comment"  # what the generated source says before the statement of an operation
NEVER_EMPTY = "dovetail.never_empty"  # of loops


def named(name: str | None, location: ir.Location | None = None) -> ir.Location:
    """A location with this name, and no other, around where the current operation comes from."""
    location = unnamed(location or ir.Location.current)
    return ir.Location.name(name, location) if name else location


def unnamed(location: ir.Location) -> ir.Location:
    while isinstance(location, ir.NameLoc):
        location = location.child_loc
    return location


def name_of(location: ir.Location) -> str | None:
    """The outermost name of a location, or None."""
    return location.name_str if isinstance(location, ir.NameLoc) else None


def constant(value: int) -> ir.Value:
    index = ir.IndexType.get()
    number = ir.IntegerAttr.get(index, value)
    return ir.Operation.create("arith.constant", results=[index], attributes={"value": number}).result


def i64(value: int) -> ir.IntegerAttr:
    return ir.IntegerAttr.get(ir.IntegerType.get_signless(64), value)


def value_of(number: Number) -> ir.Value:
    return constant(number) if isinstance(number, int) else number


def constant_of(number: Number) -> int | None:
    """The number if it is known when compiling."""
    if isinstance(number, int):
        return number
    owner = defining(number)
    if owner is None or owner.name != "arith.constant":
        return None
    attribute = owner.attributes["value"]
    return attribute.value if isinstance(attribute, ir.IntegerAttr) else None


def _binary(operation, fold: Callable[[int, int], int]):
    def build(lhs: Number, rhs: Number, name: str | None = None) -> ir.Value:
        left, right = constant_of(lhs), constant_of(rhs)
        if left is not None and right is not None:
            return constant(fold(left, right))
        return operation(value_of(lhs), value_of(rhs), loc=named(name) if name else None)

    return build


_add = _binary(arith.addi, lambda a, b: a + b)
_multiply = _binary(arith.muli, lambda a, b: a * b)
_divide = _binary(arith.divsi, lambda a, b: a // b)
subtract = _binary(arith.subi, lambda a, b: a - b)
remainder = _binary(arith.remsi, lambda a, b: a % b)
minimum = _binary(arith.minsi, min)
maximum = _binary(arith.maxsi, max)


def add(lhs: Number, rhs: Number, name: str | None = None) -> ir.Value:
    if not name and constant_of(lhs) == 0:
        return value_of(rhs)
    if not name and constant_of(rhs) == 0:
        return value_of(lhs)
    return _add(lhs, rhs, name)


def multiply(lhs: Number, rhs: Number, name: str | None = None) -> ir.Value:
    if not name and constant_of(lhs) == 1:
        return value_of(rhs)
    if not name and constant_of(rhs) == 1:
        return value_of(lhs)
    return _multiply(lhs, rhs, name)


def divide(lhs: Number, rhs: Number, name: str | None = None) -> ir.Value:
    return value_of(lhs) if not name and constant_of(rhs) == 1 else _divide(lhs, rhs, name)


def divide_up(lhs: Number, rhs: Number, name: str | None = None) -> ir.Value:
    """lhs / rhs, rounded up; both at least 0."""
    if constant_of(rhs) == 1:
        return value_of(lhs)
    if constant_of(rhs) is not None:
        return divide(add(lhs, subtract(rhs, 1)), rhs, name)
    return divide(subtract(add(lhs, rhs), 1), rhs, name)


def round_up(lhs: Number, rhs: Number, name: str | None = None) -> ir.Value:
    """The next multiple of rhs that is not below lhs."""
    return multiply(divide_up(lhs, rhs), rhs, name)


PREDICATES = {"==": 0, "!=": 1, "<": 2, "<=": 3, ">": 4, ">=": 5}


def compare(lhs: Number, predicate: str, rhs: Number, name: str | None = None) -> ir.Value:
    return arith.cmpi(PREDICATES[predicate], value_of(lhs), value_of(rhs), loc=named(name) if name else None)


def select(condition: ir.Value, true: Number, false: Number, name: str | None = None) -> ir.Value:
    return arith.select(condition, value_of(true), value_of(false), loc=named(name) if name else None)


class loop:
    """`with loop(start, stop, step, "i") as i:` builds an scf.for, and yields what `carried` holds at its end.

    never_empty: the body is executed at least once, as passes may rely on.
    With initial values the block sees `loop.carried`, a list to be overwritten, and the results are in `loop.results`.
    """

    def __init__(
        self,
        start: Number,
        stop: Number,
        step: Number = 1,
        name: str = "i",
        initial: tuple = (),
        names=(),
        never_empty: bool = False,
    ):
        location = named(name)
        operands = [value_of(start), value_of(stop), value_of(step)]
        self.op = scf.ForOp(*operands, [value_of(value) for value in initial], loc=location)
        if names:
            self.op.operation.attributes["dovetail.names"] = string_array(names)
        if never_empty:
            self.op.operation.attributes[NEVER_EMPTY] = ir.UnitAttr.get()
        self.op.induction_variable.set_location(location)
        self.carried = list(self.op.inner_iter_args)
        for argument, each in zip(self.carried, names):
            argument.set_location(named(each))
        self.point = ir.InsertionPoint(self.op.body)

    def __enter__(self):
        self.point.__enter__()
        return self.op.induction_variable

    def __exit__(self, kind, error, trace):
        if kind is None:
            scf.yield_([value_of(value) for value in self.carried])
        self.point.__exit__(kind, error, trace)

    @property
    def results(self) -> list[ir.Value]:
        return list(self.op.results)


def string_array(strings) -> ir.ArrayAttr:
    return ir.ArrayAttr.get([ir.StringAttr.get(string) for string in strings])


def when(
    condition: ir.Value,
    then: Callable[[], list | None],
    otherwise: Callable[[], list] | None = None,
    names: tuple[str, ...] = (),
) -> list[ir.Value]:
    """An scf.if whose branches are built by the callables and yield what they return."""
    # The types of the results are known only once the branches are built: build them aside, then move them.
    branches: list[tuple] = []
    for branch in (then, otherwise):
        if branch is None:
            continue
        aside = scf.ExecuteRegionOp([])
        block = aside.region.blocks.append() if not len(aside.region.blocks) else aside.region.blocks[0]
        with ir.InsertionPoint(block):
            results = [value_of(value) for value in branch() or ()]
        branches.append((aside, block, results))
    types = [value.type for value in branches[0][2]]
    made = scf.IfOp(condition, types, has_else=otherwise is not None)
    if names:
        made.operation.attributes["dovetail.names"] = string_array(names)
    for (aside, block, results), region in zip(branches, made.operation.regions):
        target = region.blocks[0]
        for op in list(block.operations):
            target.append(op)
        with ir.InsertionPoint(target):
            scf.yield_(results)
        aside.erase()
    return list(made.results)


def defining(value: ir.Value) -> ir.Operation | None:
    """The operation that gives the value; None for an argument of a block."""
    owner = value.owner
    return None if isinstance(owner, ir.Block) else owner.operation


def holding(value: ir.Value) -> ir.Operation | None:
    """The operation of whose block the value is an argument; None for a result."""
    owner = value.owner
    return owner.owner.operation if isinstance(owner, ir.Block) else None


def comment(op, text: str) -> None:
    op.operation.attributes[COMMENT] = ir.StringAttr.get(text)


def place_of(location: ir.Location) -> str:
    """File and line of the user's source, or nothing."""
    location = unnamed(location)
    if isinstance(location, ir.FileLineColLoc):
        return f"{os.path.basename(location.filename)}:{location.start_line}"
    return ""


def parent_in(op: ir.Operation, block: ir.Block) -> ir.Operation | None:
    """The operation of `block` that is `op` or contains it."""
    while op is not None and op.block != block:
        op = op.parent
        op = op.operation if op is not None and hasattr(op, "operation") else op
        if op is None or op.name in ("builtin.module",):
            return None
    return op


def operations(op, *classes) -> list:
    """All operations of these classes below `op`, in order."""
    found = []
    names = {each.OPERATION_NAME for each in classes}

    def visit(inner):
        if inner.name in names:
            found.append(inner.opview)
        return ir.WalkResult.ADVANCE

    op.operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found


class Rebuild:
    """Rebuilds operations at the insertion point with other operands and types.

    `handlers` maps an operation's name to `handler(opview)`, which builds what takes its place and returns the values
    that take the places of its results. Any other operation is built again with its operands mapped, its types
    converted and its regions rebuilt.
    """

    def __init__(
        self, handlers: dict[str, Callable] | None = None, convert: Callable[[ir.Type], ir.Type] | None = None
    ):
        self.handlers = handlers or {}
        self.convert = convert or (lambda type_: type_)
        self.values: dict[ir.Value, ir.Value] = {}

    def __getitem__(self, value: ir.Value) -> ir.Value:
        return self.values.get(value, value)

    @contextmanager
    def without_handlers(self) -> Iterator[None]:
        """Operations that are rebuilt meanwhile stay as they are."""
        handlers, self.handlers = self.handlers, {}
        try:
            yield
        finally:
            self.handlers = handlers

    def block(self, block: ir.Block, skip_terminator: bool = False) -> None:
        for op in list(block.operations):
            if skip_terminator and op.operation.name in ("scf.yield", "func.return"):
                continue
            self.operation(op)

    def operation(self, op) -> None:
        operation = op.operation
        handler = self.handlers.get(operation.name)
        if handler is not None:
            with unnamed(operation.location):
                results = handler(operation.opview)
            for old, new in zip(operation.results, results or (), strict=False):
                self.values[old] = new
            return
        made = ir.Operation.create(
            operation.name,
            results=[self.convert(result.type) for result in operation.results],
            operands=[self[operand] for operand in operation.operands],
            attributes=dict(operation.attributes.items()),
            regions=len(operation.regions),
            loc=operation.location,
        )
        for old, new in zip(operation.regions, made.regions):
            for block in old.blocks:
                arguments = [self.convert(argument.type) for argument in block.arguments]
                locations = [argument.location for argument in block.arguments]
                fresh = new.blocks.append(*arguments, arg_locs=locations)
                self.values.update(zip(block.arguments, fresh.arguments))
                with ir.InsertionPoint(fresh):
                    self.block(block)
        self.values.update(zip(operation.results, made.results))
