"""The host's part of an operator for the vendor's toolkit: its definition, shape inference, tiling and entry points.

All of it comes from the operator's contract, the variants of its kernel, and the host sources of these.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from dovetail.codegen.cxx import commented, wrapped
from dovetail.codegen.op_api import Writer
from dovetail.codegen.op_project import Project, snake
from dovetail.target.contract import Kind, Parameter
from dovetail.target.element_types import TYPES
from dovetail.target.extents import Extent
from dovetail.target.toolkit import COMMUNICATION

# What the names of the functions of a kernel's host source end with.
TILING, BYTES, WORKSPACE = "_tiling", "_tiling_bytes", "_workspace_bytes"


def files(project: Project) -> dict[str, str]:
    """The files of op_host and the entry points, by their path."""
    id = project.operator.id
    made = {
        f"op_host/{id}.h": _header(project),
        f"op_host/{id}_def.cpp": _definition(project),
        f"op_host/{id}_infer_shape.cpp": _inference(project),
        f"op_host/{id}_tiling.cpp": _tiling(project),
        f"op_api/aclnn_{id}.cpp": EntryPoints(project).text(f"aclnnop/aclnn_{id}.h"),
    }
    made |= {f"op_host/{name}_host.h": text for text, name in _hosts(project).items()}
    return made


def joined(*parts: str | Iterable[str]) -> str:
    """A text of lines and lists of lines."""
    lines = [line for part in parts for line in ([part] if isinstance(part, str) else part)]
    return "\n".join(lines) + "\n"


# -- what the files of op_host share --


def _header(project: Project) -> str:
    operator = project.operator
    guard = f"{operator.id.upper()}_H"
    width = max(len(each.enumerator) for each in project.attributes) + 1
    return joined(
        f"// The parts of {operator.name} on the host.",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        '#include "register/op_def_registry.h"',
        "",
        f"namespace {operator.id} {{",
        "",
        "// The places of the attributes in the operator's definition.",
        "enum Attribute : size_t {",
        [f"    {each.enumerator + ',':{width}}  // {each.comment}" for each in project.attributes],
        "};",
        "",
        "ge::graphStatus InferShape(gert::InferShapeContext *context);",
        "ge::graphStatus InferDataType(gert::InferDataTypeContext *context);",
        "ge::graphStatus Tiling(gert::TilingContext *context);",
        "",
        f"}}  // namespace {operator.id}",
        "",
        f"#endif  // {guard}",
    )


# -- definition --


def _definition(project: Project) -> str:
    operator = project.operator
    formats = ", ".join(["ge::FORMAT_ND"] * len(project.types))
    body: list[str] = []
    for place, tensor in enumerate(project.tensors):
        side = "Input" if tensor.kind is Kind.INPUT else "Output"
        types = ", ".join(_ge_type(combination[place]) for combination in project.types)
        body += [
            f'this->{side}("{snake(tensor.name)}")',
            f"    .ParamType({'REQUIRED' if tensor.required else 'OPTIONAL'})",
            f"    .DataType({{{types}}})",
            f"    .Format({{{formats}}})",
            f"    .UnknownShapeFormat({{{formats}}})",
        ]
        if any(choice.argument == tensor.name and choice.is_layout for choice in project.variants[0].choices):
            body.append("    .IgnoreContiguous()")  # its strides are looked at by the entry points
        body[-1] += ";"
    body += [f'this->Attr("{each.name}").AttrType(REQUIRED).{each.kind}();' for each in project.attributes]
    body += [
        "this->SetInferShape(InferShape).SetInferDataType(InferDataType);",
        f'this->AICore().SetTiling(Tiling).AddConfig("{project.family}");',
    ]
    if project.group:
        body += [
            f'this->MC2().HcclGroup("{snake(project.group)}");',
            "this->MC2().HcclServerType(HcclServerType::AICORE);",
        ]
    return joined(
        f"// The definition of {operator.name}: its tensors with the types that go together, its attributes, and the",
        "// communicator.",
        f'#include "{operator.id}.h"',
        "",
        "namespace ops {",
        "",
        f"using namespace {operator.id};",
        "",
        f"class {operator.name} : public OpDef {{",
        "public:",
        f"    explicit {operator.name}(const char *name) : OpDef(name) {{",
        [part for line in body for part in wrapped(f"        {line}")],
        "    }",
        "};",
        "",
        f"OP_ADD({operator.name});",
        "",
        "}  // namespace ops",
    )


def _ge_type(name: str) -> str:
    return "ge::DT_" + TYPES[name].enumerator.removeprefix("ACL_")


# -- shape inference --


def _inference(project: Project) -> str:
    operator = project.operator
    used = dict.fromkeys(size for each in project.outputs for extent in project.shape(each) for size in extent.sizes)
    shapes: list[str] = []
    for place, output in enumerate(project.outputs):
        shapes += wrapped(f"    SetShape(context->GetOutputShape({place}), {{{_extents(project.shape(output))}}});")
    required = [place for place, each in enumerate(project.inputs) if each.required]
    matched = " && ".join(f"context->GetInputDataType({place}) == types[{place}]" for place in required)
    first = len(project.inputs)
    combinations = [", ".join(map(_ge_type, types)) for types in project.types]
    return joined(
        f"// What the outputs of {operator.name} are.",
        "#include <cstdint>",
        "#include <initializer_list>",
        "",
        f'#include "{operator.id}.h"',
        "",
        f"namespace {operator.id} {{",
        "",
        "namespace {",
        "",
        "// Types that go together, in the order of the definition.",
        f"constexpr ge::DataType kTypes[][{len(project.tensors)}] = {{",
        [line for each in combinations for line in wrapped(f"    {{{each}}},")],
        "};",
        "",
        "void SetShape(gert::Shape *shape, std::initializer_list<int64_t> extents) {",
        "    if (shape == nullptr) {",
        "        return;  // an output that nobody wants",
        "    }",
        "    shape->SetDimNum(0);",
        "    for (const int64_t extent : extents) {",
        "        shape->AppendDim(extent);",
        "    }",
        "}",
        "",
        "}  // namespace",
        "",
        "ge::graphStatus InferShape(gert::InferShapeContext *context) {",
        "    const gert::RuntimeAttrs *attributes = context->GetAttrs();",
        "    if (attributes == nullptr) {",
        "        return ge::GRAPH_FAILED;",
        "    }",
        [f"    const int64_t {size} = *attributes->GetInt({project.attribute(size)});" for size in used],
        shapes,
        "    return ge::GRAPH_SUCCESS;",
        "}",
        "",
        "ge::graphStatus InferDataType(gert::InferDataTypeContext *context) {",
        "    for (const auto &types : kTypes) {",
        wrapped(f"        if ({matched}) {{"),
        [
            f"            context->SetOutputDataType({place}, types[{first + place}]);"
            for place in range(len(project.outputs))
        ],
        "            return ge::GRAPH_SUCCESS;",
        "        }",
        "    }",
        "    return ge::GRAPH_FAILED;",
        "}",
        "",
        f"}}  // namespace {operator.id}",
    )


def _extents(extents: Sequence[Extent]) -> str:
    texts = []
    for extent in extents:
        product = " * ".join(extent.factors)
        texts.append(product if extent.divisor == 1 else f"({product} + {extent.divisor - 1}) / {extent.divisor}")
    return ", ".join(texts)


# -- tiling --


def _hosts(project: Project) -> dict[str, str]:
    """The host sources that differ, each with the name of the first variant that has it."""
    found: dict[str, str] = {}
    for each in project.variants:
        found.setdefault(project.files[each.name].host, each.name)
    return found


def _tiling(project: Project) -> str:
    operator, kernel = project.operator, project.kernel
    header = project.files[project.variants[0].name].tiling_header
    struct = re.search(r"struct (\w+) ", header)
    assert struct is not None
    hosts = _hosts(project)
    included: list[str] = []
    for text, name in hosts.items():
        suffixes = [suffix for suffix in (TILING, BYTES, WORKSPACE) if f"{kernel}{suffix}(" in text]
        included += [f"#define {kernel}{suffix} {name}{suffix}" for suffix in suffixes]
        included.append(f'#include "{name}_host.h"')
        included += [f"#undef {kernel}{suffix}" for suffix in suffixes]
    rows: list[str] = []
    for text, name in hosts.items():
        workspace = f"{name}{WORKSPACE}" if f"{kernel}{WORKSPACE}(" in text else "nullptr"
        rows += wrapped(f"    {{{name}{TILING}, {workspace}}},")
    texts = list(hosts)
    numbers = ", ".join(str(texts.index(project.files[each.name].host)) for each in project.variants)
    meets = "mc2CcTiling" in header
    includes = ["base/err_msg.h", "dovetail/operator.h", "aclnn/source/kernels.h"]
    includes += ["tiling/hccl/hccl_tiling.h"] if meets else []
    includes.append("tiling/platform/platform_ascendc.h")
    return joined(
        commented(
            f"The tiling function of {operator.name}: which kernel a launch takes, and how that one cuts the work. "
            "Both are decided by what decides them on a CPU: the table of kernels, and the kernels' own host sources."
        ),
        [f'#include "{each}"' for each in sorted(includes)],
        "",
        f'#include "{operator.id}.h"',
        f'#include "{kernel}_tiling.h"',
        "",
        "// Their functions have names of C, and one name for all kernels.",
        included,
        "",
        "using namespace dovetail;",
        "",
        "namespace {",
        "",
        EntryPoints(project).kernels(),
        "",
        "struct Host {",
        "    LoadedKernel::Tiling fill;",
        "    uint64_t (*workspace_bytes)(int64_t blocks);  // null where a launch wants none",
        "};",
        "constexpr Host hosts[] = {",
        rows,
        "};",
        wrapped(f"constexpr size_t host_of[] = {{{numbers}}};  // each kernel"),
        "",
        "// Of a tensor that may be absent.",
        "aclDataType TypeOf(const gert::CompileTimeTensorDesc *tensor) {",
        "    return tensor == nullptr ? ACL_DT_UNDEFINED : static_cast<aclDataType>(tensor->GetDataType());",
        "}",
        "",
        "ge::graphStatus Fail(const char *message) {",
        "    if (ge::ReportUserDefinedErrMsg != nullptr) {  // its symbol is weak",
        f'        ge::ReportUserDefinedErrMsg("EU0001", "{operator.name}: %s", message);',
        "    }",
        "    return ge::GRAPH_FAILED;",
        "}",
        "",
        "}  // namespace",
        "",
        f"namespace {operator.id} {{",
        "",
        "ge::graphStatus Tiling(gert::TilingContext *context) {",
        [line for part in _tiling_body(project, struct[1], meets) for line in wrapped(f"    {part}" if part else "")],
        "}",
        "",
        f"}}  // namespace {operator.id}",
    )


def _tiling_body(project: Project, struct: str, meets: bool) -> Iterator[str]:
    operator = project.operator

    def value(attribute: str, kind: str = "Int") -> str:
        return f"*attributes->Get{kind}({project.attribute(attribute)})"

    yield "const gert::RuntimeAttrs *attributes = context->GetAttrs();"
    yield f"auto *tiling = context->GetTilingData<{struct}>();"
    yield "size_t *workspaces = context->GetWorkspaceSizes(1);"
    yield "if (attributes == nullptr || tiling == nullptr || workspaces == nullptr) {"
    yield '    return Fail("the context of the tiling function is not whole");'
    yield "}"
    yield f"const int64_t sizes[] = {{{', '.join(value(size) for size in project.sizes)}}};"
    ranks, window = (value("ranks"), value("window_bytes")) if project.group else ("1", "0")
    yield f"const int64_t ranks = {ranks};"
    yield f"const int64_t window = {window};"
    yield "const platform_ascendc::PlatformAscendC platform(context->GetPlatformInfo());"
    yield "const int64_t blocks = platform.GetCoreNumAic();"
    yield ""
    typed = ", ".join(_description(project, argument) for argument in operator.product(project.family).typed)
    taken = ", ".join(value(choice.stem, "Bool") for choice in project.variants[0].choices)
    rows, columns = (project.sizes.index(size) for size in (operator.kernel.rows, operator.kernel.columns))
    yield f"const uint64_t key = Key({{{typed}}}, {{{taken}}});"
    yield f"const Kernel *kernel = LeastCost(package, key, sizes[{rows}], sizes[{columns}], ranks, blocks);"
    yield "if (kernel == nullptr) {"
    yield '    return Fail("there is no kernel for these types");'
    yield "}"
    yield "const size_t number = static_cast<size_t>(kernel - kernels);"
    yield "const Host &host = hosts[host_of[number]];"
    yield 'char message[512] = "";'
    yield "if (host.fill(sizes, ranks, blocks, window, tiling, message, sizeof(message)) != 0) {"
    yield "    return Fail(message);"
    yield "}"
    if meets:
        communication = COMMUNICATION[project.family]
        yield f"const char *group = attributes->GetStr({project.attribute(snake(project.group))});"
        yield f'AscendC::Mc2CcTilingConfig config(group, {communication.command}, "{communication.algorithm}");'
        yield "if (config.GetTiling(tiling->mc2InitTiling) != 0 || config.GetTiling(tiling->mc2CcTiling) != 0) {"
        yield '    return Fail("the communicator cannot be made ready for the kernel");'
        yield "}"
    yield "const uint64_t own = host.workspace_bytes != nullptr ? host.workspace_bytes(blocks) : 0;"
    yield "workspaces[0] = platform.GetLibApiWorkSpaceSize() + own;"
    yield "context->SetTilingKey(number + 1);"
    yield "context->SetBlockDim(static_cast<uint32_t>(blocks));"
    yield "context->SetScheduleMode(1);  // all blocks start together, since they wait for each other"
    yield "return ge::GRAPH_SUCCESS;"


def _description(project: Project, argument: str) -> str:
    for place, each in enumerate(project.inputs):
        if each.name == argument:
            return f"TypeOf(context->Get{'Required' if each.required else 'Optional'}InputDesc({place}))"
    place = [each.name for each in project.outputs].index(argument)
    return f"TypeOf(context->GetOutputDesc({place}))"


# -- entry points --


class EntryPoints(Writer):
    """Entry points that check a call as on a CPU, and hand it over to what the toolkit generates."""

    def __init__(self, project: Project):
        super().__init__(
            project.operator, project.family, project.variants, project.kernel, project.matrices, project.sizes
        )
        self.project = project
        self.includes = ("dovetail/toolkit.h", f"aclnnInner_{project.operator.id}.h")

    def prepared(self) -> str:
        arguments = [self._handed(each) for each in self.project.inputs]
        arguments += [each.value for each in self.project.attributes]
        arguments += [self._handed(each) for each in self.project.outputs]
        arguments += ["workspaceSizeGiven", "executorGiven"]
        return f"aclnnInner{self.operator.name}GetWorkspaceSize({', '.join(arguments)})"

    def _handed(self, tensor: Parameter) -> str:
        given = f"{tensor.name}Given"
        return given if tensor.required else f"{tensor.name}.IsGiven() ? {given} : nullptr"

    def stage_two(self) -> Iterator[str]:
        yield "const aclnnStatus status = CheckLaunch(package, workspace, workspaceSize, executor);"
        inner = f"aclnnInner{self.operator.name}(workspace, workspaceSize, executor, stream)"
        yield f"return status != 0 ? status : {inner};"
