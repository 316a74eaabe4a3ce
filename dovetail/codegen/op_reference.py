"""The reference of an operator, in Markdown, from its contract: what the entry points are made from, for people."""

from collections.abc import Iterator, Mapping, Sequence

from dovetail.target.contract import (
    Absent,
    Group,
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
from dovetail.target.variants import Variant

_LAYOUTS = {
    (): "contiguous",
    (Layout.CONTIGUOUS,): "contiguous",
    (Layout.TRANSPOSED,): "transposed",
    (Layout.CONTIGUOUS, Layout.TRANSPOSED): "contiguous or transposed",
}


def arguments(operator: Operator, product: Product) -> str:
    """A table of the arguments and what is allowed for each."""
    lines = ["| argument | what it is | allowed |", "|---|---|---|"]
    for parameter in operator.parameters:
        allowed = "; ".join(_allowed(parameter, product))
        lines.append(f"| `{parameter.name}` | {parameter.meaning} | {allowed} |")
    return "\n".join(lines) + "\n"


def sizes(product: Product) -> str:
    """A table of the sizes that shapes share."""
    lines = ["| size | allowed |", "|---|---|"]
    for name, size in product.sizes.items():
        also = [f"{_size(case.sizes[name])} where {_types(case.types)}" for case in product.cases if name in case.sizes]
        lines.append(f"| `{name}` | {'; '.join([_size(size), *also])} |")
    return "\n".join(lines) + "\n"


def kernels(variants: Sequence[Variant]) -> str:
    """A table of the kernels that a package holds: one row for each choice, with its tiles."""
    tiles: dict[tuple[str, ...], list[str]] = {}
    typed = list(dict.fromkeys(argument for each in variants for argument in each.form.types))
    choices = variants[0].choices
    for each in variants:
        types = [each.form.types.get(argument, "absent") for argument in typed]
        taken = [_choice(choice.is_layout, chosen) for choice, chosen in zip(choices, each.taken)]
        tiles.setdefault((*types, *taken), []).append("x".join(map(str, each.tile)))
    columns = [f"`{argument}`" for argument in [*typed, *(choice.argument for choice in choices)]]
    lines = ["| " + " | ".join([*columns, "tiles"]) + " |", "|---" * (len(columns) + 1) + "|"]
    for words, sizes in tiles.items():
        lines.append("| " + " | ".join([*words, ", ".join(sizes)]) + " |")
    return "\n".join(lines) + "\n"


def forms(product: Product) -> str:
    """A table of the types that a package holds kernels for: a row for those that differ in output and bias alone."""
    apart = ("output", "bias")
    typed = [argument for argument in product.typed if argument not in apart]
    rows: dict[tuple[str, ...], tuple[dict[str, None], dict[str, None]]] = {}
    for form in product.forms:
        outputs, biases = rows.setdefault(tuple(form.types.get(each, "absent") for each in typed), ({}, {}))
        outputs[form.types["output"]] = None
        biases[form.types.get("bias", "absent")] = None
    lines = ["| " + " | ".join(f"`{each}`" for each in [*typed, *apart]) + " |", "|---" * (len(typed) + 2) + "|"]
    for words, (outputs, biases) in rows.items():
        lines.append("| " + " | ".join([*words, _any(list(outputs)), _any(list(biases))]) + " |")
    return "\n".join(lines) + "\n"


def _choice(is_layout: bool, taken: bool) -> str:
    if is_layout:
        return "transposed" if taken else "contiguous"
    return "absent" if taken else "given"


def _allowed(parameter: Parameter, product: Product) -> Iterator[str]:
    rule = product.rules.get(parameter.name)
    if parameter.required and parameter.kind != Kind.INTEGER:
        yield "not null"
    if rule is not None:
        yield from _rule(rule)
    for case in product.cases:
        if parameter.name in case.rules:
            yield f"where {_types(case.types)}: " + ", ".join(_rule(case.rules[parameter.name], True))
    if parameter.is_tensor and not isinstance(rule, Absent):
        yield _LAYOUTS[rule.layouts if isinstance(rule, Tensor) else ()]


def _rule(rule: Rule, in_case: bool = False) -> Iterator[str]:
    match rule:
        case Absent(or_empty):
            yield "null or without elements" if or_empty else "null"
        case Integer(allowed):
            yield _any([str(each) for each in allowed])
        case Text(allowed):
            yield _any([f'`"{each}"`' for each in allowed])
        case Group(ranks, window):
            yield f"a communicator of {_any([str(each) for each in ranks])} ranks"
            if window:
                yield f"with a communication buffer of {window} MB or more"
        case Tensor():
            yield from _tensor(rule, in_case)


def _tensor(rule: Tensor, in_case: bool) -> Iterator[str]:
    if rule.empty_is_absent:
        yield "null or without elements if not wanted"
    if rule.needed:
        yield "not null"
    if rule.types:
        yield _any(rule.types)
    if rule.same_type_as:
        yield f"the type of `{rule.same_type_as}`"
    if in_case and rule.layouts:
        yield _LAYOUTS[rule.layouts]
    if rule.shapes:
        yield _any([f"[{shape}]" for shape in rule.shapes])


def _size(size: Size) -> str:
    words = []
    if size.below is not None:
        words.append(f"{size.least} to {size.below - 1}")
    elif size.least > 0:
        words.append(f"{size.least} or more")
    if size.multiple != 1:
        words.append(f"a multiple of {size.multiple}")
    return ", ".join(words)


def _types(types: Mapping[str, Sequence[str]]) -> str:
    return " and ".join(f"`{name}` is of {_any(allowed)}" for name, allowed in types.items())


def _any(words: Sequence[str]) -> str:
    """a, b or c"""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
