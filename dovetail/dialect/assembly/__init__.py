"""The assembly of our dialects: MLIR's text, with our operations in the formats that their classes declare."""

from dovetail.dialect.assembly.parser import ParseError, generic, parse
from dovetail.dialect.assembly.printer import pretty, print

__all__ = ["ParseError", "generic", "parse", "pretty", "print"]
