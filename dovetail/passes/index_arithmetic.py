"""What the operations of index arithmetic make of numbers."""

import operator
from collections.abc import Callable


def quotient(left: int, right: int) -> int:
    """Rounded towards zero, as arith.divsi does."""
    return abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)


OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "arith.addi": operator.add,
    "arith.subi": operator.sub,
    "arith.muli": operator.mul,
    "arith.divsi": quotient,
    "arith.remsi": lambda left, right: left - right * quotient(left, right),
    "arith.minsi": min,
    "arith.maxsi": max,
    "arith.andi": operator.and_,
    "arith.ori": operator.or_,
}

# By the number of the predicate: ==, !=, <, <=, >, >=, all signed.
COMPARISONS: tuple[Callable[[int, int], bool], ...] = (
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
)
