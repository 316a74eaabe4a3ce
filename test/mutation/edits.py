"""Mutants by edited source: protocol calls and their arguments, and a sample of the synchronising calls.

All edits of a kernel are in one text, which is compiled once: each is switched on by its number in a variable of the
object.
"""

import ctypes
import re
from dataclasses import dataclass

from mutants import calls

SWITCH = "mutant"


@dataclass(frozen=True)
class Edit:
    """`text`, which begins in line `line`, becomes something else while the switch has `number`."""

    number: int
    line: int
    text: str
    kind: str
    becomes: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text} -> {self.becomes}"


@dataclass
class EditedSource:
    """A device source with all its edits in it."""

    text: str
    edits: list[Edit]

    @staticmethod
    def switch(library: ctypes.CDLL) -> ctypes.c_int:
        """Of a loaded object: 0 is the original."""
        return ctypes.c_int.in_dll(library, SWITCH)


def edited(source: str, sample: int = 7) -> EditedSource:
    """With every edit of a protocol call, and every `sample`-th removed synchronising call."""
    editor = _Editor(source)
    for found in re.finditer(r"^( *)WriteCounter\(", source, re.M):
        name = "release" if "RELEASES" in editor.statement(found.end()) else "arrival"
        name = "end of the launch" if "finishedWord" in editor.statement(found.end()) else name
        editor.guard(found.end(1), f"{name} removed")
        editor.argument(found.end(), -1, f"{name} too large", "({}) + {}")
        editor.argument(found.end(), -1, f"{name} too small", "({}) - {}")
    for found in re.finditer(r"^( *)AwaitCounters\(", source, re.M):
        name = "arrival" if "ARRIVALS" in editor.statement(found.end()) else "release"
        name = "end of the launch" if "finishedWord" in editor.statement(found.end()) else name
        editor.guard(found.end(1), f"wait for {name} removed")
        editor.argument(found.end(), -1, f"wait for {name} too long", "({}) + {}")
        editor.argument(found.end(), -1, f"wait for {name} too short", "({}) - {}")
        editor.argument(found.end(), -2, f"wait for {name} of one less", "({}) - {}")
    for found in re.finditer(r"^ *const int64_t ahead = (.*);$", source, re.M):
        editor.replace(found.start(1), found.end(1), "too far ahead", "({}) + {}")
    for found in re.finditer(r"\btiling\.slots\b", source):
        editor.replace(found.start(), found.end(), "slot too many", "({} + {})")
    for found in re.finditer(r"^ *const int64_t \w+ = \w+\+\+ % (\d+);$", source, re.M):
        editor.replace(found.start(1), found.end(1), "slot too many", "({} + {})")
        editor.replace(found.start(1), found.end(1), "slot too few", "({} - {})")
    for found in re.finditer(r"^ *const uint32_t base = (.*);$", source, re.M):
        editor.replace(found.start(1), found.end(1), "stale base", "{} * (1 - {})")
    starts = [0, *(match.end() for match in re.finditer("\n", source))]
    for call in calls(source)[::sample]:
        line = source[starts[call.line - 1] :]
        editor.guard(starts[call.line - 1] + len(line) - len(line.lstrip(" ")), "removed")
    return editor.made()


class _Editor:
    def __init__(self, source: str):
        self._source = source
        self._insertions: dict[int, list[str]] = {}  # by place in the source
        self._replacements: dict[tuple[int, int], list[tuple[str, int]]] = {}
        self._edits: list[Edit] = []

    def statement(self, place: int) -> str:
        return self._source[place : self._source.index(";", place)]

    def guard(self, place: int, kind: str) -> None:
        """The statement at `place` is left out."""
        number = self._add(place, self.statement(place), kind, "nothing")
        self._insertions.setdefault(place, []).append(f"if ({SWITCH} != {number}) ")

    def argument(self, place: int, which: int, kind: str, form: str) -> None:
        """An argument of the call whose parenthesis opens before `place` is another."""
        begin, end = self._arguments(place)[which]
        self.replace(begin, end, kind, form)

    def replace(self, begin: int, end: int, kind: str, form: str) -> None:
        """`form` takes the original and a number that is 1 while the edit is on, and else 0."""
        original = self._source[begin:end]
        number = self._add(begin, original, kind, form.format(original, 1))
        self._replacements.setdefault((begin, end), []).append((form, number))

    def made(self) -> EditedSource:
        text = self._source
        changes = [(begin, end, forms) for (begin, end), forms in self._replacements.items()]
        changes += [(place, place, guards) for place, guards in self._insertions.items()]
        for begin, end, parts in sorted(changes, key=lambda change: (change[0], change[1]), reverse=True):
            middle = text[begin:end]
            for part in parts:
                if isinstance(part, str):
                    middle = part + middle
                else:
                    form, number = part
                    middle = form.format(middle, f"({SWITCH} == {number})")
            text = text[:begin] + middle + text[end:]
        declaration = f'extern "C" {{ int {SWITCH}; }} '
        place = text.index("constexpr ")
        return EditedSource(text[:place] + declaration + text[place:], self._edits)

    def _add(self, place: int, text: str, kind: str, becomes: str) -> int:
        line = self._source.count("\n", 0, place) + 1
        number = len(self._edits) + 1
        self._edits.append(Edit(number, line, " ".join(text.split()), kind, " ".join(becomes.split())))
        return number

    def _arguments(self, place: int) -> list[tuple[int, int]]:
        found, depth, begin = [], 0, place
        for at in range(place, len(self._source)):
            letter = self._source[at]
            depth += letter in "([{"
            if letter in ")]}" and depth == 0:
                return [*found, self._trimmed(begin, at)]
            depth -= letter in ")]}"
            if letter == "," and depth == 0:
                found.append(self._trimmed(begin, at))
                begin = at + 1
        raise ValueError("a call does not end")

    def _trimmed(self, begin: int, end: int) -> tuple[int, int]:
        text = self._source[begin:end]
        return begin + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip()))
