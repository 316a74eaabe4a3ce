"""The words in which an operator's contract is written: what callers pass, what is allowed, what it makes of it.

A contract is data. The C header, the checks of the entry points and the reference page are made from it, so that a rule
stands in one place. `operators` holds the contracts.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from dovetail.target.extents import Extent


class Kind(Enum):
    """What a parameter of an entry point is."""

    INPUT = "input tensor"
    OUTPUT = "output tensor"
    INTEGER = "integer"
    TEXT = "text"
    WORKSPACE_SIZE = "workspace size"
    EXECUTOR = "executor"


@dataclass(frozen=True)
class Parameter:
    """A parameter of the first stage. A null pointer in place of a `required` one is an error of its own code."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False

    @property
    def is_tensor(self) -> bool:
        return self.kind in (Kind.INPUT, Kind.OUTPUT)


# What every first stage ends with.
_LAST = (
    Parameter("workspaceSize", Kind.WORKSPACE_SIZE, "receives the bytes of device memory that stage 2 wants", True),
    Parameter("executor", Kind.EXECUTOR, "receives what stage 2 launches", True),
)


class Layout(Enum):
    """How the elements of a tensor lie in memory. Strides of dimensions of size 1 do not matter."""

    CONTIGUOUS = "contiguous"
    TRANSPOSED = "transposed"  # of two dimensions: column after column, strides {1, rows}


# -- rules --


@dataclass(frozen=True)
class Tensor:
    """What a tensor must be where it is given; what is left empty is not asked.

    types: one of these. same_type_as: the type of that argument. shapes: one of these, each a list of extents.
    layouts: one of these; in the rules of a product, nothing means contiguous. Cases may leave only transposed ones.
    needed: must be given, though the parameter as such is optional.
    empty_is_absent: a tensor without elements says the same as a null pointer.
    """

    types: tuple[str, ...] = ()
    same_type_as: str = ""
    shapes: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    needed: bool = False
    empty_is_absent: bool = False

    @property
    def extents(self) -> list[list[Extent]]:
        """The shapes, read."""
        return [[Extent.parse(each) for each in shape.split(",")] for shape in self.shapes]


@dataclass(frozen=True)
class Absent:
    """A tensor that must be a null pointer or, with `or_empty`, a tensor without elements."""

    or_empty: bool = False


@dataclass(frozen=True)
class Integer:
    """An integer that must be one of these."""

    allowed: tuple[int, ...]


@dataclass(frozen=True)
class Text:
    """A text that must be one of these."""

    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """A text that must name a communicator of so many ranks, whose windows have at least so many MiB."""

    ranks: tuple[int, ...]
    window: int = 0


Rule = Tensor | Absent | Integer | Text | Group


@dataclass(frozen=True)
class Size:
    """What a size that shapes share must be: from `least`, below `below`, a multiple."""

    least: int = 0
    below: int | None = None
    multiple: int = 1


# -- contracts --


@dataclass(frozen=True)
class Case:
    """What calls whose arguments have these types must keep beside the rules of their product.

    A call may be of several cases. `name` is an identifier.
    """

    name: str
    meaning: str
    types: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, Rule] = field(default_factory=dict)
    sizes: Mapping[str, Size] = field(default_factory=dict)


@dataclass(frozen=True)
class Product:
    """What is allowed on the machines of some families.

    forms: the types that a package for them holds kernels for.
    """

    name: str
    families: tuple[str, ...]
    rules: Mapping[str, Rule]
    sizes: Mapping[str, Size]
    cases: tuple[Case, ...]
    forms: tuple["Form", ...]

    @property
    def typed(self) -> tuple[str, ...]:
        """The arguments whose types tell forms apart."""
        return tuple(dict.fromkeys(argument for form in self.forms for argument in form.types))


@dataclass(frozen=True)
class Form:
    """Types that a kernel is compiled for: of each argument whose type tells forms apart, where it is there.

    name: an identifier. absent: arguments that calls of this form have not. tiles: in place of those of the kernel.
    matrices: which matrix of the kernel an argument is, where it is another one than usual. transposed: arguments that
    are transposed in all calls of this form.
    """

    name: str
    types: Mapping[str, str]
    absent: tuple[str, ...] = ()
    tiles: tuple[tuple[int, int, int], ...] = ()
    matrices: Mapping[str, str] = field(default_factory=dict)
    transposed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kernel:
    """The kernel behind an operator.

    arguments: for each matrix of the kernel, the argument that it is. type_of: the argument whose type is that of all
    matrices of which a form says nothing. rows, columns: the sizes that tiles divide, rows those of each rank. tiles:
    rows, columns and depth of those that a package holds kernels for. chunk: the most rows that travel at a time.
    """

    name: str
    arguments: Mapping[str, str]
    type_of: str
    rows: str
    columns: str
    tiles: tuple[tuple[int, int, int], ...]
    chunk: int = 128

    def arguments_in(self, form: Form) -> dict[str, str]:
        """For each matrix of the kernel that a form may have, the argument that it is."""
        return {form.matrices.get(argument, matrix): argument for matrix, argument in self.arguments.items()}


@dataclass(frozen=True)
class Operator:
    """An operator. `name` is that of its entry points without `aclnn`, `id` what files and commands call it."""

    name: str
    id: str
    meaning: str
    arguments: tuple[Parameter, ...]
    products: tuple[Product, ...]
    kernel: Kernel

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of the first stage."""
        return self.arguments + _LAST

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(family for product in self.products for family in product.families)

    def parameter(self, name: str) -> Parameter:
        return next(each for each in self.parameters if each.name == name)

    def product(self, family: str) -> Product:
        """What is allowed on machines of a family. Raises ValueError with the families there are."""
        for product in self.products:
            if family in product.families:
                return product
        raise ValueError(f"{self.id} has no target {family!r}; it has {', '.join(self.families)}")

    def tensors(self) -> Iterator[Parameter]:
        return (each for each in self.arguments if each.is_tensor)


def tensor_shape(product: Product, argument: str, type: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of the tensor that is passed for a matrix: of one dimension, or of pairs, where a product says so."""
    cases = [case for case in product.cases if argument in case.rules and type in case.types.get(argument, (type,))]
    rules = [product.rules.get(argument), *(case.rules[argument] for case in cases)]
    fitting = [rule for rule in rules if isinstance(rule, Tensor) and (not rule.types or type in rule.types)]
    shapes = [each for rule in fitting for each in rule.extents]
    if shapes and all(len(each) == 1 for each in shapes):
        return (math.prod(shape),)
    if any(len(each) == 3 for each in shapes):
        return (shape[0], shape[1] // 2, 2)
    return shape
