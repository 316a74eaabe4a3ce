"""Comparison of a kernel's outputs with what the oracle expects.

An element may differ from the exact result by one unit in the last place of the output's type, and by
k * 2^-24 * sum|a||b| for the rounding of a sum of k products in float32. The root of the mean square error may be 1.1
times that of the reference in float32, rounded once. Where every exact result is a number of the output's type, and
with small integers, bits are compared.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy

from dovetail.runtime.oracle import Expected
from dovetail.runtime.placement import PAIRED, POISON
from dovetail.runtime.signature import Signature, widened

RMS_FACTOR = 1.1


@dataclass
class Comparison:
    """How one output, over all ranks, compares with the oracle."""

    output: str
    elements: int = 0
    largest_error: float = 0.0
    largest_share: float = 0.0  # of the allowed error, where one is allowed
    exact: bool = True  # all of it had to be equal
    unwritten: int = 0  # wrong elements that still hold the poison of a fresh output
    wrong: int = 0  # elements beyond what is allowed
    first_wrong: str = ""
    squares: float = 0.0  # sum of the squares of the errors, and of those of the reference in float32
    expected_squares: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.wrong and self.squares <= RMS_FACTOR**2 * self.expected_squares

    @property
    def fault(self) -> str:
        """What is wrong, in a few words; empty if nothing is."""
        if self.unwritten:
            return f"{self.unwritten} of {self.elements} elements were never written; first: {self.first_wrong}"
        if self.wrong:
            return f"{self.wrong} of {self.elements} elements are wrong; first: {self.first_wrong}"
        if not self.passed:
            factor = math.sqrt(self.squares / self.expected_squares) if self.expected_squares else math.inf
            return f"root mean square error is {factor:.3f} times that of float32; allowed is {RMS_FACTOR}"
        return ""


def compare(
    signature: Signature, expectations: Iterable[Expected], outputs: Sequence[Mapping[str, numpy.ndarray]]
) -> list[Comparison]:
    """Compares the outputs of each rank with the oracle's expectations, and passes over those of absent outputs."""
    results = {each.name: Comparison(each.name) for each in signature.outputs}
    for expected in expectations:
        if expected.output in results:
            for rank in expected.ranks:
                _add(results[expected.output], expected, rank, outputs[rank][expected.output])
    return list(results.values())


def _add(result: Comparison, expected: Expected, rank: int, matrix: numpy.ndarray) -> None:
    given = numpy.ascontiguousarray(expected.rows.of(matrix))
    result.elements += given.size
    if expected.allowed is None:
        right = _bits(given) == _bits(expected.rounded)
        if right.all():
            return
    error = numpy.abs(widened(given, numpy.float64) - expected.exact)
    if expected.allowed is not None:
        right = error <= expected.allowed
        result.exact = False
        result.squares += float(numpy.sum(numpy.square(error)))
        result.expected_squares += expected.squares
        result.largest_share = max(result.largest_share, float(numpy.max(error / expected.allowed)))
    largest = float(numpy.max(error))
    result.largest_error = max(result.largest_error, math.inf if math.isnan(largest) else largest)
    if right.all():
        return
    wrong = ~right
    if not result.wrong:
        row, column = numpy.argwhere(wrong)[0]
        result.first_wrong = (
            f"rank {rank}, row {expected.rows.row(int(row))}, column {column}: {given[row, column]} "
            f"instead of {expected.exact[row, column]:.8g}"
        )
    result.wrong += int(wrong.sum())
    result.unwritten += int((_bits(given[wrong]) == _poison(given.dtype)).sum())


def _bits(matrix: numpy.ndarray) -> numpy.ndarray:
    return numpy.ascontiguousarray(matrix).view(f"u{matrix.dtype.itemsize}")


def _poison(dtype: numpy.dtype) -> int:
    poison = POISON & 15 if dtype in PAIRED else POISON
    return int.from_bytes(bytes([poison]) * dtype.itemsize, "little")
