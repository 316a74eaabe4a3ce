"""A text, a text made from it, and where in the first each part of the second comes from."""

import re
from bisect import bisect_right
from collections.abc import Callable

Span = tuple[int, int]
Locate = Callable[[int, int], tuple[int, int]]


class Source:
    """The text of a file, and the text that is being made from it, stretch by stretch."""

    def __init__(self, text: str, filename: str):
        self.text, self.filename = text, filename
        self.made: list[str] = []
        self.length = 0
        self.starts: list[int] = []  # of stretches in the made text
        self.origins: list[tuple[int, bool]] = []  # start in the source, and whether it is a copy from there on

    def add(self, text: str, origin: int, is_copy: bool) -> None:
        """Appends to the made text what comes from `origin` in the source: a copy, or text that stands for it."""
        self.starts.append(self.length)
        self.origins.append((origin, is_copy))
        self.made.append(text)
        self.length += len(text)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset in the source."""
        line_start = self.text.rfind("\n", 0, offset) + 1
        return self.text.count("\n", 0, offset) + 1, offset - line_start + 1

    def locator(self) -> Locate:
        """A function from line and column (in bytes) of the made text to line and column of the source.

        Line zero stands for an unknown place.
        """
        made = "".join(self.made)
        lines = [0, *(match.end() for match in re.finditer("\n", made))]
        source_lines = [0, *(match.end() for match in re.finditer("\n", self.text))]
        is_ascii = made.isascii()

        def locate(line: int, column: int) -> tuple[int, int]:
            if not 1 <= line <= len(lines):
                return 0, 0
            start = lines[line - 1]
            if not is_ascii:
                end = lines[line] if line < len(lines) else len(made)
                column = len(made[start:end].encode()[: column - 1].decode(errors="ignore")) + 1
            offset = start + column - 1
            stretch = bisect_right(self.starts, offset) - 1
            origin, is_copy = self.origins[stretch]
            if is_copy:
                origin += offset - self.starts[stretch]
            source_line = bisect_right(source_lines, origin)
            return source_line, origin - source_lines[source_line - 1] + 1

        return locate
