"""Expressions of a kernel: what is constant is computed now, as Python does; the rest becomes values of the tree."""

import ast
import builtins
import difflib
import inspect
import operator
from collections.abc import Callable
from types import ModuleType

from dovetail.dsl import language, tree
from dovetail.dsl.errors import CompileError, Node, Span
from dovetail.dsl.kernels import Kernel

RUN_TIME = (tree.Value, tree.On, tree.RemoteMatrix, tree.Dimension, tree.LoopRange, tree.Product)

HOW_TO_ADD = "make accumulator = dt.zeros(dt.float32) before the loop and write accumulator += a[i, k] @ b[k, j]"

BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.MatMult: operator.matmul,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
}  # fmt: skip
UNARY = {ast.Not: operator.not_, ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert}
REFUSED = {
    ast.ListComp: "comprehensions", ast.SetComp: "comprehensions", ast.DictComp: "comprehensions",
    ast.GeneratorExp: "comprehensions", ast.NamedExpr: ":=", ast.YieldFrom: "yield",
}  # fmt: skip
COMPARE = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda item, items: item in items, ast.NotIn: lambda item, items: item not in items,
}  # fmt: skip


class Scopes:
    """Names that the kernel has bound. Each loop over tiles or ranks opens a scope, which ends with the loop."""

    def __init__(self):
        self.stack: list[dict] = [{}]
        self.ended: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return any(name in scope for scope in self.stack)

    def __getitem__(self, name: str):
        return next(scope[name] for scope in reversed(self.stack) if name in scope)

    def bound_outside(self, name: str) -> bool:
        return any(name in scope for scope in self.stack[:-1])

    def bind(self, name: str, value) -> None:
        self.stack[-1][name] = value

    def open(self) -> None:
        self.stack.append({})

    def close(self) -> None:
        self.ended.update(self.stack.pop())


class Expressions:
    """Evaluates the expressions of one kernel. Subclasses add what is known of tiles and statements."""

    def __init__(self, kernel: Kernel):
        self.kernel, self.source = kernel, kernel.source
        self.scopes, self.outer = Scopes(), kernel.names_in_scope()
        self.assigned: set[str] = {
            node.id
            for node in ast.walk(kernel.definition)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }

    def load(self, node: ast.Subscript, matrix) -> tree.Tile:
        raise NotImplementedError

    def on(self, node: ast.Call, matrix, rank) -> tree.RemoteMatrix:
        raise NotImplementedError

    def product(self, node: ast.BinOp, lhs, rhs) -> tree.Product:
        raise NotImplementedError

    def times(self, node: ast.BinOp, lhs, rhs) -> tree.Times:
        raise NotImplementedError

    def error(self, place: Node | Span, message: str, help: str) -> CompileError:
        return self.source.error(place, message, help)

    def evaluate(self, node: ast.expr):
        """The value of an expression: a Python object, where it is constant, or a value of the tree."""
        method = getattr(self, f"evaluate_{type(node).__name__}", None)
        if method is None:
            what = REFUSED.get(type(node), type(node).__name__.lower())
            raise self.error(node, f"a kernel has no {what}", "compute it outside the kernel and use its name here")
        return method(node)

    def constant(self, node: ast.expr, why: str):
        value = self.evaluate(node)
        if is_run_time(value):
            raise self.not_constant(node, value, why)
        return value

    def not_constant(self, node: ast.expr, value, why: str, help: str = "") -> CompileError:
        help = help or "use constants here; what depends on sizes or ranks is said by loops over tiles and ranks"
        if isinstance(value, tree.MatrixValue):
            help = f"ask whether an optional matrix is there by `if {value.name} is not None:`"
        return self.error(node, f"{self.source.text(node)} is known only when the kernel runs, and {why}", help)

    def compute(self, node: Node, function, *arguments):
        """Python's own operation on constants; what it raises becomes an error at the node."""
        try:
            return function(*arguments)
        except CompileError:
            raise
        except Exception as error:
            message = f"{self.source.text(node)} fails when compiling: {type(error).__name__}: {error}"
            raise self.error(node, message, "constants are computed as Python does; correct the expression") from error

    def evaluate_Constant(self, node):
        return node.value

    def evaluate_Name(self, node):
        name = node.id
        if name in self.scopes:
            return self.scopes[name]
        if name in self.scopes.ended:
            raise self.error(node, f"{name} means something only inside its loop", "use it inside, or bind it outside")
        if name in self.assigned:
            help = f"move the line `{name} = ...` above this one"
            raise self.error(node, f"{name} is used before it is described", help)
        if name in self.outer:
            return self.outer[name]
        if hasattr(builtins, name):
            return getattr(builtins, name)
        bound = [known for scope in self.scopes.stack for known in scope]
        help = did_you_mean(name, [*bound, *self.assigned, *self.outer]) or "define it above the kernel"
        raise self.error(node, f"unknown name {name}", help)

    def evaluate_Attribute(self, node):
        value = self.evaluate(node.value)
        if isinstance(value, tree.MatrixValue):
            match node.attr:
                case "rows":
                    return tree.Dimension(value, 0)
                case "columns":
                    return tree.Dimension(value, 1)
                case "dtype":
                    return value.dtype
                case "on":
                    return tree.On(value)
            help = did_you_mean(node.attr, ["rows", "columns", "dtype", "on"])
            message = f"a matrix has no {node.attr}"
            raise self.error(node, message, help or "a matrix has rows, columns, dtype and on(rank)")
        if is_run_time(value):
            raise self.error(node, f"{describe(value)} has no {node.attr}", "matrices have rows, columns and dtype")
        if value is None:
            raise self.absent(node.value)
        if not hasattr(value, node.attr):
            what = value.__name__ if isinstance(value, ModuleType) else self.source.text(node.value)
            known = [name for name in dir(value) if not name.startswith("_")]
            raise self.error(node, f"{what} has no {node.attr}", did_you_mean(node.attr, known) or "look for its name")
        return getattr(value, node.attr)

    def absent(self, node: ast.expr) -> CompileError:
        text = self.source.text(node)
        return self.error(node, f"{text} is absent in this compilation", f"put it under `if {text} is not None:`")

    def evaluate_Tuple(self, node):
        return tuple(self.evaluate(element) for element in node.elts)

    def evaluate_List(self, node):
        return [self.evaluate(element) for element in node.elts]

    def evaluate_JoinedStr(self, node):
        return "".join(str(self.constant(part, "text is made when compiling")) for part in node.values)

    def evaluate_FormattedValue(self, node):
        value = self.constant(node.value, "text is made when compiling")
        specification = self.evaluate(node.format_spec) if node.format_spec else ""
        conversions: dict[int, Callable] = {ord("s"): str, ord("r"): repr, ord("a"): ascii}
        convert = conversions.get(node.conversion)
        return self.compute(node, format, convert(value) if convert else value, specification)

    def evaluate_IfExp(self, node):
        chosen = self.constant(node.test, "what is chosen is decided when compiling")
        return self.evaluate(node.body if chosen else node.orelse)

    def evaluate_BoolOp(self, node):
        is_and = isinstance(node.op, ast.And)
        for part in node.values:
            value = self.constant(part, "conditions are decided when compiling")
            if bool(value) != is_and:
                break
        return value

    def evaluate_UnaryOp(self, node):
        value = self.constant(node.operand, "operators work on constants")
        return self.compute(node, UNARY[type(node.op)], value)

    def evaluate_Compare(self, node):
        left_node, left = node.left, self.evaluate(node.left)
        for comparison, right_node in zip(node.ops, node.comparators):
            right = self.evaluate(right_node)
            if not isinstance(comparison, (ast.Is, ast.IsNot)):
                for part, value in ((left_node, left), (right_node, right)):
                    if is_run_time(value):
                        raise self.not_constant(part, value, "conditions are decided when compiling")
            if not self.compute(node, COMPARE[type(comparison)], left, right):
                return False
            left_node, left = right_node, right
        return True

    def evaluate_BinOp(self, node):
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if isinstance(node.op, ast.MatMult) and (is_run_time(left) or is_run_time(right)):
            return self.product(node, left, right)
        tiles, made = (tree.Tile, tree.Accumulator, tree.Times), (tree.Accumulator, tree.Times)
        if isinstance(node.op, ast.Mult) and isinstance(left, tiles) and isinstance(right, tiles):
            return self.times(node, left, right)
        if isinstance(node.op, ast.Mult) and (isinstance(left, made) or isinstance(right, made)):
            part, other = (node.left, left) if isinstance(right, tiles) else (node.right, right)
            message = f"a tile is multiplied by tiles of scales, and this is {describe(other)}"
            raise self.error(part, message, "declare scales as a matrix and write accumulator * scale[:, j]")
        for part, value in ((node.left, left), (node.right, right)):
            if isinstance(value, (tree.Accumulator, tree.Product)):
                raise self.error(node, "tiles are added by += to an accumulator", HOW_TO_ADD)
            if is_run_time(value):
                raise self.not_constant(part, value, "operators other than @ and * work on constants")
        return self.compute(node, BINARY[type(node.op)], left, right)

    def evaluate_Subscript(self, node):
        base = self.evaluate(node.value)
        if isinstance(base, (tree.MatrixValue, tree.RemoteMatrix)):
            return self.load(node, base)
        if is_run_time(base) and not isinstance(base, (tuple, list)):
            raise self.error(node, f"{describe(base)} has no parts", "only matrices are subscripted")
        if base is None:
            raise self.absent(node.value)
        return self.compute(node, operator.getitem, base, self.constant(node.slice, "it picks a constant"))

    def evaluate_Slice(self, node):
        parts = [part and self.constant(part, "it picks a constant") for part in (node.lower, node.upper, node.step)]
        return slice(*parts)

    def evaluate_Call(self, node):
        function = self.evaluate(node.func)
        if any(isinstance(part, ast.Starred) for part in node.args) or any(word.arg is None for word in node.keywords):
            raise self.error(node, "calls in a kernel have no * or **", "write the arguments one by one")
        nodes = [*node.args, *(keyword.value for keyword in node.keywords)]
        values = [self.evaluate(argument) for argument in nodes]
        arguments = values[: len(node.args)]
        named = dict(zip([keyword.arg for keyword in node.keywords], values[len(node.args) :]))
        if isinstance(function, tree.On):
            if len(arguments) != 1 or named:
                raise self.error(node, "on(...) takes one rank", f"write {function.matrix.name}.on(rank)")
            return self.on(node, function.matrix, *arguments)
        if is_run_time(function) or not callable(function):
            message = f"{self.source.text(node.func)} cannot be called"
            raise self.error(node.func, message, "call functions of dt, or Python's on constants")
        if getattr(function, "__module__", None) == language.__name__:
            word = getattr(self, f"call_{function.__name__}", None)
            if word is not None:
                return self.call(node, word, function, arguments, named)
        for argument, value in zip(nodes, values):
            if is_run_time(value):
                help = "functions are called when compiling; loop over rows and columns by dt.tiles"
                why = f"{self.source.text(node.func)} is called when compiling"
                raise self.not_constant(argument, value, why, help)
        return self.compute(node, lambda: function(*arguments, **named))

    def call(self, node, word, function, arguments, named):
        """A call of a word of the language, with the arguments that its function declares."""
        try:
            bound = inspect.signature(function).bind(*arguments, **named)
        except TypeError as error:
            help = function.__doc__.partition("\n")[0]
            raise self.error(node, f"{self.source.text(node.func)}: {error}", help) from None
        bound.apply_defaults()
        return word(node, *bound.args, **bound.kwargs)


def is_run_time(value) -> bool:
    return isinstance(value, RUN_TIME) or (isinstance(value, (tuple, list)) and any(map(is_run_time, value)))


def is_language(function) -> bool:
    return getattr(function, "__module__", None) == language.__name__


def describe(value) -> str:
    match value:
        case tree.GatheredValue():
            return "a gathered matrix"
        case tree.MatrixValue():
            return "a matrix"
        case tree.RemoteMatrix():
            return "the matrix of another rank"
        case tree.Dimension():
            return "a number of rows or columns"
        case tree.Loop():
            return "a rank" if value.dimension is None else "an index of tiles"
        case tree.Tile():
            return "a tile"
        case tree.Accumulator():
            return "an accumulator"
        case tree.Product():
            return "a product of tiles"
        case tree.Times():
            return "a tile multiplied by another"
        case tree.LoopRange():
            return "what a loop runs over"
        case tree.Stage():
            return "a stage"
    return repr(value)


def did_you_mean(name: str, known) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    if name == "cols":
        close = [word for word in known if word == "columns"]
    return f"did you mean {close[0]}?" if close else ""
