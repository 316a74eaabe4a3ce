"""Extents of tensors, in symbols: `m`, `2`, `ranks * m`, `ceil(k / 64)`."""

import re
from dataclasses import dataclass

CEIL = re.compile(r"ceil\((\w+) / (\d+)\)")


def factors(text: str) -> list[tuple[str, int]]:
    """The factors of a size, each a name or a number and what it is divided by, rounded up: of `2 * ceil(k / 64)`,
    ("2", 1) and ("k", 64)."""
    parts = [part.strip() for part in text.split("*")]
    return [(found[1], int(found[2])) if (found := CEIL.fullmatch(part)) else (part, 1) for part in parts]


@dataclass(frozen=True)
class Extent:
    """A product of factors, which are sizes by name or numbers, divided by `divisor` and rounded up."""

    factors: tuple[str, ...]
    divisor: int = 1

    @classmethod
    def parse(cls, text: str) -> "Extent":
        text = text.strip()
        divided = CEIL.fullmatch(text)
        if divided:
            return cls((divided[1],), int(divided[2]))
        return cls(tuple(factor.strip() for factor in text.split("*")))

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names among the factors."""
        return tuple(factor for factor in self.factors if not factor.isdecimal())

    def __str__(self) -> str:
        text = " * ".join(self.factors)
        return text if self.divisor == 1 else f"ceil({text} / {self.divisor})"
