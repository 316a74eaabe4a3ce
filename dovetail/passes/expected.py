"""Diagnostics that a test expects, written as comments beside what causes them.

    // expected-error @+1 {{contraction mismatch}}
    // expected-note @below {{first read here}}
    // expected-error @unknown {{no place in the source}}

The text in braces is a part of the message; with `-re` it is literal text with regular expressions in inner braces.
"""

import re
from dataclasses import dataclass

from dovetail.dialect.diagnostics import Diagnostic

_EXPECTED = re.compile(
    r"expected-(?P<severity>error|warning|remark|note)(?P<is_pattern>-re)?\s*"
    r"(?:@(?P<place>[+-]\d+|\d+|above|below|unknown))?\s*\{\{(?P<text>.*)\}\}\s*$"
)


@dataclass
class _Expectation:
    severity: str
    text: str
    is_pattern: bool
    line: int  # of the diagnostic; zero for an unknown place
    written: tuple[int, int]

    def matches(self, diagnostic: Diagnostic) -> bool:
        if (diagnostic.severity, diagnostic.line) != (self.severity, self.line):
            return False
        if not self.is_pattern:
            return self.text in diagnostic.message
        parts = re.split(r"\{\{(.*?)\}\}", self.text)
        pattern = "".join(part if place % 2 else re.escape(part) for place, part in enumerate(parts))
        return re.search(pattern, diagnostic.message) is not None


def check(text: str, file: str, diagnostics: list[Diagnostic], first_line: int = 1) -> list[Diagnostic]:
    """Compares diagnostics with those that a text expects; gives an error for each that is amiss or missing.

    `first_line` is the number of the text's first line in the file.
    """
    open_expectations = _expectations(text, first_line)
    wrong = []
    for diagnostic in diagnostics:
        for one in (diagnostic, *diagnostic.notes):
            found = next((expectation for expectation in open_expectations if expectation.matches(one)), None)
            if found is not None:
                open_expectations.remove(found)
            else:
                wrong.append(
                    Diagnostic(f"unexpected {one.severity}: {one.message}", "error", one.file, one.line, one.column)
                )
    for expectation in open_expectations:
        message = f'expected {expectation.severity} "{expectation.text}" was not produced'
        wrong.append(Diagnostic(message, "error", file, *expectation.written))
    return wrong


def _expectations(text: str, first_line: int) -> list[_Expectation]:
    lines = text.split("\n")
    found = []
    for number, line in enumerate(lines):
        for match in _EXPECTED.finditer(line):
            target = _target(lines, number, match["place"])
            found.append(
                _Expectation(
                    match["severity"],
                    match["text"],
                    match["is_pattern"] is not None,
                    target + first_line if target is not None else 0,
                    (number + first_line, match.start() + 1),
                )
            )
    return found


def _target(lines: list[str], number: int, place: str | None) -> int | None:
    """The index of the line that an expectation on line `number` speaks of."""
    if place is None:
        return number
    if place == "unknown":
        return None
    if place in ("above", "below"):  # the nearest line that has no expectation itself
        step = 1 if place == "below" else -1
        number += step
        while 0 <= number < len(lines) and _EXPECTED.search(lines[number]):
            number += step
        return number
    return number + int(place) if place[0] in "+-" else int(place) - 1
