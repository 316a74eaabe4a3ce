"""Calls that are made from a contract: right ones of every case, single edits of them, and random ones."""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reading import OWN_GROUP, Answer, Call, Given, Reader

from dovetail.target.contract import (
    Absent,
    Group,
    Groups,
    Integer,
    Kind,
    Layout,
    Operator,
    Parameter,
    Product,
    Tensor,
    Text,
)
from dovetail.target.element_types import TYPES

SIZES = {"m": 32, "k": 256}
COLUMNS = 128  # what other sizes are
FEW = {"m": 2, "k": 256}  # beside a size at its border
FEW_COLUMNS = 4
RANKS = (1, 2, 3, 4, 8)


# -- right calls --


def usual(
    operator: Operator,
    product: Product,
    types: Mapping[str, str],
    *,
    absent: Sequence[str] = (),
    present: Sequence[str] = (),
    transposed: Sequence[str] = (),
    sizes: Mapping[str, int] = SIZES,
    columns: int = COLUMNS,
    ranks: int = 2,
    case: str = "",
) -> Call:
    """A right call in which these arguments have these types. case: the one that it is of, where types do not tell.

    absent: optional outputs, and tensors of forms, that are null pointers. present: optional inputs to give. columns:
    what sizes are that are not among `sizes`.
    """
    known = {**dict.fromkeys(product.sizes, columns), **sizes, "ranks": ranks}
    chosen = dict(types)
    values: dict[str, Given | int | str | None] = {}
    for _ in range(2):  # what cases there are may depend on what is chosen last
        cases = [
            each
            for each in product.cases
            if all(chosen.get(name) in allowed for name, allowed in each.types.items())
            and (each.name == case if each in product.told else not case or each.unless != case)
        ]
        for parameter in operator.parameters:
            name = parameter.name
            rules = [each[name] for each in (product.rules, *(case.rules for case in cases)) if name in each]
            if parameter.kind in (Kind.WORKSPACE_SIZE, Kind.EXECUTOR):
                values[name] = True
            elif not parameter.is_tensor:
                values[name] = _attribute(rules)
            elif not _is_given(parameter, rules, chosen, absent, present):
                values[name] = None
            else:
                follows = any(rule.same_layout_as in transposed for rule in rules)
                values[name] = given = _tensor(name, rules, chosen, known, name in transposed or follows)
                chosen[name] = given.type
    return Call(values, ranks)


def _attribute(rules) -> int | str:
    if any(isinstance(rule, Group) for rule in rules):
        return OWN_GROUP
    if not rules:
        return 0
    if isinstance(rules[0], Groups):
        return rules[0].whole
    common = [each for each in rules[0].allowed if all(each in rule.allowed for rule in rules)]
    return common[0]


def _is_given(parameter: Parameter, rules, types, absent, present) -> bool:
    name = parameter.name
    if name in absent or any(isinstance(rule, Absent) for rule in rules):
        return False
    needed = parameter.required or any(rule.needed for rule in rules)
    return needed or name in types or name in present or parameter.kind == Kind.OUTPUT


def _tensor(name: str, rules, types: Mapping[str, str], known: Mapping[str, int], is_transposed: bool) -> Given:
    of_types = [rule.types for rule in rules if rule.types]
    type = types.get(name) or next((types[rule.same_type_as] for rule in rules if rule.same_type_as in types), None)
    type = type or next(each for each in of_types[0] if all(each in allowed for allowed in of_types))
    extents = next(rule.extents[0] for rule in reversed(rules) if rule.shapes)
    shape = tuple(
        -(-math.prod(known[each] if each in extent.sizes else int(each) for each in extent.factors) // extent.divisor)
        for extent in extents
    )
    if is_transposed or any(rule.layouts == (Layout.TRANSPOSED,) for rule in rules):
        return Given(type, shape, strides=(1, shape[0]), storage=shape[::-1])
    return Given(type, shape)


def forms(operator: Operator, product: Product) -> list[dict]:
    """What `usual` is told for each form of the contract, and for each type that the operator takes beside them."""
    made: list[dict] = []
    leading = operator.kernel.type_of
    for form in product.forms:
        optional = [name for name in product.typed if name not in form.types]
        made.append({"types": form.types, "absent": [*form.absent, *optional], "case": form.case})
    rule = product.rules[operator.kernel.type_of]
    assert isinstance(rule, Tensor)
    held = {form.types[leading] for form in product.forms}
    made += [{"types": {leading: type}} for type in rule.types if type not in held]
    return made


def bases(operator: Operator, product: Product) -> list[Call]:
    """Right calls, one for each set of cases and of tensors that are given."""
    found: dict[tuple, Call] = {}
    inputs = [each.name for each in operator.arguments if each.kind == Kind.INPUT and not each.required]
    for told in forms(operator, product):
        for present in ((), inputs):
            present = [name for name in present if name not in told.get("absent", ())]
            call = usual(operator, product, **told, present=present)
            tensors = {name: value for name, value in call.values.items() if isinstance(value, Given)}
            cases = tuple(
                case.name
                for case in product.cases
                if all(name in tensors and tensors[name].type in types for name, types in case.types.items())
                and (case not in product.told or case.name == told.get("case"))
            )
            found.setdefault((cases, tuple(tensors)), call)
    return list(found.values())


# -- edits --


def edits(operator: Operator, product: Product, call: Call) -> Iterator[Call]:
    """Calls that differ from a call in one argument, or in what is around it."""
    for parameter in operator.parameters:
        for value in _other_values(operator, product, parameter, call):
            yield _with(call, parameter.name, value)
    yield from (replace(call, megabytes=100), replace(call, device="none"), replace(call, device="another"))


def _with(call: Call, name: str, value) -> Call:
    return replace(call, values={**call.values, name: value})


def _other_values(operator: Operator, product: Product, parameter: Parameter, call: Call) -> Iterator:
    name = parameter.name
    value = call.values[name]
    everywhere = [
        rule
        for each in operator.products
        for rules in (each.rules, *(case.rules for case in each.cases))
        if (rule := rules.get(name)) is not None
    ]
    if parameter.kind == Kind.INTEGER:
        allowed = [number for rule in everywhere if isinstance(rule, Integer) for number in rule.allowed]
        near = [number + step for number in allowed for step in (-1, 0, 1)]
        for rule in (rule for rule in everywhere if isinstance(rule, Groups)):
            parts = [share.number << 16 * place for place, share in enumerate(rule.shares)]
            near += [
                0,
                rule.whole,
                *parts,
                *(rule.whole - part for part in parts),
                rule.whole + 1,
                rule.whole + (1 << 48),
            ]
        yield from (number for number in dict.fromkeys([*near, -(1 << 63), (1 << 63) - 1]) if number != value)
        return
    yield None
    if parameter.kind == Kind.TEXT:
        allowed = [text for rule in everywhere if isinstance(rule, Text) for text in rule.allowed]
        texts = [*allowed, *(text + "x" for text in allowed), "", "nobody", "g" * 5000]
        yield from (text for text in dict.fromkeys(texts) if text != value)
    elif isinstance(value, Given):
        before = [each.name for each in operator.tensors()]
        before = [each for each in before[: before.index(name)] if isinstance(call.values[each], Given)]
        yield from _other_tensors(value, before)
    elif parameter.is_tensor:
        yield from _some_tensors(product, name, call)
        yield Given("FLOAT", (0,), place="null")


def _some_tensors(product: Product, name: str, call: Call) -> Iterator[Given]:
    """For an argument that was not given: what some rules of it allow, or anything."""
    rules = [rules[name] for rules in (product.rules, *(case.rules for case in product.cases)) if name in rules]
    types = [rule for rule in rules if isinstance(rule, Tensor) and rule.types]
    shapes = [rule for rule in rules if isinstance(rule, Tensor) and rule.shapes]
    if not types or not shapes:
        yield Given("FLOAT", (1,))
        return
    known = {**dict.fromkeys(product.sizes, COLUMNS), **SIZES, "ranks": call.ranks}
    for type in types[0].types:
        yield _tensor(name, [shapes[0]], {name: type}, known, False)


def _other_tensors(given: Given, before: Sequence[str]) -> Iterator[Given]:
    yield from (replace(given, type=type) for type in TYPES if type != given.type)
    shape = given.shape
    if max(shape, default=0) > 1 << 30:
        return  # twice as much of it is more than can be counted
    shapes = [(*shape, 1), (1, *shape), shape[:-1], shape[1:], shape[::-1], (math.prod(shape),), (0,)]
    shapes += [(1 << 62,), (1 << 31, 1 << 31), (0, 1 << 62, 4)]
    for i, extent in enumerate(shape):
        others = (extent + 1, extent - 1, 2 * extent, 0)
        shapes += [(*shape[:i], other, *shape[i + 1 :]) for other in others]
    for other in dict.fromkeys(shapes):
        if other != shape and min(other, default=0) >= 0:
            yield Given(given.type, other)
    if given.strides is not None:
        yield Given(given.type, shape)
    if len(shape) == 2:
        rows, columns = shape
        yield Given(given.type, shape, strides=(1, rows), storage=(columns, rows))
        yield Given(given.type, shape, strides=(2 * columns, 1), storage=(2 * rows, columns))
        yield Given(given.type, shape, strides=(1, 2 * rows), storage=(2 * rows, columns))
        yield Given(given.type, shape, strides=(-columns, 1), offset=max(rows - 1, 0) * columns)
        yield Given(given.type, shape, strides=(-columns, 1))
    elif shape:
        yield Given(given.type, shape, strides=tuple(2 * each for each in given.steps), storage=(2 * given.elements,))
    yield from (replace(given, format=format) for format in ("NCHW", "FRACTAL_NZ"))
    yield replace(given, offset=given.offset + 1)
    yield from (replace(given, offset=offset, storage=(given.elements + 64,)) for offset in (1, 64))
    yield from (replace(given, place=place) for place in ("null", "host", "elsewhere"))
    if given.bytes[1] >= 2:
        yield replace(given, room=given.bytes[1] // 2)
    yield from (replace(given, place=each, skip=skip) for each in before for skip in (0, 64))
    yield from (replace(given, handle=handle) for handle in ("stale", "garbage"))


def borders(operator: Operator, product: Product, told: dict) -> Iterator[Call]:
    """Calls with one size at the borders of what is allowed, and on other numbers of ranks."""
    yield from (usual(operator, product, **told, ranks=ranks) for ranks in RANKS)
    limits = [product.sizes, *(case.sizes for case in product.cases)]
    for size in {size: None for each in limits for size in each}:
        numbers = {0, 1, FEW.get(size, FEW_COLUMNS) + 1}
        for limit in [each[size] for each in limits if size in each]:
            below = [] if limit.below is None else [limit.below - 1, limit.below]
            numbers |= {limit.least - 1, limit.least, *below}
        optional = [each.name for each in operator.tensors() if each.kind == Kind.OUTPUT and not each.required]
        for number in sorted(number for number in numbers if number >= 0):
            sizes = {**FEW, size: number}
            absent = [*told.get("absent", ()), *optional]
            yield usual(operator, product, **{**told, "absent": absent}, sizes=sizes, columns=FEW_COLUMNS)


def left_out(operator: Operator, product: Product) -> Iterator[Call]:
    """For each rule of shares, ragged calls in which one number after the other is left to the shapes."""
    rules = [(name, rule) for case in product.cases for name, rule in case.rules.items() if isinstance(rule, Groups)]
    ragged = {size: number + 1 for size, number in SIZES.items()}
    calls = [usual(operator, product, **told, sizes=ragged, columns=COLUMNS + 1) for told in forms(operator, product)]
    for name, rule in rules:
        call = next((each for each in calls if each.values[name] == rule.whole), None)
        for place, share in enumerate(rule.shares):
            if call is not None and share.multiple > 1:
                yield _with(call, name, rule.whole - (share.number << 16 * place))


def single_edits(operator: Operator, product: Product) -> Iterator[Call]:
    """Single edits of all bases, shares that are left out, and sizes at their borders for one form of each type."""
    for base in bases(operator, product):
        yield from edits(operator, product, base)
    yield from left_out(operator, product)
    leading = {told["types"][operator.kernel.type_of]: told for told in reversed(forms(operator, product))}
    for told in leading.values():
        yield from borders(operator, product, told)


def breaking_calls(reader: Reader) -> dict[str, list[tuple[Call, Answer]]]:
    """For each rule the single edits that break it alone, and what is predicted. That a package holds no kernel for
    what is allowed is beside the rules.
    """
    found: dict[str, list[tuple[Call, Answer]]] = {}
    for call in single_edits(reader.operator, reader.product):
        answer = reader.read(call)
        broken = [each.rule for each in answer.breaches if each.rule != "kernel"]
        if len(broken) == 1:
            found.setdefault(broken[0], []).append((call, answer))
    return found


# -- random calls --


class Draw:
    """Random calls of a product: a right one of a random form, with up to three edits in about half of them."""

    def __init__(self, reader: Reader, seed: int):
        self.operator, self.product = reader.operator, reader.product
        self.random = random.Random(seed)
        names = {each.form.name for each in reader.variants}
        self.others = forms(self.operator, self.product)
        self.forms = [told for told, form in zip(self.others, self.product.forms) if form.name in names]

    def call(self) -> Call:
        call = self._right()
        for _ in range(self.random.choice((0, 0, 0, 0, 1, 1, 2, 3))):
            call = self.random.choice([*edits(self.operator, self.product, call)])
        return call

    def _right(self) -> Call:
        chosen, maybe = self.random, lambda: self.random.random() < 0.5
        told = chosen.choice(self.forms if chosen.random() < 0.9 else self.others)
        inputs = [each.name for each in self.operator.arguments if each.kind == Kind.INPUT and not each.required]
        optional = [each.name for each in self.operator.arguments if each.kind == Kind.OUTPUT and not each.required]
        absent = [*told.get("absent", ()), *(name for name in optional if maybe())]
        present = [name for name in inputs if name not in absent and maybe()]
        sizes = {
            "m": chosen.choice((1, 2, 3, 16, 33, chosen.randint(1, 300))),
            "k": chosen.choice((256, 257, 300, chosen.randint(256, 2000))),
            "n": chosen.choice((1, 2, 16, 31, chosen.randint(1, 300))),
        }
        group = next((rule for rule in self.product.rules.values() if isinstance(rule, Group)), None)
        ranks = chosen.choice([each for each in RANKS if each in group.ranks]) if group else 2
        layouts = [
            name
            for name, rule in self.product.rules.items()
            if isinstance(rule, Tensor) and Layout.TRANSPOSED in rule.layouts and maybe()
        ]
        return usual(
            self.operator,
            self.product,
            told["types"],
            absent=absent,
            present=present,
            transposed=layouts,
            sizes=sizes,
            ranks=ranks,
            case=told.get("case", ""),
        )
