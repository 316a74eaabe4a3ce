"""Formats: how the assembly of an operation looks, declared as a string in its class.

    assembly = "$matrix `[` $offsets `]` (`of` $rank^)? attr-dict `:` type($matrix) `->` type($tile)"

As in upstream's declarative formats there are literals in backticks, operands, attributes and results by name, their
types, the dictionary of all other attributes, and groups that are there if their anchor `^` is. Variadic operands are
separated by commas. A string attribute that must be one of several words is written as a bare word.

Types that the format does not spell must follow from the definition: the constraint leaves no choice (`index`), or it
is a type variable that the operand shares with one whose type is spelled.
"""

import re
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any

from dovetail.dialect.bindings import ext, ir
from dovetail.dialect.definition import optional_attribute

SEGMENTS = {"operands": "operandSegmentSizes", "results": "resultSegmentSizes"}

_ELEMENT = re.compile(
    r"\s*(?:`(?P<literal>[^`]+)`|type\(\$(?P<type>\w+)\)(?P<type_anchor>\^?)|\$(?P<field>\w+)(?P<anchor>\^?)"
    r"|(?P<dictionary>attr-dict)\b|(?P<open>\()|(?P<close>\)\?))"
)


class FormatError(TypeError):
    """A format that does not fit its operation."""


@dataclass(frozen=True)
class Literal:
    text: str


@dataclass(frozen=True)
class Values:
    """An operand, or the operands of a variadic one."""

    name: str
    is_variadic: bool


@dataclass(frozen=True)
class Attribute:
    """`words` are the values of an enumeration. `typed` numbers may be followed by their type."""

    name: str
    kind: type | None = None
    words: tuple[str, ...] = ()
    typed: bool = True


@dataclass(frozen=True)
class Types:
    """The type of an operand or a result, or the types of a variadic one."""

    name: str
    is_variadic: bool


@dataclass(frozen=True)
class Dictionary:
    pass


@dataclass(frozen=True)
class Group:
    elements: tuple
    anchor: str


@dataclass(frozen=True)
class Field:
    """An operand or a result of the definition: its place, how many it may be, what its type follows from."""

    name: str
    kind: str  # operands | results
    variadicity: str  # single | optional | variadic
    only_type: str | None  # the type's text, where the constraint leaves no choice
    variable: str | None  # the type variable it shares with other fields


@dataclass(frozen=True)
class Format:
    """The compiled format of one operation."""

    name: str
    elements: tuple
    fields: dict[str, Field]
    attributes: frozenset[str]  # those that the format spells, and therefore the dictionary does not
    segments: frozenset[str]  # which of operands, results carry segment sizes

    def of_kind(self, kind: str) -> list[Field]:
        return [field for field in self.fields.values() if field.kind == kind]

    def spelled_type(self, field: Field) -> str | None:
        """The field whose spelled type this one has, if the format spells it."""
        spelled = {element.name for element in _flat(self.elements) if isinstance(element, Types)}
        if field.name in spelled:
            return field.name
        same = [name for name in self.fields if name in spelled and self.fields[name].variable == field.variable]
        return same[0] if field.variable and same else None


@cache
def operations() -> dict[str, Any]:
    """The operations of our dialects by name."""
    from dovetail.dialect import ascendc, dovetail

    return {
        operation.OPERATION_NAME: operation
        for dialect in (dovetail.Dovetail, ascendc.AscendC)
        for operation in dialect.operations
    }


@cache
def namespaces() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.partition(".")[0] for name in operations()))


@cache
def format_of(name: str) -> Format:
    """The format of an operation. Raises FormatError if the operation has none or its definition does not fit."""
    operation = operations()[name]
    source = getattr(operation, "assembly", None)
    if source is None:
        raise FormatError(f"'{name}' declares no assembly")
    fields = {}
    constraints = {}
    for field in operation._fields:
        if isinstance(field, (ext.OperandDef, ext.ResultDef)):
            kind = "operands" if isinstance(field, ext.OperandDef) else "results"
            variable = field.constraint.__name__ if isinstance(field.constraint, typing.TypeVar) else None
            only = None if field.variadicity.name == "variadic" and kind == "results" else _only_type(field.constraint)
            fields[field.name] = Field(field.name, kind, field.variadicity.name, only, variable)
        elif isinstance(field, ext.AttributeDef):
            constraints[field.name] = field.constraint
    for base in reversed(operation.__mro__):
        constraints |= {key: None for key, value in vars(base).items() if isinstance(value, optional_attribute)}
    elements = _Compiler(name, source, fields, constraints).elements()
    flat = _flat(elements)
    segments = {
        kind
        for kind in SEGMENTS
        if any(field.kind == kind and field.variadicity != "single" for field in fields.values())
    }
    spelled = frozenset(element.name for element in flat if isinstance(element, Attribute))
    made = Format(name, elements, fields, spelled, frozenset(segments))
    for field in fields.values():
        if field.kind == "operands" and not any(isinstance(e, Values) and e.name == field.name for e in flat):
            raise FormatError(f"the format of '{name}' lacks operand '{field.name}'")
        if field.only_type is None and made.spelled_type(field) is None:
            raise FormatError(f"the format of '{name}' does not tell the type of '{field.name}'")
    return made


def _flat(elements: tuple) -> list:
    return [inner for element in elements for inner in (element.elements if isinstance(element, Group) else (element,))]


class _Compiler:
    def __init__(self, name: str, source: str, fields: dict[str, Field], constraints: dict[str, Any]):
        self.name, self.source, self.fields, self.constraints = name, source, fields, constraints
        self.matches = []
        position = 0
        while source[position:].strip():
            match = _ELEMENT.match(source, position)
            if match is None:
                raise FormatError(f"the format of '{name}' cannot be read from '{source[position:].strip()}' on")
            self.matches.append(match)
            position = match.end()

    def elements(self) -> tuple:
        made: list = []
        group: list | None = None
        anchor = ""
        for position, match in enumerate(self.matches):
            into = made if group is None else group
            if match["open"]:
                if group is not None:
                    raise FormatError(f"the format of '{self.name}' has a group within a group")
                group, anchor = [], ""
            elif match["close"]:
                if not group or not anchor:
                    raise FormatError(f"the format of '{self.name}' has a group without an anchor")
                made.append(Group(tuple(group), anchor))
                group = None
            else:
                into.append(self._element(match, position))
                if match["anchor"] or match["type_anchor"]:
                    anchor = match["field"] or match["type"]
        if group is not None:
            raise FormatError(f"the format of '{self.name}' has a group that does not end with ')?'")
        return tuple(made)

    def _element(self, match: re.Match, position: int):
        if match["literal"]:
            return Literal(match["literal"])
        if match["dictionary"]:
            return Dictionary()
        name = match["type"] or match["field"]
        if name in self.fields:
            variadic = self.fields[name].variadicity == "variadic"
            return Types(name, variadic) if match["type"] else Values(name, variadic)
        if match["type"] or name not in self.constraints:
            raise FormatError(f"the format of '{self.name}' names '{name}', which it does not have")
        following = self.matches[position + 1 :]
        while following and (following[0]["dictionary"] or following[0]["open"]):
            following = following[1:]
        typed = not (following and following[0]["literal"] == ":")
        kind, words = _attribute_kind(self.constraints[name])
        return Attribute(name, kind, words, typed)


def _attribute_kind(constraint: Any) -> tuple[type | None, tuple[str, ...]]:
    """The class of an attribute, and its words if it is an enumeration of strings."""
    alternatives = (constraint,) if typing.get_origin(constraint) is ir.StringAttr else typing.get_args(constraint)
    words = [typing.get_args(one)[0] for one in alternatives if typing.get_origin(one) is ir.StringAttr]
    if words and len(words) == len(alternatives) and all(re.fullmatch(r"[A-Za-z_]\w*", word) for word in words):
        return ir.StringAttr, tuple(words)
    return (constraint if isinstance(constraint, type) else None), ()


_SIMPLE_TYPES = {
    ir.IndexType: "index",
    ir.F16Type: "f16",
    ir.BF16Type: "bf16",
    ir.F32Type: "f32",
    ir.F64Type: "f64",
    ir.NoneType: "none",
}


def _only_type(constraint: Any) -> str | None:
    """The text of the one type that a constraint allows."""
    if isinstance(constraint, typing.TypeVar):
        return _only_type(constraint.__bound__)
    if typing.get_origin(constraint) is ir.IntegerType:
        return f"i{typing.get_args(constraint)[0]}"
    if not isinstance(constraint, type):
        return None
    if issubclass(constraint, ext.Type):
        own: Any = constraint
        return None if own._fields else f"!{own.type_name}"
    return _SIMPLE_TYPES.get(constraint)
