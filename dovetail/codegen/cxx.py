"""Prints functions of func, scf and arith as C++: one operation as one statement, or as an expression where it is used.

A value that has a name becomes a variable of that name. An unnamed value that is computed without effects is printed
where it is used, if it is used once or costs nothing; otherwise it too becomes a variable.
"""

import re
import textwrap
from collections.abc import Callable
from typing import NamedTuple

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.dialect.diagnostics import DiagnosedError, Diagnostic

INDENT = "    "
WIDTH = 120
COMMENT = build.COMMENT


class Text(NamedTuple):
    """An expression and how tightly its outermost operator binds (C++'s levels, 16 the tightest)."""

    text: str
    binds: int = 16

    def within(self, level: int) -> str:
        return self.text if self.binds >= level else f"({self.text})"


BINARY = {
    "arith.muli": ("*", 12),
    "arith.divsi": ("/", 12),
    "arith.remsi": ("%", 12),
    "arith.addi": ("+", 11),
    "arith.subi": ("-", 11),
    "arith.andi": ("&&", 5),
    "arith.ori": ("||", 4),
}
LOGICAL = ("arith.andi", "arith.ori")
COMPARISONS = {0: ("==", 8), 1: ("!=", 8), 2: ("<", 9), 3: ("<=", 9), 4: (">", 9), 5: (">=", 9)}
# Words of C++, and types of Ascend C that are written in lower case: no name of a variable or a field.
_WORDS = """
alignas alignof and and_eq asm auto bfloat16_t bitand bitor bool break case catch char class compl const constexpr
const_cast continue decltype default delete do double dynamic_cast else enum explicit export extern false float for
friend goto half if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private
protected public register reinterpret_cast return short signed sizeof static static_assert static_cast struct switch
template this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t
while xor xor_eq
"""
KEYWORDS = frozenset(_WORDS.split())


class CodegenError(DiagnosedError):
    """An operation that has no form in the text, with its place."""

    def __init__(self, op: ir.Operation, message: str):
        super().__init__(Diagnostic.at(op.location, message))


class Printer:
    """Prints one function. `statements` and `expressions` say how operations of other dialects are written."""

    def __init__(self, types: Callable[[ir.Type], str]):
        self.types = types
        self.lines: list[str] = []
        self.origins: list[ir.Location | None] = []  # of each line: where the operation stands that it prints
        self.origin: ir.Location | None = None
        self.depth = 0
        self.texts: dict[ir.Value, Text] = {}
        self.taken: set[str] = set(KEYWORDS)
        self.statements: dict[str, Callable] = {
            "scf.for": self.print_for,
            "scf.if": self.print_if,
            "scf.while": self.print_while,
            "func.return": self.print_return,
            "func.call": self.print_call,
        }
        self.expressions: dict[str, Callable[[ir.Operation], Text]] = {
            "arith.constant": self.constant,
            "arith.cmpi": self.comparison,
            "arith.select": self.selection,
            "arith.minsi": lambda op: self.smaller(op, "<"),
            "arith.maxsi": lambda op: self.smaller(op, ">"),
            "arith.index_cast": lambda op: Text(
                f"static_cast<{self.types(op.results[0].type)}>({self[op.operands[0]]})"
            ),
            **dict.fromkeys(BINARY, self.binary),
        }
        self.free: set[str] = {"arith.constant"}  # expressions that cost nothing, however often they are written

    # -- lines, names --

    def line(self, text: str = "") -> None:
        self.add(wrapped(INDENT * self.depth + text) if text else [""])

    def add(self, lines: list[str]) -> None:
        self.lines += lines
        self.origins += [self.origin] * len(lines)

    def comment(self, op: ir.Operation) -> None:
        if COMMENT in op.attributes:
            self.add(commented(ir.StringAttr(op.attributes[COMMENT]).value, INDENT * self.depth))

    def fresh(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}{number}"
        self.taken.add(name)
        return name

    def name(self, value: ir.Value, name: str) -> str:
        """Gives a value a variable's name that is not taken yet."""
        fresh = self.fresh(name)
        self.texts[value] = Text(fresh)
        return fresh

    def __getitem__(self, value: ir.Value) -> str:
        return self.texts[value].text

    def within(self, value: ir.Value, level: int) -> str:
        return self.texts[value].within(level)

    # -- operations --

    def block(self, block: ir.Block) -> None:
        for op in block.operations:
            self.operation(op.operation)

    def operation(self, op: ir.Operation) -> None:
        outer, self.origin = self.origin, op.location
        self.print(op)
        self.origin = outer

    def print(self, op: ir.Operation) -> None:
        if op.name in self.expressions:
            self.value(op)
        elif op.name in self.statements:
            self.comment(op)
            self.statements[op.name](op)
        elif op.name not in ("scf.yield", "scf.condition"):
            raise CodegenError(op, f"'{op.name}' has no form in the generated source")

    def value(self, op: ir.Operation) -> None:
        text = self.expressions[op.name](op)
        if self.is_inline(op):
            self.texts[op.results[0]] = text
        else:
            self.declare(op.results[0], build.name_of(op.location) or "value", text)

    def is_inline(self, op: ir.Operation) -> bool:
        if op.name in self.free:
            return True
        uses = len(list(op.results[0].uses))
        return uses == 0 or (uses == 1 and build.name_of(op.location) is None)

    def declare(self, value: ir.Value, name: str, text: Text) -> None:
        type_ = self.types(value.type)
        # GM_ADDR is a macro that ends in a pointer: const would bind to what it points to.
        constant = "" if type_ == "GM_ADDR" else "const "
        self.line(f"{constant}{type_} {self.name(value, name)} = {text.text};")

    # -- expressions --

    def constant(self, op: ir.Operation) -> Text:
        value = op.attributes["value"]
        if isinstance(value, ir.BoolAttr):
            return Text("true" if value.value else "false")
        number = ir.IntegerAttr(value).value
        if str(op.results[0].type) == "i1":
            return Text("true" if number else "false")
        return Text(str(number)) if number >= 0 else Text(str(number), 15)

    def binary(self, op: ir.Operation) -> Text:
        sign, level = BINARY[op.name]
        lhs, rhs = op.operands
        if op.name in LOGICAL and str(lhs.type) != "i1":
            raise CodegenError(op, f"'{op.name}' of {lhs.type} has no form in the generated source, only of i1")
        # Left-associative: an operand of the same level needs parentheses on the right only.
        return Text(f"{self.within(lhs, level)} {sign} {self.within(rhs, level + 1)}", level)

    def comparison(self, op: ir.Operation) -> Text:
        predicate = ir.IntegerAttr(op.attributes["predicate"]).value
        if predicate not in COMPARISONS:
            raise CodegenError(op, "an unsigned comparison has no form in the generated source")
        sign, level = COMPARISONS[predicate]
        lhs, rhs = op.operands
        if str(lhs.type) == "i32" and sign not in ("==", "!="):
            # 32-bit counts are unsigned in the source, so that they wrap; they compare as signed.
            signed = [
                self[operand] if build.constant_of(operand) is not None else f"static_cast<int32_t>({self[operand]})"
                for operand in (lhs, rhs)
            ]
            return Text(f"{signed[0]} {sign} {signed[1]}", level)
        return Text(f"{self.within(lhs, level + 1)} {sign} {self.within(rhs, level + 1)}", level)

    def selection(self, op: ir.Operation) -> Text:
        condition, true, false = op.operands
        return Text(f"{self.within(condition, 4)} ? {self.within(true, 4)} : {self.within(false, 4)}", 3)

    def smaller(self, op: ir.Operation, sign: str) -> Text:
        lhs, rhs = (self.within(operand, 10) for operand in op.operands)
        return Text(f"{lhs} {sign} {rhs} ? {lhs} : {rhs}", 3)

    # -- statements --

    def names_of(self, op: ir.Operation, count: int, default: str) -> list[str]:
        if "dovetail.names" in op.attributes:
            names = [ir.StringAttr(name).value for name in ir.ArrayAttr(op.attributes["dovetail.names"])]
            if len(names) == count:
                return names
        return [default] * count

    def assign(self, targets: list[str], values) -> None:
        """Assigns all at once: a target that later values read keeps its old value until they are assigned."""
        texts = [self[value] for value in values]
        kept = []
        for number, (target, text) in enumerate(zip(targets, texts)):
            if target == text:
                continue
            if any(_mentions(later, target) for later in texts[number + 1 :]):
                copy = self.fresh(f"{target}Next")
                self.line(f"const auto {copy} = {text};")
                kept.append(f"{target} = {copy};")
            else:
                self.line(f"{target} = {text};")
        for assignment in kept:
            self.line(assignment)

    def print_for(self, op: ir.Operation) -> None:
        body = op.regions[0].blocks[0]
        start, stop, step = op.operands[:3]
        carried = list(body.arguments)[1:]
        names = self.names_of(op, len(carried), "carried")
        targets = []
        for argument, initial, result, name in zip(carried, list(op.operands)[3:], op.results, names):
            text = self[initial]
            targets.append(self.name(argument, name))
            self.texts[result] = self.texts[argument]
            self.line(f"{self.types(argument.type)} {targets[-1]} = {text};")
        before = set(self.taken)
        variable = self.name(body.arguments[0], build.name_of(op.location) or "i")
        increment = f"++{variable}" if build.constant_of(step) == 1 else f"{variable} += {self[step]}"
        stop_text = self.within(stop, 10)
        self.line(f"for (int64_t {variable} = {self[start]}; {variable} < {stop_text}; {increment}) {{")
        self.depth += 1
        self.block(body)
        self.assign(targets, list(body.operations)[-1].operation.operands)
        self.depth -= 1
        self.line("}")
        self.taken = before

    def print_if(self, op: ir.Operation) -> None:
        names = self.names_of(op, len(op.results), "chosen")
        targets = []
        for result, name in zip(op.results, names):
            targets.append(self.name(result, name))
            self.line(f"{self.types(result.type)} {targets[-1]};")
        self.line(self.condition_head(op.operands[0]))
        self.branches(op, targets)
        self.line("}")

    def branches(self, op: ir.Operation, targets: list[str]) -> None:
        then, *others = (region.blocks[0] for region in op.regions if len(region.blocks))
        self.branch(then, targets)
        for other in others:
            *body, end = (inner.operation for inner in other.operations)
            if not body and not targets:
                return
            # An else that is nothing but another if goes on with it.
            *before, last = body or [None]
            chained = last is not None and last.name == "scf.if" and list(last.results) == list(end.operands)
            if chained and all(inner.name in self.expressions and self.is_inline(inner) for inner in before):
                for inner in before:
                    self.operation(inner)
                self.line("} else " + self.condition_head(last.operands[0]))
                self.branches(last, targets)
                return
            self.line("} else {")
            self.branch(other, targets)

    def branch(self, block: ir.Block, targets: list[str]) -> None:
        before = set(self.taken)
        self.depth += 1
        self.block(block)
        self.assign(targets, list(block.operations)[-1].operation.operands)
        self.depth -= 1
        self.taken = before

    def condition_head(self, condition: ir.Value) -> str:
        return f"if ({self[condition]}) {{"

    def print_while(self, op: ir.Operation) -> None:
        """A loop whose condition is an expression of what it carries."""
        before, after = (region.blocks[0] for region in op.regions)
        targets = []
        names = self.names_of(op, len(before.arguments), "carried")
        for argument, initial, name in zip(before.arguments, op.operands, names):
            text = self[initial]
            targets.append(self.name(argument, name))
            self.line(f"{self.types(argument.type)} {targets[-1]} = {text};")
        *head, condition = [inner.operation for inner in before.operations]
        lines = len(self.lines)
        for inner in head:
            self.operation(inner)
        if len(self.lines) != lines:
            raise CodegenError(op, "a while loop's condition is an expression of what the loop carries")
        for forwarded, argument in zip(list(condition.operands)[1:], after.arguments):
            self.texts[argument] = self.texts[forwarded]
        for forwarded, result in zip(list(condition.operands)[1:], op.results):
            self.texts[result] = self.texts[forwarded]
        self.line(f"while ({self[condition.operands[0]]}) {{")
        taken = set(self.taken)
        self.depth += 1
        self.block(after)
        self.assign(targets, list(after.operations)[-1].operation.operands)
        self.depth -= 1
        self.taken = taken
        self.line("}")

    def print_return(self, op: ir.Operation) -> None:
        if len(op.operands):
            self.line(f"return {self[op.operands[0]]};")

    def print_call(self, op: ir.Operation) -> None:
        callee = function_name(ir.FlatSymbolRefAttr(op.attributes["callee"]).value)
        call = f"{callee}({', '.join(self[operand] for operand in op.operands)})"
        if len(op.results):
            self.declare(op.results[0], build.name_of(op.location) or "value", Text(call))
        else:
            self.line(f"{call};")


def function_name(symbol: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in symbol.split("_"))


def field_name(size: str) -> str:
    """A field of the tiling struct."""
    return f"{size}_" if size in KEYWORDS else size


def variable_name(symbol: str) -> str:
    first, *rest = symbol.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def wrapped(line: str) -> list[str]:
    """The line, broken behind commas where it is longer than a source line should be: outer ones before inner ones."""
    if len(line) <= WIDTH:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    for depth in (1, 2, 3):
        lines, current = [], ""
        for piece in _pieces(line, depth):
            if current and len(current) + len(piece.rstrip()) > WIDTH:
                lines.append(current.rstrip())
                current = indent + 2 * INDENT
            current += piece
        lines.append(current)
        if all(len(each) <= WIDTH for each in lines):
            break
    return lines


def commented(text: str, indent: str = "") -> list[str]:
    """A comment, broken between words where it is longer than a source line should be."""
    start = f"{indent}// "
    return textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=start, break_on_hyphens=False)


def _pieces(line: str, most: int) -> list[str]:
    """The line in pieces that end behind a comma within at most so many parentheses, outside of strings."""
    pieces, start, depth, quoted = [], 0, 0, False
    for match in re.finditer(r"\\.|[\"()]|, ", line):
        found = match.group()
        if found == '"':
            quoted = not quoted
        elif quoted or found[0] == "\\":
            continue
        elif found != ", ":
            depth += 1 if found == "(" else -1
        elif depth <= most:
            pieces.append(line[start : match.end()])
            start = match.end()
    return [*pieces, line[start:]]


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text) is not None
