"""Extents of tensors, in symbols: `m`, `2`, `ranks * m`, `ceil(k / 64)`."""

import re
from dataclasses import dataclass

_CEIL = re.compile(r"ceil\((\w+) / (\d+)\)")


@dataclass(frozen=True)
class Extent:
    """A product of factors, which are sizes by name or numbers, divided by `divisor` and rounded up."""

    factors: tuple[str, ...]
    divisor: int = 1

    @classmethod
    def parse(cls, text: str) -> "Extent":
        text = text.strip()
        divided = _CEIL.fullmatch(text)
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
