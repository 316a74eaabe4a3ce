"""What the sources of a package for the vendor's toolkit are made of."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from dovetail.target.contract import Absent, Group, Kind, Operator, Parameter, Rule, Tensor
from dovetail.target.extents import Extent
from dovetail.target.variants import Variant


@dataclass(frozen=True)
class KernelFiles:
    """The text of a variant's kernel, as it runs on a CPU, and the types of the arguments that it takes, by name."""

    device: str
    tiling_header: str
    host: str
    types: Mapping[str, str]


@dataclass(frozen=True)
class Attribute:
    """An attribute of the operator's definition. `value` is what the entry points give for it."""

    name: str
    kind: str  # Int, Bool or String
    value: str
    comment: str

    @property
    def enumerator(self) -> str:
        return "k" + "".join(word.capitalize() for word in self.name.split("_"))


@dataclass(frozen=True)
class Project:
    """What the sources of a package are made of.

    kernel: the name of the kernels' entry. matrices: those of the kernel, in the order of its entry. sizes: those of
    its tiling function, in its order. files: of each variant, by name.
    """

    operator: Operator
    family: str
    variants: tuple[Variant, ...]
    kernel: str
    matrices: tuple[str, ...]
    sizes: tuple[str, ...]
    files: Mapping[str, KernelFiles]

    @cached_property
    def tensors(self) -> tuple[Parameter, ...]:
        """The tensors of the operator's definition: those that calls may give. Inputs come first."""
        rules = self.operator.product(self.family).rules
        given = [each for each in self.operator.tensors() if not isinstance(rules.get(each.name), Absent)]
        return tuple(sorted(given, key=lambda each: each.kind is Kind.OUTPUT))

    @cached_property
    def inputs(self) -> tuple[Parameter, ...]:
        return tuple(each for each in self.tensors if each.kind is Kind.INPUT)

    @cached_property
    def outputs(self) -> tuple[Parameter, ...]:
        return tuple(each for each in self.tensors if each.kind is Kind.OUTPUT)

    @cached_property
    def types(self) -> tuple[tuple[str, ...], ...]:
        """The types that go together, in the order of the tensors: each combination of a kernel once."""
        held = [self.files[each.name].types for each in self.variants]
        return tuple(dict.fromkeys(tuple(self._type(each, types) for each in self.tensors) for types in held))

    def _type(self, tensor: Parameter, types: Mapping[str, str]) -> str:
        """The type of a tensor; where the kernel does not take it, one that the contract allows."""
        if tensor.name in types:
            return types[tensor.name]
        rules = list(self._rules(tensor.name))
        as_others = [types[rule.same_type_as] for rule in rules if rule.same_type_as in types]
        return as_others[0] if as_others else next(type for rule in rules for type in rule.types)

    def _rules(self, argument: str) -> Iterator[Tensor]:
        product = self.operator.product(self.family)
        every: list[Mapping[str, Rule]] = [product.rules, *(case.rules for case in product.cases)]
        for rules in every:
            rule = rules.get(argument)
            if isinstance(rule, Tensor):
                yield rule

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """Those of the contract, then what the tiling function has to know beside the types of the tensors."""
        found = [_scalar(each) for each in self.operator.arguments if each.kind in (Kind.INTEGER, Kind.TEXT)]
        for choice in self.variants[0].choices:
            taken = f"{choice.argument}.IsTransposed()" if choice.is_layout else f"!{choice.argument}.IsGiven()"
            found.append(Attribute(choice.stem, "Bool", taken, choice.label))
        found += [Attribute(size, "Int", f"{size}.value", f"the size {size}") for size in self.sizes]
        if self.group:
            found.append(Attribute("ranks", "Int", "ranks.value", "of the communicator"))
            found.append(
                Attribute("window_bytes", "Int", "static_cast<int64_t>(call.window())", "of each rank's window")
            )
        return tuple(found)

    @cached_property
    def group(self) -> str:
        """The argument that names the communicator, if there is one."""
        rules = self.operator.product(self.family).rules
        return next((name for name, rule in rules.items() if isinstance(rule, Group)), "")

    def attribute(self, name: str) -> str:
        """The enumerator of an attribute."""
        return next(each.enumerator for each in self.attributes if each.name == name)

    def shape(self, tensor: Parameter) -> list[Extent]:
        """The extents of an output, the first ones where the contract allows several."""
        return next(rule.extents[0] for rule in self._rules(tensor.name) if rule.extents)


def _scalar(parameter: Parameter) -> Attribute:
    given = f"{parameter.name}Given"
    if parameter.kind is Kind.INTEGER:
        return Attribute(snake(parameter.name), "Int", given, parameter.meaning)
    return Attribute(snake(parameter.name), "String", f"const_cast<char *>({given})", parameter.meaning)


def snake(name: str) -> str:
    """As the toolkit spells names: x1Scale is x1_scale."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
