"""Printing: MLIR's own text, in which each operation of our dialects is rewritten to its format.

MLIR prints our operations in generic form, each on a line of its own, for they have no regions. Names of values,
locations and everything around them stay as MLIR prints them.
"""

import re
from functools import cache, lru_cache

from dovetail.dialect.assembly import scan
from dovetail.dialect.assembly.format import (
    SEGMENTS,
    Attribute,
    Dictionary,
    Format,
    Group,
    Literal,
    Types,
    Values,
    format_of,
    namespaces,
    operations,
)
from dovetail.dialect.bindings import ir


def print(
    op: ir.Module | ir.Operation | ir.OpView,
    *,
    locations: bool = False,
    names: bool = False,
    generic: bool = False,
    verified: bool = False,
) -> str:
    """The text of an operation and all in it, our operations in their format.

    With `locations` each operation carries where it comes from; with `names` values are called as their locations are;
    `generic` gives MLIR's generic form instead, and so does a module that does not verify. `verified` promises that
    the module verifies and saves the check.
    """
    text = op.operation.get_asm(
        enable_debug_info=locations,
        use_name_loc_as_prefix=names,
        print_generic_op_form=generic,
        assume_verified=verified,
    )
    is_generic = generic or text.startswith(('"builtin.module"', '"func.func"'))
    return text if is_generic else pretty(text)


def pretty(text: str) -> str:
    """MLIR's text with our operations, there in generic form, in their format."""
    own, sugar = _patterns()
    return "\n".join(_line(line, own, sugar) for line in text.split("\n"))


@cache
def _patterns() -> tuple[re.Pattern, re.Pattern]:
    """An operation of ours at the start of a line; a type of ours whose first parameter is a plain tensor type."""
    spaces = "|".join(namespaces())
    own = re.compile(rf'(\s*(?:%[^"]*= )?)"((?:{spaces})\.\w+)"\(([^()]*)\) ?(.*)')
    sugar = re.compile(rf'{scan.STRING}|(!(?:{spaces})\.\w+<)tensor<((?:\d+|\?)x[^<>,"]*)>')
    return own, sugar


def _line(line: str, own: re.Pattern, sugar: re.Pattern) -> str:
    if '"(' in line and (match := own.match(line)):
        head, name, operands, rest = match.groups()
        values = operands.split(", ") if operands else []
        if (rendered := _rendered(name, len(values), rest)) is not None:
            template, trailer = rendered
            line = head + "".join(values[piece] if isinstance(piece, int) else piece for piece in template) + trailer
    if "<tensor<" in line:
        line = sugar.sub(lambda found: f"{found[1]}{found[2]}" if found[1] else found[0], line)
    return line


@lru_cache(maxsize=4096)
def _rendered(name: str, count: int, rest: str) -> tuple[tuple[str | int, ...], str] | None:
    """The format filled with what follows the operands in the generic form: pieces, a number standing for an operand.

    None if the operation does not fit its format, as one that does not verify may.
    """
    if name not in operations():
        return None
    form = format_of(name)
    attributes: dict[str, str] = {}
    start = 0
    if rest.startswith("{"):
        start = scan.bracket_end(rest, 0) or 0
        for entry in scan.split(rest[1 : start - 1]):
            key, value = _entry(entry)
            attributes[key] = value
    signature = re.compile(r" ?: ").match(rest, start)
    inputs_end = scan.bracket_end(rest, signature.end()) if signature else None
    if not signature or not inputs_end:
        return None
    inputs = scan.split(rest[signature.end() + 1 : inputs_end - 1])
    outputs_start = inputs_end + len(" -> ")
    if rest.startswith("(", outputs_start):  # a list of results; a function type as a result stands in one, too
        end = scan.bracket_end(rest, outputs_start) or len(rest)
        outputs = scan.split(rest[outputs_start + 1 : end - 1])
    else:
        end = scan.type_end(rest, outputs_start) or len(rest)
        outputs = [rest[outputs_start:end]]
    return _fill(form, count, attributes, {"operands": inputs, "results": outputs}, rest[end:])


_KEY = re.compile(rf"{scan.STRING}|[\w$.]*")


def _entry(entry: str) -> tuple[str, str]:
    """Key and value of an entry of a dictionary. The key may be a string; the value of a unit attribute is empty."""
    match = _KEY.match(entry)
    key = match[0] if match else ""
    return key, entry[len(key) :].removeprefix(" = ")


def _fill(form: Format, count: int, attributes: dict[str, str], types: dict[str, list[str]], trailer: str):
    places = {}  # of each field among the operands or results
    for kind, attribute in SEGMENTS.items():
        fields = form.of_kind(kind)
        sizes = [1] * len(fields)
        if kind in form.segments:
            sizes = [int(size) for size in re.findall(r"\b\d+\b", attributes.pop(attribute, "").partition(":")[2])]
        if len(sizes) != len(fields) or sum(sizes) != len(types[kind]):
            return None
        start = 0
        for field, size in zip(fields, sizes):
            places[field.name] = range(start, start + size)
            start += size
    if len(types["operands"]) != count:
        return None
    writer = _Writer(form, attributes, places, types)
    return (tuple(writer.pieces), trailer) if writer.write(form.elements) else None


class _Writer:
    """Fills a format. The rules for blanks are those of upstream's declarative formats."""

    def __init__(self, form: Format, attributes: dict[str, str], places: dict[str, range], types: dict[str, list[str]]):
        self.form, self.attributes, self.places, self.types = form, attributes, places, types
        self.pieces: list[str | int] = [form.name]
        self.blank = True  # the next element is set off by a blank
        self.after_punctuation = False

    def write(self, elements: tuple) -> bool:
        return all(self._element(element) for element in elements)

    def _element(self, element) -> bool:
        match element:
            case Literal(text):
                self._literal(text)
            case Values(name):
                self._list(list(self.places[name]))
            case Types(name):
                self._list([self.types[self.form.fields[name].kind][place] for place in self.places[name]])
            case Attribute(name):
                spelled = self._attribute(element)
                if spelled is None:
                    return False
                self._list([spelled] if spelled else [])
            case Dictionary():
                others = [item for item in self.attributes.items() if item[0] not in self.form.attributes]
                if others:
                    self._list(["{" + ", ".join(f"{key} = {value}" if value else key for key, value in others) + "}"])
            case Group(inner, anchor):
                return self.write(inner) if self.places.get(anchor) or anchor in self.attributes else True
        return True

    def _literal(self, text: str) -> None:
        single = len(text) == 1
        closing = ">)}]," if self.after_punctuation else "<>(){}[],"
        if self.blank and not (single and text in closing):
            self.pieces.append(" ")
        self.pieces.append(text)
        self.blank = not (single and text in "<({[")
        self.after_punctuation = not (text[0].isalpha() or text[0] == "_")

    def _list(self, items: list) -> None:
        for position, item in enumerate(items):
            self.pieces += [", "] if position else [" "] if self.blank else []
            self.pieces.append(item)
        if items:
            self.blank, self.after_punctuation = True, False

    def _attribute(self, attribute: Attribute) -> str | None:
        text = self.attributes.get(attribute.name)
        if text is None:
            return None
        if attribute.words:
            return text[1:-1] if text[1:-1] in attribute.words else None
        if re.fullmatch(r"-?\d+(?: : i64)?", text):
            return text.removesuffix(" : i64")
        return text if attribute.typed or not re.match(r"-?\d", text) else None
