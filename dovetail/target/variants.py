"""The kernels that a package of an operator holds: one for each variant of the operator's kernel."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from dovetail.target.contract import Absent, Layout, Operator, Tensor
from dovetail.target.element_types import TYPES
from dovetail.target.machine import Machine


@dataclass(frozen=True)
class Choice:
    """What an argument leaves to the caller, and makes a kernel of its own: to be transposed, or not to be there."""

    argument: str
    matrix: str  # of the kernel
    is_layout: bool  # transposed or not; otherwise absent or not

    @property
    def label(self) -> str:
        return f"{self.argument} transposed" if self.is_layout else f"no {self.argument}"

    @property
    def stem(self) -> str:
        return f"{self.matrix}_transposed" if self.is_layout else f"no_{self.matrix}"


@dataclass(frozen=True)
class Variant:
    """One kernel: its type, the choices that were taken, its tile."""

    type: str
    choices: tuple[Choice, ...]
    taken: tuple[bool, ...]
    tile: tuple[int, int, int]

    @property
    def name(self) -> str:
        stems = [choice.stem for choice, taken in zip(self.choices, self.taken) if taken]
        return "_".join([self.dtype, *stems, "x".join(map(str, self.tile))])

    @property
    def dtype(self) -> str:
        return TYPES[self.type].dtype

    @property
    def transposed(self) -> tuple[str, ...]:
        """Matrices of the kernel."""
        return self._taken(is_layout=True)

    @property
    def absent(self) -> tuple[str, ...]:
        """Matrices of the kernel."""
        return self._taken(is_layout=False)

    def _taken(self, is_layout: bool) -> tuple[str, ...]:
        pairs = zip(self.choices, self.taken)
        return tuple(choice.matrix for choice, taken in pairs if taken and choice.is_layout == is_layout)

    def tile_cost(self, machine: Machine) -> int:
        """Thousandths of a cycle that a tile takes for each unit of depth: to multiply, or to load if that is more."""
        rows, columns, _ = self.tile
        rates = machine.rates
        multiply = rows * columns / rates.multiply_adds_per_cycle
        load = (rows + columns) * TYPES[self.type].bits / 8 / rates.l2_read
        return round(1000 * max(multiply, load))


def choices(operator: Operator, family: str) -> tuple[Choice, ...]:
    """What the kernels for a family leave to the caller, in the order of the kernel's matrices."""
    rules = operator.product(family).rules
    found = []
    for matrix, argument in operator.kernel.arguments.items():
        rule = rules.get(argument)
        if isinstance(rule, Tensor) and {Layout.CONTIGUOUS, Layout.TRANSPOSED} <= set(rule.layouts):
            found.append(Choice(argument, matrix, is_layout=True))
        if not operator.parameter(argument).required and not isinstance(rule, Absent):
            found.append(Choice(argument, matrix, is_layout=False))
    return tuple(found)


def types(operator: Operator, family: str) -> tuple[str, ...]:
    """The types that there are kernels for."""
    rule = operator.product(family).rules[operator.kernel.type_of]
    assert isinstance(rule, Tensor)
    return tuple(type for type in rule.types if TYPES[type].dtype)


def variants(operator: Operator, family: str, of: Sequence[str] | None = None) -> tuple[Variant, ...]:
    """All variants for a family, or those of some types."""
    offered = choices(operator, family)
    combinations = list(itertools.product((False, True), repeat=len(offered)))
    return tuple(
        Variant(type, offered, taken, tile)
        for type in (types(operator, family) if of is None else of)
        for taken in combinations
        for tile in operator.kernel.tiles
    )
