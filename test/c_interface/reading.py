"""A contract read in Python: which of its rules a call of the first stage breaks.

It shares nothing with the entry points, which are C++ that is generated from the same contract, so that the two can be
held against each other. As the operator's page says, a rule is not asked that rests on an argument which is itself
wrong: a type is compared with another one if that one is allowed, an extent with a size that some argument has told.
"""

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from dovetail.target.contract import (
    Absent,
    Case,
    Group,
    Groups,
    Integer,
    Kind,
    Layout,
    Operator,
    Parameter,
    Product,
    Rule,
    Size,
    Tensor,
    Text,
)
from dovetail.target.element_types import TYPES
from dovetail.target.extents import Extent
from dovetail.target.variants import Variant

OWN_GROUP = "<the group of the call's ranks>"
ROOM = 16 << 20  # bytes of memory that each tensor has to itself


@dataclass(frozen=True)
class Given:
    """A tensor that a call gives.

    place: "own", "null", "host", "elsewhere" (memory of another device), or the name of the tensor whose memory it is.
    skip: bytes from the beginning of that memory. room: bytes of memory there are.
    handle: "good", "stale" (destroyed before the call), "garbage".
    """

    type: str
    shape: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    offset: int = 0
    storage: tuple[int, ...] | None = None  # the shape, unless it is said
    format: str = "ND"
    place: str = "own"
    skip: int = 0
    room: int = ROOM
    handle: str = "good"

    @cached_property
    def elements(self) -> int:
        return math.prod(self.shape)

    @cached_property
    def steps(self) -> tuple[int, ...]:
        """The strides, said or not."""
        if self.strides is not None:
            return self.strides
        return tuple(math.prod(self.shape[i + 1 :]) for i in range(len(self.shape)))

    @cached_property
    def span(self) -> tuple[int, int]:
        """The first element that the view reaches, and the one behind the last."""
        reaches = [(extent - 1) * step for extent, step in zip(self.shape, self.steps)] if self.elements else []
        last = self.offset + sum(each for each in reaches if each > 0)
        return self.offset + sum(each for each in reaches if each < 0), last + (1 if self.elements else 0)

    @cached_property
    def bytes(self) -> tuple[int, int]:
        """The same in bytes of memory."""
        first, end = self.span
        bits = TYPES[self.type].bits
        begin = self.skip + _in_bytes(first, bits)
        return begin, begin + _in_bytes(end - first, bits)

    @property
    def is_contiguous(self) -> bool:
        places = zip(self.shape, self.steps, range(len(self.shape)))
        return not self.elements or all(
            extent == 1 or step == math.prod(self.shape[i + 1 :]) for extent, step, i in places
        )

    @property
    def is_transposed(self) -> bool:
        if len(self.shape) != 2:
            return False
        (rows, columns), (down, across) = self.shape, self.steps
        return not self.elements or ((rows == 1 or down == 1) and (columns == 1 or across == rows))


def _in_bytes(elements: int, bits: int) -> int:
    return -(-elements * bits // 8)


@dataclass(frozen=True)
class Call:
    """A call of rank 0. values: for each parameter a tensor, a number, a text, or None for a null pointer; True for the
    places of results. device: "own", "another" than the group's, "none" of the thread.
    """

    values: Mapping[str, Given | int | str | None]
    ranks: int = 2
    megabytes: int = 200
    device: str = "own"


@dataclass(frozen=True)
class Breach:
    """A rule that a call breaks. rule: what `rules` calls it. label: what the message begins with. given: a text of
    what was given that the message has.
    """

    rule: str
    label: str
    position: int
    given: str = ""
    is_null: bool = False


@dataclass(frozen=True)
class Answer:
    code: int
    breaches: tuple[Breach, ...] = ()


NULL, INVALID, RUNTIME = 161001, 161002, 361001


class Reader:
    """Says what a package with these kernels must answer to calls."""

    def __init__(self, operator: Operator, product: Product, variants: Sequence[Variant]):
        self.operator, self.product, self.variants = operator, product, variants
        self.positions = {each.name: position for position, each in enumerate(operator.parameters)}
        self.choices = variants[0].choices
        self.held = {
            (tuple(each.form.types.get(name) for name in product.typed), (*each.taken, *self._told(each)))
            for each in variants
        }
        self.ruled_at = {size: name for name in reversed(self.positions) for size in self._told_by(name)}

    def _told(self, variant: Variant) -> tuple[bool, ...]:
        return tuple(case.name == variant.form.case for case in self.product.told)

    def _told_by(self, name: str) -> set[str]:
        """The sizes that are extents of this argument. Their rules belong to the first argument that has them so."""
        rules = [each.get(name) for each in (self.product.rules, *(case.rules for case in self.product.cases))]
        shapes = [shape for rule in rules if isinstance(rule, Tensor) for shape in _extents(rule.shapes)]
        return {size for shape in shapes for extent in shape if (size := _plain(extent))}

    def read(self, call: Call) -> Answer:
        breaches = tuple(sorted(_Reading(self, call).breaches(), key=lambda each: each.position))
        if any(each.is_null for each in breaches):
            return Answer(NULL, breaches)
        if breaches:
            return Answer(INVALID, breaches)
        return Answer(RUNTIME if call.device == "none" else 0)


@functools.cache
def _extents(shapes: tuple[str, ...]) -> list[list[Extent]]:
    return [[Extent.parse(each) for each in shape.split(",")] for shape in shapes]


def _plain(extent: Extent) -> str | None:
    """The size that an extent is, if it is nothing but a size."""
    is_plain = extent.divisor == 1 and extent.factors == extent.sizes and len(extent.sizes) == 1
    return extent.sizes[0] if is_plain else None


# -- the names of rules --

OF_EVERY_TENSOR = ("handle", "format", "layout", "storage", "data", "host memory", "memory of a device", "room")


def rules(operator: Operator, product: Product) -> Iterator[str]:
    """The names of all rules: of an argument and what it must be, and in which case."""
    for parameter in operator.parameters:
        name = parameter.name
        if parameter.required:
            yield f"{name}: required"
        rule = product.rules.get(name)
        for case, each in [(None, rule), *((case, case.rules.get(name)) for case in product.cases)]:
            for words in _words(each, case is not None):
                yield _named(name, words, case)
        if parameter.is_tensor and not isinstance(rule, Absent):
            yield from (f"{name}: {words}" for words in OF_EVERY_TENSOR)
            if isinstance(rule, Tensor) and any(TYPES[type].bits < 8 for type in rule.types):
                yield f"{name}: whole bytes"
            if parameter.kind == Kind.OUTPUT:
                yield f"{name}: apart"
    for case, sizes in [(None, product.sizes), *((case, case.sizes) for case in product.cases)]:
        for size, limits in sizes.items():
            yield from (_named(size, words, case) for words in _limits(limits))


def _named(name: str, words: str, case: Case | None) -> str:
    return f"{name}: {words}" + (f" ({case.name})" if case is not None else "")


def _words(rule: Rule | None, in_case: bool) -> Iterator[str]:
    match rule:
        case None:
            pass
        case Absent():
            yield "absent"
        case Integer() | Text():
            yield "value"
        case Groups(shares):
            yield from ("value", *(["multiple"] if any(share.multiple > 1 for share in shares) else []))
        case Group():
            yield from ("communicator", "ranks", *(["window"] if rule.window else []))
        case Tensor():
            asked = {
                "needed": rule.needed,
                "type": rule.types,
                "same type": rule.same_type_as,
                "layout": in_case and (rule.layouts or rule.same_layout_as),
                "shape": rule.shapes,
            }
            yield from (words for words, is_asked in asked.items() if is_asked)
        case _:
            raise NotImplementedError(f"{rule}: this reading does not know such rules")


def _limits(size: Size) -> Iterator[str]:
    if size.least > 0:
        yield "least"
    if size.below is not None:
        yield "below"
    if size.multiple != 1:
        yield "multiple"


# -- the reading --


@dataclass
class _Reading:
    reader: Reader
    call: Call
    tensors: dict[str, Given] = field(default_factory=dict)  # that are there, and are tensors
    refused: set[str] = field(default_factory=set)  # whose types are not allowed
    lying_well: dict[str, Given] = field(default_factory=dict)  # outside each other
    only_transposed: set[str] = field(default_factory=set)
    sizes: dict[str, tuple[int, str]] = field(default_factory=dict)  # and who told them
    found: list[Breach] = field(default_factory=list)
    cases: set[str] = field(default_factory=set)  # that the call is of

    def breaches(self) -> list[Breach]:
        for parameter in self.reader.operator.tensors():
            given = self.call.values[parameter.name]
            if isinstance(given, Given):
                if given.handle == "good":
                    self.tensors[parameter.name] = given
                else:
                    self._break(parameter.name, "handle")
        cases = [case for case in self.reader.product.cases if self._is_of(case)]
        self.cases = {case.name for case in cases}
        for parameter in self.reader.operator.parameters:
            self._read(parameter, cases)
        self._choose()
        return self.found

    def _break(self, name: str, words: str, case: Case | None = None, given: object = "", is_null=False) -> None:
        position = self.reader.positions[name]
        self.found.append(Breach(_named(name, words, case), name, position, str(given), is_null))

    def _is_of(self, case: Case) -> bool:
        tensors = self.tensors
        return (
            all(name in tensors and tensors[name].type in types for name, types in case.types.items())
            and all(len(tensors[name].shape) == count for name, count in case.dimensions.items())
            and not any(self._is_of(other) for other in self.reader.product.cases if other.name == case.unless)
        )

    def _type(self, name: str) -> str | None:
        return self.tensors[name].type if name in self.tensors and name not in self.refused else None

    def _read(self, parameter: Parameter, cases: Sequence[Case]) -> None:
        name, given = parameter.name, self.call.values[parameter.name]
        if parameter.required and given is None:
            self._break(name, "required", is_null=True)
        rule = self.reader.product.rules.get(name)
        for case, each in [(None, rule), *((case, case.rules.get(name)) for case in cases)]:
            match each:
                case Absent(or_empty):
                    if name in self.tensors and not (or_empty and not self.tensors[name].elements):
                        self._break(name, "absent", case)
                    self.tensors.pop(name, None)
                case Integer(allowed):
                    if given not in allowed:
                        self._break(name, "value", case, given)
                case Groups():
                    self._groups(name, each, case)
                case Text(allowed):
                    if given is not None and given not in allowed:
                        self._break(name, "value", case, f'"{given[:100]}')
                case Group():
                    self._group(name, each)
                case Tensor():
                    self._tensor(name, each, case)
        if parameter.is_tensor and not isinstance(rule, Absent) and name in self.tensors:
            layouts = rule.layouts if isinstance(rule, Tensor) and rule.layouts else (Layout.CONTIGUOUS,)
            of_case = None
            for case in cases:
                in_case = case.rules.get(name)
                if isinstance(in_case, Tensor) and in_case.same_layout_as:
                    layouts, of_case = self._layouts_of(in_case.same_layout_as), case
            self._memory(parameter, layouts, of_case)
        for case, limits in [(None, self.reader.product.sizes), *((case, case.sizes) for case in cases)]:
            for size, limit in limits.items():
                if self.reader.ruled_at.get(size) == name and size in self.sizes:
                    self._size(size, limit, case)

    def _groups(self, name: str, rule: Groups, case: Case | None) -> None:
        given = self.call.values[name]
        parts = [given >> 16 * place & 0xFFFF for place in range(len(rule.shares))]
        if given >> 16 * len(parts) or any(part not in (0, share.number) for part, share in zip(parts, rule.shares)):
            self._break(name, "value", case, given)
            return
        for part, share in zip(parts, rule.shares):
            if part == 0 and share.size in self.sizes and self.sizes[share.size][0] % share.multiple:
                self._break(name, "multiple", case, f"0 along {share.size}")

    def _layouts_of(self, name: str) -> tuple[Layout, ...]:
        if name not in self.tensors:
            return (Layout.CONTIGUOUS, Layout.TRANSPOSED)
        return (Layout.TRANSPOSED,) if self._reads_by_columns(name) else (Layout.CONTIGUOUS,)

    def _group(self, name: str, rule: Group) -> None:
        given = self.call.values[name]
        if given is None or self.call.device == "none":
            return
        if given != OWN_GROUP or self.call.device == "another":
            self._break(name, "communicator", given="" if given == OWN_GROUP else f'"{given[:100]}')
            return
        self.sizes["ranks"] = (self.call.ranks, name)
        if self.call.ranks not in rule.ranks:
            self._break(name, "ranks", given=f"{self.call.ranks} rank")
        if self.call.megabytes < rule.window:
            self._break(name, "window", given=f"{self.call.megabytes} MB")

    def _tensor(self, name: str, rule: Tensor, case: Case | None) -> None:
        given = self.tensors.get(name)
        if given is not None and rule.empty_is_absent and not given.elements:
            del self.tensors[name]
            given = None
        if rule.needed and self.call.values[name] is None:
            self._break(name, "needed", case, "null pointer")
        if given is None:
            return
        if rule.types and name not in self.refused and given.type not in rule.types:
            self.refused.add(name)
            self._break(name, "type", case, f"of {given.type};")
        other = self._type(rule.same_type_as)
        if rule.same_type_as and self._type(name) and other and self._type(name) != other:
            self.refused.add(name)
            self._break(name, "same type", case, f"of {given.type};")
        if case is not None and rule.layouts:
            self._layout(name, given, rule.layouts, case)
        fitting = [shape for shape in _extents(rule.shapes) if self._fits(given, shape)]
        if fitting:
            for extent, number in zip(fitting[0], given.shape):
                if size := _plain(extent):
                    self.sizes.setdefault(size, (number, name))
        elif rule.shapes:
            self._break(name, "shape", case, _printed(given.shape))

    def _fits(self, given: Given, shape: Sequence[Extent]) -> bool:
        return len(shape) == len(given.shape) and all(
            self._value(extent) in (None, number) for extent, number in zip(shape, given.shape)
        )

    def _value(self, extent: Extent) -> int | None:
        if not {*extent.sizes} <= {*self.sizes}:
            return None
        factors = [self.sizes[each][0] if each in extent.sizes else int(each) for each in extent.factors]
        return -(-math.prod(factors) // extent.divisor)

    def _layout(self, name: str, given: Given, layouts: Sequence[Layout], case: Case | None) -> bool:
        if layouts == (Layout.TRANSPOSED,):
            self.only_transposed.add(name)
        lies = {Layout.CONTIGUOUS: given.is_contiguous, Layout.TRANSPOSED: given.is_transposed}
        if any(lies[layout] for layout in layouts):
            return True
        self._break(name, "layout", case, _printed(given.steps))
        return False

    def _memory(self, parameter: Parameter, layouts: Sequence[Layout], of_case: Case | None) -> None:
        name = parameter.name
        given = self.tensors[name]
        if given.format != "ND":
            self._break(name, "format", given="format ")
        lies = self._layout(name, given, layouts, of_case)
        if not given.elements:
            return
        first, end = given.span
        if first < 0 or end > math.prod(given.shape if given.storage is None else given.storage):
            self._break(name, "storage", given=f"elements {first} to {end - 1}")
            return
        if first * TYPES[given.type].bits % 8 != 0:
            self._break(name, "whole bytes", given=f"element {first} ")
            return
        if not lies:
            return
        if given.place == "null":
            self._break(name, "data", given="null pointer")
            return
        if self.call.device == "none":
            return
        if given.place == "host":
            self._break(name, "host memory")
        elif given.place == "elsewhere" or self.call.device == "another":
            self._break(name, "memory of a device", given="memory of device")
        elif given.bytes[1] > given.room:
            self._break(name, "room", given="bytes")
        else:
            if parameter.kind == Kind.OUTPUT:
                for other in self._before(parameter):
                    if _overlap(given, name, self.lying_well[other], other):
                        self._break(name, "apart", given=f"overlaps {other} ")
            self.lying_well[name] = given

    def _before(self, parameter: Parameter) -> list[str]:
        names = [each.name for each in self.reader.operator.tensors()]
        return [name for name in names[: names.index(parameter.name)] if name in self.lying_well]

    def _size(self, size: str, limit: Size, case: Case | None) -> None:
        value, told_by = self.sizes[size]
        position = self.reader.positions[told_by]
        wrong = {
            "least": value < limit.least,
            "below": limit.below is not None and value >= limit.below,
            "multiple": value % limit.multiple != 0,
        }
        for words, is_broken in wrong.items():
            if is_broken:
                label = f"{size} of {told_by}"
                self.found.append(Breach(_named(size, words, case), label, position, str(value)))

    def _choose(self) -> None:
        typed = self.reader.product.typed
        types = tuple(self._type(name) for name in typed)
        for name, type in zip(typed, types):
            if type is None and (name in self.tensors or self.found):
                return
        taken = tuple(
            self._reads_by_columns(choice.argument) if choice.is_layout else choice.argument not in self.tensors
            for choice in self.reader.choices
        )
        taken += tuple(case.name in self.cases for case in self.reader.product.told)
        held = self.reader.held
        if types not in {types for types, _ in held} or ((types, taken) not in held and not self.found):
            self.found.append(Breach("kernel", "kernel", self.reader.positions[typed[0]]))

    def _reads_by_columns(self, name: str) -> bool:
        given = self.tensors.get(name)
        return given is not None and given.is_transposed and (name in self.only_transposed or not given.is_contiguous)


def _overlap(one: Given, name: str, other: Given, other_name: str) -> bool:
    memory = [name if each.place == "own" else each.place for each, name in ((one, name), (other, other_name))]
    (begin, end), (other_begin, other_end) = one.bytes, other.bytes
    # A tensor with less room than usual lies in memory of its own.
    alike = memory[0] == memory[1] and one.room == other.room
    return alike and begin < other_end and other_begin < end


def _printed(numbers: Sequence[int]) -> str:
    return f"[{', '.join(map(str, numbers))}]"
