"""Values of a program as functions of what is known of a launch; only those that are asked for are computed."""

from collections.abc import Callable, Mapping

from dovetail.dialect import build
from dovetail.dialect.bindings import func, ir
from dovetail.passes.build_tiling import HOST
from dovetail.passes.index_arithmetic import COMPARISONS, OPERATIONS
from dovetail.passes.registry import fail

Known = dict[int | str, int]  # what is known of a launch, and of arguments of blocks by their numbers
Number = Callable[[Known], int]


class Untold(Exception):
    """A number that does not follow from the sizes of a launch."""

    def __init__(self, at: ir.Operation | None):
        super().__init__()
        self.at = at


OF_A_LAUNCH = {
    "ascendc.rank_id": "rank",
    "ascendc.rank_dim": "ranks",
    "ascendc.get_block_num": "blocks",
    "ascendc.get_block_idx": "core",
    "ascendc.get_task_ration": "vector cores",
    "ascendc.get_sub_block_idx": "vector core",
}


def _applied(operator: Callable[[int, int], int], left: Number, right: Number) -> Number:
    return lambda known: operator(left(known), right(known))


class Numbers:
    """Values of the program as functions of what is known of a launch; `asked` is what of it they ask for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self._functions: dict[ir.Value, Number] = {}
        self._arguments: dict[ir.Value, int] = {}

    def argument(self, value: ir.Value) -> int:
        return self._arguments.setdefault(value, len(self._arguments))

    def known(self, argument: ir.Value) -> bool:
        """Whether anything depends on this argument of a block."""
        return argument in self._arguments

    def of(self, value: ir.Value) -> Number:
        """Raises Untold."""
        function = self._functions.get(value)
        if function is None:
            function = self._functions[value] = self._read(value)
        return function

    def _read(self, value: ir.Value) -> Number:
        operation = build.defining(value)
        if operation is None:
            number = self.argument(value)
            return lambda known: known[number]
        name = operation.name
        operator = OPERATIONS.get(name)
        if operator is not None:
            return _applied(operator, *map(self.of, operation.operands))
        if name == "arith.constant":
            constant = ir.IntegerAttr(operation.attributes["value"]).value
            return lambda known: constant
        if name == "ascendc.constant":
            number = ir.IntegerAttr(operation.attributes["number"]).value
            return lambda known: number
        if name == "ascendc.tiling_field":
            return self._of_the_launch(ir.StringAttr(operation.attributes["field"]).value)
        if name in OF_A_LAUNCH:
            return self._of_the_launch(OF_A_LAUNCH[name])
        if name == "arith.cmpi":
            predicate = ir.IntegerAttr(operation.attributes["predicate"]).value
            if predicate < len(COMPARISONS):
                return _applied(COMPARISONS[predicate], *map(self.of, operation.operands))
        if name == "arith.select":
            condition, true, false = map(self.of, operation.operands)
            return lambda known: true(known) if condition(known) else false(known)
        if name == "scf.if":
            position = value.result_number
            condition = self.of(operation.operands[0])
            true, false = (
                self.of(list(region.blocks[0].operations)[-1].operation.operands[position])
                for region in operation.regions
            )
            return lambda known: true(known) if condition(known) else false(known)
        raise Untold(operation)

    def _of_the_launch(self, name: str) -> Number:
        self.asked.add(name)
        return lambda known: known[name]


class Tiling:
    """The fields of the tiling struct as functions of the sizes of a launch."""

    def __init__(self, function: func.FuncOp):
        numbers = Numbers()
        block = function.body.blocks[0]
        names = [ir.StringAttr(symbol).value for symbol in ir.ArrayAttr(function.operation.attributes[HOST])]
        self.symbols = names
        arguments = dict(zip([*names, "ranks", "blocks", "window bytes"], block.arguments))
        self.arguments = {name: numbers.argument(argument) for name, argument in arguments.items()}
        self.fields: dict[str, Number] = {}
        self.refused: list[Number] = []
        try:
            self._read(block, numbers)
        except Untold as untold:
            fail(untold.at or function, "a field of the tiling struct does not follow from the sizes by what is here")

    def _read(self, block: ir.Block, numbers: Numbers) -> None:
        for op in block.operations:
            name = op.OPERATION_NAME
            if name == "ascendc.parameter":
                self.fields[op.field.value] = numbers.of(op.operation.operands[0])
            elif name == "scf.if" and any(
                inner.OPERATION_NAME == "ascendc.refuse" for inner in op.operation.regions[0].blocks[0].operations
            ):
                self.refused.append(numbers.of(op.operation.operands[0]))

    def of(self, sizes: Mapping[str, int], asked: set[str]) -> dict[str, int] | None:
        """The fields asked for; None where the launch is refused."""
        known: Known = {self.arguments[name]: size for name, size in sizes.items()}
        if any(refused(known) for refused in self.refused):
            return None
        return {name: field(known) for name, field in self.fields.items() if name in asked}
