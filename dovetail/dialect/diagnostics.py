"""Diagnostics as plain values: where in a source, how severe, what; the form every room of the compiler reports in."""

import linecache
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dovetail.dialect.bindings import ir

_SEVERITIES = {
    ir.DiagnosticSeverity.ERROR: "error",
    ir.DiagnosticSeverity.WARNING: "warning",
    ir.DiagnosticSeverity.NOTE: "note",
    ir.DiagnosticSeverity.REMARK: "remark",
}


@dataclass(frozen=True)
class Diagnostic:
    """A message at a place in a source. Lines and columns count from one; line zero means that the place is unknown."""

    message: str
    severity: str = "error"
    file: str = ""
    line: int = 0
    column: int = 0
    notes: tuple["Diagnostic", ...] = ()

    @classmethod
    def at(cls, location: ir.Location, message: str, severity: str = "error") -> "Diagnostic":
        place = file_location(location)
        if place is None:
            return cls(message, severity)
        return cls(message, severity, place.filename, place.start_line, place.start_col)

    @classmethod
    def copy(cls, reported) -> "Diagnostic":
        """The value of a diagnostic of MLIR, whose object lives no longer than its handler.

        MLIR's note that shows the operation in generic form is left out: the place says which operation it is.
        """
        location = ir.Location.from_attr(reported.location.attr, reported.location.context)  # now of its own class
        made = cls.at(location, reported.message, _SEVERITIES[reported.severity])
        notes = (note for note in reported.notes if not note.message.startswith("see current operation:"))
        return replace(made, notes=tuple(cls.copy(note) for note in notes))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else ""
        return f"{place}{self.severity}: {self.message}"

    def show(self) -> str:
        """The message, the line of source with a caret below its column if the file can be read, and the notes."""
        # linecache would look for a file that is not there among Python's modules.
        readable = self.line and os.path.isfile(self.file)
        text = linecache.getline(self.file, self.line).rstrip("\n") if readable else ""
        lines = [str(self)]
        if text and 1 <= self.column <= len(text) + 1:
            indent = "".join("\t" if character == "\t" else " " for character in text[: self.column - 1])
            lines += [text, indent + "^"]
        return "\n".join(lines + [note.show() for note in self.notes])


class DiagnosedError(Exception):
    """What diagnostics explain; its text shows them all."""

    def __init__(self, *diagnostics: Diagnostic):
        super().__init__(*diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return "\n".join(diagnostic.show() for diagnostic in self.diagnostics)


def file_location(location: ir.Location) -> ir.FileLineColLoc | None:
    """The place in a file behind a location: a name's child, a call's callee, the first of a fusion that has one."""
    if isinstance(location, ir.FileLineColLoc):
        return location
    if isinstance(location, ir.NameLoc):
        return file_location(location.child_loc)
    if isinstance(location, ir.CallSiteLoc):
        return file_location(location.callee)
    if isinstance(location, ir.FusedLoc):
        return next(filter(None, map(file_location, location.locations)), None)
    return None


@contextmanager
def collected(context: ir.Context) -> Iterator[list[Diagnostic]]:
    """Collects what is reported inside, in order: both what handlers see and what comes as an MLIRError.

    An MLIRError passes on as it is after its diagnostics have been added to the list.
    """
    found: list[Diagnostic] = []

    def handle(reported) -> bool:
        found.append(Diagnostic.copy(reported))
        return True

    handler = context.attach_diagnostic_handler(handle)
    try:
        yield found
    except ir.MLIRError as error:
        found += [Diagnostic.copy(reported) for reported in error.error_diagnostics]
        raise
    finally:
        handler.detach()
