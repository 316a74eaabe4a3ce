"""Mistakes in a kernel, shown at the line where they were made."""

import ast
from dataclasses import dataclass

Node = ast.expr | ast.stmt | ast.arg  # what has a place in the source


@dataclass(frozen=True)
class Span:
    """A piece of a kernel's source: lines and columns count characters from 1; the end column is the first outside."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Source:
    """The text of a file, in which the nodes of its syntax tree are found again."""

    file: str
    lines: tuple[str, ...]

    def _column(self, line: int, offset: int) -> int:
        """The syntax tree counts columns in bytes of UTF-8."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="replace")) + 1

    def span(self, node: Node) -> Span:
        first, last = node.lineno, node.end_lineno or node.lineno
        begin, end = node.col_offset, node.end_col_offset or node.col_offset + 1
        return Span(self.file, first, self._column(first, begin), last, self._column(last, end))

    def text(self, node: Node) -> str:
        """What the user wrote, on one line."""
        return ast.unparse(node)

    def error(self, place: Node | Span, message: str, help: str) -> "CompileError":
        span = place if isinstance(place, Span) else self.span(place)
        line = self.lines[span.line - 1] if span.line <= len(self.lines) else ""
        return CompileError(message, help, span, line.rstrip("\n"))


class CompileError(Exception):
    """A kernel that does not compile: what is wrong, where, and what to write instead.

    `str()` of it is the message behind `file:line:column`, the line with the place underlined, and the help.
    """

    def __init__(self, message: str, help: str, span: Span, line: str):
        self.message, self.help, self.span, self.source_line = message, help, span, line
        end = span.end_column if span.end_line == span.line else len(line) + 1
        # Tabs are kept, so that the underline stands where the line puts it.
        indent = "".join("\t" if character == "\t" else " " for character in line[: span.column - 1])
        underline = indent + "^" + "~" * (end - span.column - 1)
        super().__init__(f"{span.file}:{span.line}:{span.column}: error: {message}\n{line}\n{underline}\nhelp: {help}")

    def __reduce__(self):  # so that it passes between processes
        return CompileError, (self.message, self.help, self.span, self.source_line)
