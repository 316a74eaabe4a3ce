"""The reference of an operator, in Markdown, from its contract: what the entry points are made from, for people."""

from collections.abc import Iterator, Sequence

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
        cases = [case for case in product.cases if name in case.sizes]
        also = [f"{_size(case.sizes[name])} where {_when(case, product)}" for case in cases]
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
    labels = {case.name: case.label for case in product.told}
    rows: dict[tuple[str, ...], tuple[dict[str, None], dict[str, None]]] = {}
    for form in product.forms:
        apart_from = [form.types.get(each, "absent") for each in typed] + [labels.get(form.case, "")] * bool(labels)
        outputs, biases = rows.setdefault(tuple(apart_from), ({}, {}))
        outputs[form.types["output"]] = None
        biases[form.types.get("bias", "absent")] = None
    columns = [*(f"`{each}`" for each in typed), *["case"] * bool(labels), *(f"`{each}`" for each in apart)]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
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
            yield f"where {_when(case, product)}: " + ", ".join(_rule(case.rules[parameter.name], True))
    if parameter.is_tensor and not isinstance(rule, Absent):
        in_cases = [case.rules.get(parameter.name) for case in product.cases]
        other = "otherwise " * any(isinstance(each, Tensor) and bool(each.same_layout_as) for each in in_cases)
        yield other + _LAYOUTS[rule.layouts if isinstance(rule, Tensor) else ()]


def _rule(rule: Rule, in_case: bool = False) -> Iterator[str]:
    match rule:
        case Absent(or_empty):
            yield "null or without elements" if or_empty else "null"
        case Integer(allowed):
            yield _any([str(each) for each in allowed])
        case Groups(shares):
            parts = " and ".join(f"{each.number} along {each.size}" for each in shares)
            left_out = [
                f"along {each.size}" + f" where that is a multiple of {each.multiple}" * (each.multiple > 1)
                for each in shares
            ]
            yield f"{rule.whole}, which is {parts}; or 0 in the place of what is {_any(left_out)}"
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
    if rule.same_layout_as:
        yield f"in the layout of `{rule.same_layout_as}`"
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


def _when(case: Case, product: Product) -> str:
    words = {name: f"`{name}` is of {_any(allowed)}" for name, allowed in case.types.items()}
    words |= {name: f"{words[name]} and {count}-D" for name, count in case.dimensions.items()}
    for other in (each for each in product.cases if each.name == case.unless):
        words |= {name: f"{words[name]} and not {count}-D" for name, count in other.dimensions.items()}
    return " and ".join(words.values())


def _any(words: Sequence[str]) -> str:
    """a, b or c"""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
