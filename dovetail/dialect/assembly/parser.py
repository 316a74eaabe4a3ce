"""Parsing: operations in their format are rewritten to the generic form, which MLIR then parses with all around them.

The rewriting keeps, for each stretch of the text it makes, where in the source it comes from: locations and errors,
ours and MLIR's, are those of the source.
"""

import re
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import NoReturn

from dovetail.dialect.assembly import scan
from dovetail.dialect.assembly.format import (
    SEGMENTS,
    Attribute,
    Dictionary,
    Field,
    Format,
    FormatError,
    Group,
    Literal,
    Types,
    Values,
    format_of,
    namespaces,
    operations,
)
from dovetail.dialect.assembly.source import Locate, Source, Span
from dovetail.dialect.bindings import ir
from dovetail.dialect.diagnostics import DiagnosedError, Diagnostic

_UNNAMED = "-"  # how MLIR calls a source without a file


class ParseError(DiagnosedError):
    """Text that is no module, or a module that does not verify; `diagnostics` say where and what."""


def parse(text: str, context: ir.Context, filename: str = _UNNAMED) -> ir.Module:
    """The module that a text describes. Our operations may stand in their format or in generic form.

    Operations are located in `filename`, unless the text says otherwise. Raises ParseError.
    """
    return _Parser(text, filename).module(context)


def generic(text: str, filename: str = _UNNAMED) -> str:
    """A text with our operations in generic form, as upstream's own tools read it. Raises ParseError."""
    return _Parser(text, filename).translated()


@cache
def _landmark() -> re.Pattern:
    """What the parser stops at between operations of others; strings and comments are skipped whole."""
    spaces = "|".join(namespaces())
    return re.compile(
        rf"(?P<skip>{scan.STRING}|{scan.COMMENT})"
        rf"|(?P<sugar>!(?:{spaces})\.\w+<)(?P<tensor>(?:\d+|\?)x[^<>,\"]*)(?=[,>])"
        rf"|(?<![\w.$%@#!^-])(?P<operation>(?:{spaces})\.[\w.$]+)"
    )


class _Parser:
    def __init__(self, text: str, filename: str):
        self.text = text
        self.source = Source(text, filename)

    def module(self, context: ir.Context) -> ir.Module:
        made = self.translated()
        try:
            module = ir.Module.parse(made, context)
        except ir.MLIRError as error:
            locate = self.source.locator()
            found = [self._relocated(Diagnostic.copy(reported), locate) for reported in error.error_diagnostics]
            raise ParseError(*(found or [self._diagnostic(0, "this is no module that MLIR can parse")])) from None
        self._locate(module)
        return module

    def translated(self) -> str:
        self._translate()
        return "".join(self.source.made)

    # -- places --

    def _relocated(self, diagnostic: Diagnostic, locate: Locate) -> Diagnostic:
        notes = tuple(self._relocated(note, locate) for note in diagnostic.notes)
        if diagnostic.file != _UNNAMED:
            return replace(diagnostic, notes=notes)
        line, column = locate(diagnostic.line, diagnostic.column)
        return replace(diagnostic, file=self.source.filename, line=line, column=column, notes=notes)

    def _locate(self, module: ir.Module) -> None:
        """Gives every operation and block argument its place in the source instead of that in the made text."""
        locate = self.source.locator()

        def placed(location: ir.Location) -> ir.Location | None:
            if isinstance(location, ir.FileLineColLoc) and location.filename == _UNNAMED:
                line, column = locate(location.start_line, location.start_col)
                return ir.Location.file(self.source.filename, line, column)
            return None

        def visit(op: ir.Operation) -> ir.WalkResult:
            op = op.operation
            if place := placed(op.location):
                op.location = place
            for region in op.regions:
                for block in region.blocks:
                    for argument in block.arguments:
                        if place := placed(argument.location):
                            argument.set_location(place)
            return ir.WalkResult.ADVANCE

        with module.context:
            module.operation.walk(visit)

    def _diagnostic(self, offset: int, message: str) -> Diagnostic:
        line, column = self.source.position(offset)
        return Diagnostic(message, file=self.source.filename, line=line, column=column)

    def refuse(self, offset: int, message: str) -> NoReturn:
        raise ParseError(self._diagnostic(offset, message))

    # -- the text between operations of ours --

    def _translate(self) -> None:
        text, position, before = self.text, 0, ""
        while match := _landmark().search(text, position):
            gap = text[position : match.start()]
            before = gap.rstrip()[-1:] or before
            if match["operation"] and self._is_operation(match, before):
                self.source.add(gap, position, True)
                position = _Operation(self, match["operation"], match.start()).translate()
                before = "?"
                continue
            if match["sugar"]:
                self.copy(position, match.end())
            else:
                self.source.add(text[position : match.end()], position, True)
            before = before if match["skip"] and text.startswith("//", match.start()) else text[match.end() - 1]
            position = match.end()
        self.source.add(text[position:], position, True)

    def copy(self, start: int, end: int) -> None:
        """Copies a part of the source, spelling out the types in it."""
        for match in _landmark().finditer(self.text, start, end + 1):
            if match["sugar"] and match.end() <= end:
                self.source.add(self.text[start : match.end("sugar")], start, True)
                self.source.add("tensor<", match.start("tensor"), False)
                self.source.add(match["tensor"], match.start("tensor"), True)
                self.source.add(">", match.end("tensor"), False)
                start = match.end()
        self.source.add(self.text[start:end], start, True)

    def _is_operation(self, match: re.Match, before: str) -> bool:
        """Whether the name is that of an operation rather than the key of an attribute."""
        after = self.text[scan.blank_end(self.text, match.end()) :][:1]
        if before == ",":
            return False
        if before == "{" and after in ("=", ","):
            return False
        if before == "{" and after == "}":  # `{ dovetail.barrier }` is a region, `{dovetail.flag}` a dictionary
            return match["operation"] in operations() and self.text[match.start() - 1] != "{"
        return True


class _Operation:
    """One operation in its format."""

    def __init__(self, parser: _Parser, name: str, start: int):
        self.parser, self.text, self.source = parser, parser.text, parser.source
        self.name, self.start = name, start
        self.position = start + len(name)
        self.values: dict[str, list[Span]] = {}
        self.types: dict[str, list[Span]] = {}
        self.attributes: dict[str, tuple[str, Span]] = {}  # text to write, or none to copy what stands there
        self.dictionary: Span | None = None  # with its braces

    def translate(self) -> int:
        """Adds the generic form to the made text. Gives the end of the operation in the source."""
        if self.name not in operations():
            space, _, word = self.name.partition(".")
            words = [name.partition(".")[2] for name in operations() if name.startswith(f"{space}.")]
            close = get_close_matches(word, words, n=1)
            hint = f"; did you mean '{space}.{close[0]}'?" if close else ""
            self.parser.refuse(self.start, f"there is no operation '{self.name}'{hint}")
        try:
            self.form: Format = format_of(self.name)
        except FormatError as error:
            self.parser.refuse(self.start, f"{error}; write the generic form")
        for element in self.form.elements:
            self._element(element)
        self._write()
        return self.position

    # -- reading --

    def _element(self, element) -> None:
        match element:
            case Literal(text):
                if not self._at_literal(text):
                    self._expected(f"'{text}'")
                self._skip()
                self.position += len(text)
            case Values(name, is_variadic):
                self.values[name] = self._list(scan.value_end, is_variadic, f"operand '{name}'")
            case Types(name, is_variadic):
                self.types[name] = self._list(scan.type_end, is_variadic, f"the type of '{name}'")
            case Attribute():
                self._attribute(element)
            case Dictionary():
                self._skip()
                if self.text.startswith("{", self.position):
                    self.dictionary = (self.position, self._end(scan.bracket_end, "a dictionary that ends with '}'"))
            case Group(inner):
                if self._begins(inner[0]):
                    for member in inner:
                        self._element(member)

    def _begins(self, element) -> bool:
        match element:
            case Literal(text):
                return self._at_literal(text)
            case Values():
                self._skip()
                return self.text.startswith("%", self.position)
            case Attribute(_, _, words):
                self._skip()
                end = scan.word_end(self.text, self.position)
                return self.text[self.position : end] in words if words else self._at_attribute()
        return False

    def _at_attribute(self) -> bool:
        return self.text[self.position : self.position + 1] in tuple('"[#@-0123456789')

    def _at_literal(self, text: str) -> bool:
        self._skip()
        if text[0].isalpha() or text[0] == "_":
            end = scan.word_end(self.text, self.position)
            return end is not None and self.text[self.position : end] == text
        return self.text.startswith(text, self.position)

    def _attribute(self, attribute: Attribute) -> None:
        self._skip()
        start = self.position
        if attribute.words:
            end = scan.word_end(self.text, start)
            if end is None or self.text[start:end] not in attribute.words:
                self._expected(f"one of {', '.join(attribute.words)} as '{attribute.name}'")
            self.attributes[attribute.name] = (f'"{self.text[start:end]}"', (start, end))
            self.position = end
            return
        what = {ir.StringAttr: "a string", ir.IntegerAttr: "an integer"}.get(attribute.kind, "an attribute")
        found = scan.attribute_end(self.text, start, attribute.typed)
        text = self.text[start:found] if found else ""
        fits = {
            ir.StringAttr: text.startswith('"'),
            ir.IntegerAttr: re.match(r"-?\d|true\b|false\b", text) is not None,
        }
        if found is None or not fits.get(attribute.kind, True):
            self._expected(f"{what} as '{attribute.name}'")
        self.attributes[attribute.name] = ("", (start, found))
        self.position = found

    def _list(self, item_end, is_variadic: bool, what: str) -> list[Span]:
        self._skip()
        if is_variadic and item_end(self.text, self.position) is None:
            return []
        found = [(self.position, self._end(item_end, what))]
        while is_variadic and self._at_literal(","):
            self.position += 1
            self._skip()
            found.append((self.position, self._end(item_end, what)))
        return found

    def _end(self, end_of, what: str) -> int:
        end = end_of(self.text, self.position)
        if end is None:
            self._expected(what)
        self.position = end
        return end

    def _skip(self) -> None:
        self.position = scan.blank_end(self.text, self.position)

    def _expected(self, what: str) -> NoReturn:
        """Points at what stands there instead: just behind what was read, if that is where the line ends."""
        read_end = len(self.text[: self.position].rstrip())
        if "\n" in self.text[read_end : self.position] or self.position == len(self.text):
            self.parser.refuse(read_end, f"'{self.name}' expected {what}")
        token = re.match(rf"{scan.STRING}|[%^@#!]?[\w$.]+(?:#\d+)?|->|.", self.text[self.position :])
        self.parser.refuse(self.position, f"'{self.name}' expected {what}, not '{token[0] if token else ''}'")

    # -- writing --

    def _write(self) -> None:
        add, form = self.source.add, self.form
        add(f'"{self.name}"(', self.start, False)
        operands = form.of_kind("operands")
        self._join([span for field in operands for span in self.values.get(field.name, [])])
        add(")", self.position, False)
        self._write_attributes()
        add(" : (", self.position, False)
        counts = {field.name: len(self.values.get(field.name, [])) for field in operands}
        self._write_types(operands, counts)
        add(") -> (", self.position, False)
        results = form.of_kind("results")
        self._write_types(results, {field.name: self._count(field) for field in results})
        add(")", self.position, False)

    def _count(self, field: Field) -> int:
        return 1 if field.variadicity == "single" else len(self.types.get(field.name, []))

    def _join(self, spans: list[Span]) -> None:
        for place, (start, end) in enumerate(spans):
            if place:
                self.source.add(", ", start, False)
            self.parser.copy(start, end)

    def _write_attributes(self) -> None:
        add = self.source.add
        entries: list[tuple[str, str, Span]] = [(name, *value) for name, value in self.attributes.items()]
        for kind in self.form.segments:
            sizes = [self._size(field) for field in self.form.of_kind(kind)]
            text = f"array<i32: {', '.join(map(str, sizes))}>"
            entries.append((SEGMENTS[kind], text, (self.start, self.start)))
        if not entries and self.dictionary is None:
            return
        add(" {", self.position, False)
        for place, (name, text, (start, end)) in enumerate(entries):
            add(f"{', ' if place else ''}{name} = ", start, False)
            if text:
                add(text, start, False)
            else:
                self.parser.copy(start, end)
        if self.dictionary is not None:
            start, end = self.dictionary
            if entries and scan.blank_end(self.text, start + 1) < end - 1:
                add(", ", start, False)
            self.parser.copy(start + 1, end - 1)
        add("}", self.position, False)

    def _size(self, field: Field) -> int:
        return len(self.values.get(field.name, [])) if field.kind == "operands" else self._count(field)

    def _write_types(self, fields: list[Field], counts: dict[str, int]) -> None:
        """The types of operands or of results: as spelled, or as they follow from the definition."""
        is_first = True
        for field in fields:
            spelled = self.form.spelled_type(field)
            spans = self.types.get(spelled, []) if spelled else []
            if field.name in self.types and len(spans) != counts[field.name]:
                self._refuse_count(field, counts[field.name], len(spans))
            for place in range(counts[field.name]):
                if not is_first:
                    self.source.add(", ", self.position, False)
                is_first = False
                if spans:
                    self.parser.copy(*spans[min(place, len(spans) - 1)])
                else:
                    self.source.add(field.only_type or "none", self.position, False)

    def _refuse_count(self, field: Field, values: int, types: int) -> NoReturn:
        start = self.types[field.name][0][0] if self.types[field.name] else self.position
        self.parser.refuse(start, f"'{self.name}' has {types} types for {values} of '{field.name}'")
