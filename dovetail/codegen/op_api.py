"""The header and the entry points of an operator, from its contract and the kernels that a package holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dovetail.codegen.cxx import commented, wrapped
from dovetail.target.contract import (
    Absent,
    Case,
    Group,
    Integer,
    Kind,
    Layout,
    Operator,
    Parameter,
    Rule,
    Size,
    Tensor,
    Text,
)
from dovetail.target.element_types import TYPES
from dovetail.target.extents import Extent
from dovetail.target.machine import machine
from dovetail.target.variants import Variant

C_TYPES = {
    Kind.INPUT: "const aclTensor *",
    Kind.OUTPUT: "aclTensor *",
    Kind.INTEGER: "int64_t ",
    Kind.TEXT: "const char *",
    Kind.WORKSPACE_SIZE: "uint64_t *",
    Kind.EXECUTOR: "aclOpExecutor **",
}
_STAGE_ONE = """\
Stage 1 checks a call, says how much device memory stage 2 wants, and makes the executor that stage 2 launches. It \
returns 0, ACLNN_ERR_PARAM_NULLPTR, ACLNN_ERR_PARAM_INVALID or an error of what lies below; then aclGetRecentErrMsg \
names each argument at fault, with what was given and what is allowed."""
_STAGE_TWO = "Stage 2 queues the launch on the stream and returns. What fails later reaches the next synchronisation."
LAST_WORDS = "void *workspace, uint64_t workspaceSize, aclOpExecutor *executor, aclrtStream stream"
_LAYOUTS = {
    (Layout.CONTIGUOUS,): "Contiguous",
    (Layout.CONTIGUOUS, Layout.TRANSPOSED): "ContiguousOrTransposed",
}
_LAYOUTS_OF_CASES: dict[tuple[Layout, ...], str] = {(Layout.TRANSPOSED,): "OnlyTransposed"}


@dataclass(frozen=True)
class EntryPoints:
    """The text of an operator's interface in C. `header_name` is what programs include."""

    header_name: str
    header: str
    source: str


def emit(
    operator: Operator,
    family: str,
    variants: Sequence[Variant],
    kernel: str,
    matrices: Sequence[str],
    sizes: Sequence[str],
) -> EntryPoints:
    """The interface of an operator for a family of machines.

    kernel: the name of its entry. matrices, sizes: in the order of its entry and of its tiling function.
    """
    name = f"aclnnop/aclnn_{operator.id}.h"
    return EntryPoints(name, header(operator), Writer(operator, family, variants, kernel, matrices, sizes).text(name))


def signature(operator: Operator, suffix: str = "") -> str:
    listed = ", ".join(f"{C_TYPES[each.kind]}{each.name}{suffix}" for each in operator.parameters)
    return f"aclnnStatus aclnn{operator.name}GetWorkspaceSize({listed})"


# -- header --


def header(operator: Operator) -> str:
    guard = f"ACLNN_{operator.id.upper()}_H"
    width = max(len(each.name) for each in operator.parameters)
    lines = [
        f"// {operator.meaning}",
        "//",
        *commented(_STAGE_ONE),
        "//",
    ]
    for each in operator.parameters:
        lines.append(f"//   {each.name:{width}}  {each.meaning}{'' if each.required else _OPTIONAL[each.kind]}")
    lines += [
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        '#include "acl/acl.h"',
        '#include "aclnn/aclnn_base.h"',
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "#pragma GCC visibility push(default)",
        "",
        *wrapped(f"{signature(operator)};"),
        "",
        *commented(_STAGE_TWO),
        *wrapped(f"aclnnStatus aclnn{operator.name}({LAST_WORDS});"),
        "",
        "#pragma GCC visibility pop",
        "#ifdef __cplusplus",
        "}",
        "#endif",
        "",
        f"#endif  // {guard}",
    ]
    return "\n".join(lines) + "\n"


_OPTIONAL = {Kind.INPUT: "; may be null", Kind.OUTPUT: "; may be null", Kind.INTEGER: "", Kind.TEXT: "; may be null"}


# -- entry points --


class Writer:
    """Writes the entry points: the arguments, then for each argument its rules, then the kernel."""

    includes: tuple[str, ...] = ("dovetail/operator.h",)

    def __init__(
        self,
        operator: Operator,
        family: str,
        variants: Sequence[Variant],
        kernel: str,
        matrices: Sequence[str],
        sizes: Sequence[str],
    ):
        self.operator = operator
        self.kernel = kernel
        self.family = family
        self.variants = variants
        self.matrices = self._matrices(matrices)
        self.kernel_sizes = sizes
        self.product = operator.product(family)
        self.symbols = self._symbols()

    def _matrices(self, matrices: Sequence[str]) -> list[str]:
        """The arguments that are matrices of some kernel, in the order of the entries."""
        arguments = {matrix: argument for each in self.variants for matrix, argument in each.arguments.items()}
        found = [arguments[matrix] for matrix in matrices if matrix in arguments]
        rules = self.operator.product(self.family).rules
        return list(dict.fromkeys(each for each in found if not isinstance(rules.get(each), Absent)))

    def text(self, header: str) -> str:
        operator = self.operator
        lines = [
            f"// The entry points of aclnn{operator.name} for {self.family}, from the operator's contract.",
            f'#include "{header}"',
            "",
            *(f'#include "{each}"' for each in self.includes),
            "",
            "using namespace dovetail;",
            "",
            "namespace {",
            "",
            *self.kernels(),
            "",
            "}  // namespace",
            "",
            *wrapped(f'extern "C" {signature(operator, "Given")} {{'),
            *self._indented(self._stage_one()),
            "}",
            "",
            *wrapped(f'extern "C" aclnnStatus aclnn{operator.name}({LAST_WORDS}) {{'),
            *self._indented(self.stage_two()),
            "}",
        ]
        return "\n".join(lines) + "\n"

    def _indented(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            yield from wrapped("    " + line) if line else [""]

    # -- kernels --

    def kernels(self) -> Iterator[str]:
        """The table of the kernels, and what it is a part of."""
        choices = self.variants[0].choices
        usual = machine(self.family)
        typed = self.product.typed
        says = "; ".join([f"types of {', '.join(typed)}", *(choice.label for choice in choices)])
        yield from commented(f"Keys: {says}. Tiles: rows, columns, rows of a chunk, cost.")
        yield "Kernel kernels[] = {"
        for each in self.variants:
            taken = ", ".join("true" if taken else "false" for taken in each.taken)
            rows, columns, _ = each.tile
            given = [each.form.types.get(argument) for argument in typed]
            types = ", ".join(TYPES[type].enumerator if type else "ACL_DT_UNDEFINED" for type in given)
            bits = TYPES[each.form.types[self.operator.kernel.type_of]].bits
            yield from wrapped(
                f'    {{"{each.name}", Key({{{types}}}, {{{taken}}}), {rows}, {columns}, '
                f"{self.operator.kernel.chunk}, {each.tile_cost(usual, bits)}}},"
            )
        yield "};"
        yield ""
        labels = ", ".join(f'"{choice.label}"' for choice in choices)
        yield from wrapped(
            f'Package package("aclnn{self.operator.name}", "{self.family}", "{self.kernel}", '
            f'"../../{kernel_directory(self.operator, self.family)}", kernels, '
            f"{{{', '.join(map(_quoted, typed))}}}, {{{labels}}});"
        )

    # -- the first stage --

    def _stage_one(self) -> Iterator[str]:
        operator, product = self.operator, self.product
        yield "Call call(package, workspaceSizeGiven, executorGiven);"
        for each in operator.parameters:
            yield self._argument(each)
        for symbol in self.symbols:
            yield f'Size {symbol}("{symbol}");'
        yield "if (const aclnnStatus status = call.Device()) {"
        yield "    return status;"
        yield "}"
        for case in product.cases:
            types = [f"{name}.IsOf({_types(of)})" for name, of in case.types.items()]
            yield f"const bool {case.name} = {' && '.join(types)};"
        for each in operator.parameters:
            lines = list(self._rules(each))
            if lines:
                yield ""
                yield f"// {each.name}: {each.meaning}"
                yield from lines
        kernel = operator.kernel
        taken = ", ".join(
            f"{choice.argument}.IsTransposed()" if choice.is_layout else f"!{choice.argument}.IsGiven()"
            for choice in self.variants[0].choices
        )
        yield ""
        typed = ", ".join(f"&{argument}" for argument in product.typed)
        yield f"call.Choose({{{typed}}}, {{{taken}}}, {kernel.rows}, {kernel.columns});"
        yield f"return call.IsBroken() ? call.Refuse() : {self.prepared()};"

    def prepared(self) -> str:
        """The end of the first stage, where no rule is broken."""
        sizes = ", ".join(self.kernel_sizes)
        tensors = ", ".join(f"&{name}" for name in self.matrices)
        return f"call.Prepare({{{sizes}}}, {{{tensors}}})"

    def stage_two(self) -> Iterator[str]:
        yield "return Launch(package, workspace, workspaceSize, executor, stream);"

    def _argument(self, parameter: Parameter) -> str:
        name = parameter.name
        last = f'"{name}", {name}Given);'
        if parameter.is_tensor:
            role = "kInput" if parameter.kind == Kind.INPUT else "kOutput"
            return f"Tensor {name}(call, Tensor::Role::{role}, {last}"
        kind = {Kind.INTEGER: "Integer", Kind.TEXT: "Text"}.get(parameter.kind, "Place")
        return f"{kind} {name}(call, {last}"

    # -- rules --

    def _rules(self, parameter: Parameter) -> Iterator[str]:
        """The rules of an argument: those of the product, then those of each case, then those of the sizes in it."""
        name = parameter.name
        rule = self.product.rules.get(name)
        if parameter.required:
            yield f"{name}.Required();"
        if rule is not None:
            yield from self._rule(name, rule)
        for case in self.product.cases:
            lines = list(self._rule(name, case.rules[name], case)) if name in case.rules else []
            yield from _within(case, lines)
        if parameter.is_tensor and not isinstance(rule, Absent):
            yield from self._memory(parameter, rule)
        for size in [symbol for symbol, source in self.symbols.items() if source == name]:
            if size in self.product.sizes:
                yield from _size(size, self.product.sizes[size])
            for case in self.product.cases:
                if size in case.sizes:
                    yield from _within(case, list(_size(size, case.sizes[size])))

    def _rule(self, name: str, rule: Rule, case: Case | None = None) -> Iterator[str]:
        when = f'"{_when(case)}"' if case else ""
        match rule:
            case Absent(or_empty):
                yield f"{name}.{'AbsentOrEmpty' if or_empty else 'Absent'}({when});"
            case Integer(allowed):
                yield f"{name}.OneOf({{{', '.join(map(str, allowed))}}});"
            case Text(texts):
                yield f"{name}.OneOf({{{', '.join(map(_quoted, texts))}}});"
            case Group(ranks, window):
                yield f"{name}.Communicator({{{', '.join(map(str, ranks))}}}, {window}, ranks);"
            case Tensor():
                yield from self._tensor(name, rule, when, case is not None)

    def _tensor(self, name: str, rule: Tensor, when: str, case_of_layout: bool = False) -> Iterator[str]:
        if rule.empty_is_absent:
            yield f"{name}.EmptyIsAbsent();"
        if rule.needed:
            yield f"{name}.Needed({when});"
        if rule.types:
            yield f"{name}.Types({_types(rule.types)});"
        if rule.same_type_as:
            yield f"{name}.SameTypeAs({rule.same_type_as});"
        if case_of_layout and rule.layouts:
            yield f"{name}.{_LAYOUTS_OF_CASES[rule.layouts]}();"
        shapes = [_shape(extents) for extents in rule.extents]
        if len(shapes) == 1:
            yield f"{name}.Shape({shapes[0]});"
        elif shapes:
            yield f"{name}.Shapes({{{', '.join(shapes)}}});"

    def _memory(self, parameter: Parameter, rule: Rule | None) -> Iterator[str]:
        layouts = rule.layouts if isinstance(rule, Tensor) and rule.layouts else (Layout.CONTIGUOUS,)
        yield f"{parameter.name}.{_LAYOUTS[layouts]}();"
        if parameter.kind == Kind.OUTPUT:
            before = []
            for each in self.operator.tensors():
                if each == parameter:
                    break
                if not isinstance(self.product.rules.get(each.name), Absent):
                    before.append(f"&{each.name}")
            yield f"{parameter.name}.Apart({{{', '.join(before)}}});"

    def _symbols(self) -> dict[str, str]:
        """The sizes in the rules, and for each the first argument that has it as an extent of its own."""
        found: dict[str, str] = {}
        for parameter in self.operator.arguments:
            if isinstance(self.product.rules.get(parameter.name), Group):
                found["ranks"] = parameter.name
            rules = [self.product.rules, *(case.rules for case in self.product.cases)]
            for rule in (each[parameter.name] for each in rules if parameter.name in each):
                for extent in (each for shape in getattr(rule, "extents", ()) for each in shape):
                    if extent.sizes == extent.factors and len(extent.sizes) == 1 and extent.divisor == 1:
                        found.setdefault(extent.sizes[0], parameter.name)
        return found


def kernel_directory(operator: Operator, family: str) -> str:
    """Where a package has the kernels of an operator."""
    return f"op_impl/ai_core/tbe/kernel/{family}/{operator.id}"


def _within(case: Case, lines: list[str]) -> list[str]:
    return [f"if ({case.name}) {{", *(f"    {line}" for line in lines), "}"] if lines else []


def _when(case: Case) -> str:
    return "where " + " and ".join(f"{name} is of {' or '.join(types)}" for name, types in case.types.items())


def _types(names: Sequence[str]) -> str:
    return "{" + ", ".join(TYPES[name].enumerator for name in names) + "}"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _shape(extents: Sequence[Extent]) -> str:
    return "{" + ", ".join(_extent(each) for each in extents) + "}"


def _extent(extent: Extent) -> str:
    text = " * ".join(extent.factors)
    return text if extent.divisor == 1 else f"CeilDivide({text}, {extent.divisor})"


def _size(name: str, size: Size) -> Iterator[str]:
    if size.below is not None:
        yield f"{name}.Within({size.least}, {size.below});"
    elif size.least > 0:
        yield f"{name}.AtLeast({size.least});"
    if size.multiple != 1:
        yield f"{name}.MultipleOf({size.multiple});"
