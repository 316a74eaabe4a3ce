"""The kernels that a package of an operator holds: one for each variant of the operator's kernel."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dovetail.target.contract import Absent, Form, Layout, Operator, Product, Tensor
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

    dtype: of its matrices, but for those of `dtypes`. arguments: for each matrix that it may have, the argument that it
    is. form_absent: those of them that its form has not. following: matrices that are transposed where others are.
    """

    form: Form
    dtype: str
    dtypes: Mapping[str, str]
    arguments: Mapping[str, str]
    form_absent: tuple[str, ...]
    choices: tuple[Choice, ...]
    taken: tuple[bool, ...]
    tile: tuple[int, int, int]
    following: Mapping[str, str] = field(default_factory=dict)

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
        chosen = self._taken(is_layout=True)
        return (*chosen, *self.follow(chosen))

    def follow(self, transposed: Sequence[str]) -> tuple[str, ...]:
        """Matrices that are transposed where these are."""
        return tuple(matrix for matrix, other in self.following.items() if other in transposed)

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
    typed = operator.product(family).typed  # whose types say whether they are there
    for matrix, argument in operator.kernel.arguments.items():
        rule = rules.get(argument)
        if isinstance(rule, Tensor) and {Layout.CONTIGUOUS, Layout.TRANSPOSED} <= set(rule.layouts):
            found.append(Choice(argument, matrix, is_layout=True))
        optional = not operator.parameter(argument).required and not isinstance(rule, Absent)
        if optional and argument not in typed:
            found.append(Choice(argument, matrix, is_layout=False))
    return tuple(found)


def types(operator: Operator, family: str) -> tuple[str, ...]:
    """The types that there are kernels for, of the argument that gives a kernel its type."""
    return tuple(dict.fromkeys(form.types[operator.kernel.type_of] for form in operator.product(family).forms))


def variants(operator: Operator, family: str, of: Sequence[str] | None = None) -> tuple[Variant, ...]:
    """All variants for a family, or those of some types."""
    kernel = operator.kernel
    offered = choices(operator, family)
    rules, typed = operator.product(family).rules, operator.product(family).typed
    made = []
    for form in operator.product(family).forms:
        if of is not None and form.types[kernel.type_of] not in of:
            continue
        arguments = kernel.arguments_in(form)
        dtypes = {
            matrix: TYPES[form.types[argument]].dtype
            for matrix, argument in arguments.items()
            if argument in form.types and argument != kernel.type_of
        }
        without = {argument for argument in arguments.values() if isinstance(rules.get(argument), Absent)}
        without |= {*form.absent, *(argument for argument in typed if argument not in form.types)}
        without -= {argument for argument in without if operator.parameter(argument).required}
        absent = tuple(matrix for matrix, argument in arguments.items() if argument in without)
        ways = [
            (True,) if choice.matrix in absent or choice.argument in form.transposed else (False, True)
            for choice in offered
        ]
        dtype = TYPES[form.types[kernel.type_of]].dtype
        following = _following(operator.product(family), form, arguments)
        made += [
            Variant(form, dtype, dtypes, arguments, absent, offered, taken, tile, following)
            for taken in itertools.product(*ways)
            for tile in form.tiles or kernel.tiles
        ]
    return tuple(made)


def _following(product: Product, form: Form, arguments: Mapping[str, str]) -> dict[str, str]:
    """Matrices whose layout is that of another in calls of a form."""
    matrices = {argument: matrix for matrix, argument in arguments.items()}
    rules = [
        (argument, rule) for case in product.told if case.name == form.case for argument, rule in case.rules.items()
    ]
    return {
        matrices[argument]: matrices[rule.same_layout_as]
        for argument, rule in rules
        if isinstance(rule, Tensor) and rule.same_layout_as
    }
