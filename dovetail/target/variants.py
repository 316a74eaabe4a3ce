"""The kernels that a package of an operator holds: one for each variant of the operator's kernel."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dovetail.target.contract import Absent, Form, Layout, Operator, Tensor
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
    """One kernel: its types, the choices that were taken, its tile.

    dtype: of its matrices, but for those of `dtypes`. absent: matrices that its form has not.
    """

    form: Form
    dtype: str
    dtypes: Mapping[str, str]
    form_absent: tuple[str, ...]
    choices: tuple[Choice, ...]
    taken: tuple[bool, ...]
    tile: tuple[int, int, int]

    @property
    def name(self) -> str:
        stems = [
            choice.stem
            for choice, taken in zip(self.choices, self.taken)
            if taken and choice.matrix not in self.form_absent
        ]
        return "_".join([self.form.name, *stems, "x".join(map(str, self.tile))])

    @property
    def transposed(self) -> tuple[str, ...]:
        """Matrices of the kernel."""
        return self._taken(is_layout=True)

    @property
    def absent(self) -> tuple[str, ...]:
        """Matrices of the kernel."""
        return tuple(dict.fromkeys([*self._taken(is_layout=False), *self.form_absent]))

    def _taken(self, is_layout: bool) -> tuple[str, ...]:
        pairs = zip(self.choices, self.taken)
        return tuple(choice.matrix for choice, taken in pairs if taken and choice.is_layout == is_layout)

    def tile_cost(self, machine: Machine, bits: int) -> int:
        """Thousandths of a cycle that a tile takes for each unit of depth: to multiply, or to load if that is more.

        bits: of an element. The cube core multiplies twice as many elements of half as many bits.
        """
        rows, columns, _ = self.tile
        rates = machine.rates
        multiply = rows * columns / rates.multiply_adds_per_cycle * bits / 16
        load = (rows + columns) * bits / 8 / rates.l2_read
        return round(1000 * max(multiply, load))


def choices(operator: Operator, family: str) -> tuple[Choice, ...]:
    """What the kernels for a family leave to the caller, in the order of the kernel's matrices."""
    rules = operator.product(family).rules
    found = []
    for matrix, argument in operator.kernel.arguments.items():
        rule = rules.get(argument)
        if isinstance(rule, Tensor) and {Layout.CONTIGUOUS, Layout.TRANSPOSED} <= set(rule.layouts):
            found.append(Choice(argument, matrix, is_layout=True))
        typed = argument in operator.kernel.typed  # then its type says whether it is there
        if not operator.parameter(argument).required and not isinstance(rule, Absent) and not typed:
            found.append(Choice(argument, matrix, is_layout=False))
    return tuple(found)


def types(operator: Operator) -> tuple[str, ...]:
    """The types that there are kernels for, of the argument that gives a kernel its type."""
    kernel = operator.kernel
    return tuple(dict.fromkeys(form.types[kernel.type_of] for form in kernel.forms))


def variants(operator: Operator, family: str, of: Sequence[str] | None = None) -> tuple[Variant, ...]:
    """All variants for a family, or those of some types."""
    kernel = operator.kernel
    offered = choices(operator, family)
    made = []
    for form in kernel.forms:
        if of is not None and form.types[kernel.type_of] not in of:
            continue
        dtypes = {
            matrix: TYPES[form.types[argument]].dtype
            for matrix, argument in kernel.arguments.items()
            if argument in form.types and argument != kernel.type_of
        }
        absent = tuple(matrix for matrix, argument in kernel.arguments.items() if argument in form.absent)
        ways = [(True,) if choice.matrix in absent else (False, True) for choice in offered]
        dtype = TYPES[form.types[kernel.type_of]].dtype
        made += [
            Variant(form, dtype, dtypes, absent, offered, taken, tile)
            for taken in itertools.product(*ways)
            for tile in form.tiles or kernel.tiles
        ]
    return tuple(made)
