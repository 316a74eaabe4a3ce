"""Numbers that a core reads from counters, known only while the kernel runs.

What each core of a launch does follows from its sizes, but for the values of counters. These stay symbols here: sums
with them, comparisons of such sums with zero, and how many of these comparisons hold. That is all that a kernel may do
with them, so that a loop that polls can be told from what it computes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

MODULUS = 1 << 32


class Memory(NamedTuple):
    """A memory: the window of a rank, a matrix of a rank, or the UB, L1, ... of a core."""

    name: str
    owner: object  # a rank, or a Core

    def __str__(self) -> str:
        return f"{self.name} of {self.owner if not isinstance(self.owner, int) else f'rank {self.owner}'}"


class Counter(NamedTuple):
    """Four bytes of a memory, by the first of them."""

    memory: Memory
    byte: int


@dataclass(eq=False)
class Shown:
    """What a counter showed to one reading of it. Each reading is a symbol of its own."""

    counter: Counter


@dataclass(frozen=True)
class Word:
    """A number of 32 bits: a constant and multiples of what counters showed."""

    constant: int
    terms: tuple[tuple[Shown, int], ...] = ()

    @classmethod
    def of(cls, number: "int | Word") -> "Word":
        return number if isinstance(number, Word) else cls(number % MODULUS)

    def plus(self, other: "int | Word", factor: int = 1) -> "Word":
        right = Word.of(other)
        factors = dict(self.terms)
        for shown, times in right.terms:
            factors[shown] = factors.get(shown, 0) + factor * times
        terms = tuple((shown, times) for shown, times in factors.items() if times)
        return Word((self.constant + factor * right.constant) % MODULUS, terms)

    def minus(self, other: "int | Word") -> "Word":
        return self.plus(other, -1)

    def value(self, showed: Mapping[Shown, int]) -> int:
        """The number, once it is known what the counters showed."""
        return (self.constant + sum(times * showed[shown] for shown, times in self.terms)) % MODULUS


def difference(left: int, right: int) -> int:
    """left - right, by signed difference: how far a counter is ahead of a target."""
    ahead = (left - right) % MODULUS
    return ahead - MODULUS if ahead >= MODULUS // 2 else ahead


@dataclass(frozen=True)
class Late:
    """Whether a word is negative: a counter is behind its target."""

    word: Word


@dataclass(frozen=True)
class Tally:
    """A number, and one more for each condition that holds."""

    constant: int
    late: tuple[Late, ...] = ()


@dataclass(frozen=True)
class AnyLate:
    """Whether any of the conditions holds."""

    late: tuple[Late, ...]


class Unknown(Exception):
    """What is computed from counters is none of the forms above."""


def add(left, right):
    if isinstance(left, Word) or isinstance(right, Word):
        return Word.of(left).plus(right)
    if isinstance(left, Tally) and isinstance(right, int):
        return Tally(left.constant + right, left.late)
    if isinstance(right, Tally) and isinstance(left, int):
        return Tally(right.constant + left, right.late)
    raise Unknown


def subtract(left, right):
    if isinstance(left, (int, Word)) and isinstance(right, (int, Word)):
        return Word.of(left).minus(right)
    raise Unknown


def compare(left, predicate: int, right):
    """`predicate` as in arith.cmpi: 2 is less than, 4 is greater than."""
    if isinstance(left, Word) and predicate == 2 and right == 0:
        return Late(left)
    if isinstance(left, Tally) and predicate == 4 and left.constant == right:
        return AnyLate(left.late)
    raise Unknown


def select(condition, true, false):
    more, fewer = (Tally(each) if isinstance(each, int) else each for each in (true, false))
    if isinstance(fewer, Tally) and more == Tally(fewer.constant + 1, fewer.late):
        return Tally(fewer.constant, (*fewer.late, condition))
    raise Unknown
