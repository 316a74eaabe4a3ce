"""The files of a kernel: device source, tiling struct, host source."""

from dataclasses import dataclass
from os.path import basename

from dovetail.codegen.cxx import COMMENT, Printer, commented, field_name, function_name, wrapped
from dovetail.codegen.device import DevicePrinter, cxx_type, parameter
from dovetail.dialect import build
from dovetail.dialect.ascendc import (
    ConstantOp,
    CrossCoreSetFlagOp,
    CrossCoreWaitFlagOp,
    InitHcclOp,
    ParameterOp,
    cross_core_flag_numbers,
)
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.diagnostics import file_location

ENTRY, HOST = "ascendc.entry", "dovetail.host"


@dataclass(frozen=True)
class Source:
    """The text of a kernel.

    `sizes` are the symbols that the tiling function takes, in its order. `lines` says of lines of the device source
    which line of the user's source they come from: "17 gather.py:5".
    """

    name: str
    device: str
    tiling_header: str
    host: str
    sizes: tuple[str, ...]
    lines: str

    @property
    def tiling_header_name(self) -> str:
        return f"{self.name}_tiling.h"


def emit(module: ir.Module) -> Source:
    """The files of the kernel in a module at the level of Ascend C. Raises CodegenError for what has no form in C++."""
    functions = [op for op in module.body.operations if isinstance(op, func.FuncOp)]
    entry = next(op for op in functions if ENTRY in op.operation.attributes)
    host = next(op for op in functions if HOST in op.operation.attributes)
    parts = [op for op in functions if op != entry and op != host]
    name = entry.name.value
    struct = function_name(name) + "Tiling"
    meets = bool(build.operations(entry, InitHcclOp))
    device = _device(name, struct, meets, parts, entry)
    return Source(
        name,
        device.text,
        _tiling_header(struct, meets, host),
        _host(name, struct, host),
        tuple(ir.StringAttr(size).value for size in ir.ArrayAttr(host.operation.attributes[HOST])),
        device.origins,
    )


def print_source(module: ir.Module) -> str:
    """What a module gives as one text: the files of its kernel, or its functions alone where it has no entry."""
    functions = [op for op in module.body.operations if isinstance(op, func.FuncOp)]
    if any(ENTRY in op.operation.attributes for op in functions):
        source = emit(module)
        return "\n".join([source.device, source.tiling_header, source.host])
    hosts = [op for op in functions if HOST in op.operation.attributes]
    parts = [op for op in functions if op not in hosts]
    listing = Listing(_constants(parts))
    for part in parts:
        _function(listing, part, "Tiling")
    for host in hosts:
        name = host.name.value.removesuffix("_tiling")
        struct = function_name(name) + "Tiling"
        listing.lines += [_tiling_header(struct, False, host), _host(name, struct, host)]
    return "\n".join(listing.lines)


# -- device source --


class Listing:
    """Lines of device source, and where those stand that come from operations."""

    def __init__(self, lines: list[str]):
        self.lines = lines
        self.places: list[tuple[int, ir.Location]] = []  # numbers of lines, from one

    def body(self, printer: DevicePrinter) -> None:
        start = len(self.lines) + 1
        self.places += [(start + i, origin) for i, origin in enumerate(printer.origins) if origin is not None]
        self.lines += printer.lines

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    @property
    def origins(self) -> str:
        named: dict[ir.Location, str] = {}
        texts = []
        for number, location in self.places:
            if location not in named:
                place = file_location(location)
                named[location] = f"{basename(place.filename)}:{place.start_line}" if place else ""
            if named[location]:
                texts.append(f"{number} {named[location]}\n")
        return "".join(texts)


def _device(name: str, struct: str, meets: bool, parts: list[func.FuncOp], entry: func.FuncOp) -> Listing:
    lines = ['#include "kernel_operator.h"']
    if meets:
        lines.append('#include "lib/hccl/hccl.h"')
    lines += [f'#include "{name}_tiling.h"', "", "using namespace AscendC;", ""]
    listing = Listing(lines + _constants([*parts, entry]))
    for part in parts:
        _function(listing, part, struct)
    _entry(listing, name, entry, struct)
    return listing


def _constants(functions: list[func.FuncOp]) -> list[str]:
    numbers: dict[str, int] = {}
    flags: set[str] = set()
    for function in functions:
        for op in build.operations(function, ConstantOp, CrossCoreSetFlagOp, CrossCoreWaitFlagOp):
            if isinstance(op, ConstantOp):
                numbers[op.symbol.value] = op.number.value
            else:
                flags.add(op.flag.value)
    lines = [f"constexpr int64_t {symbol} = {numbers[symbol]};" for symbol in sorted(numbers)]
    lines += [f"constexpr uint16_t {flag} = {number};" for flag, number in cross_core_flag_numbers(flags).items()]
    return [*lines, ""] if lines else []


def _function(listing: Listing, part: func.FuncOp, struct: str) -> None:
    printer = DevicePrinter(struct)
    block = part.body.blocks[0]
    parameters = []
    for argument in block.arguments:
        name = printer.name(argument, build.name_of(argument.location) or "argument")
        parameters.append(parameter(argument.type, name, struct))
    results = list(part.type.results)
    returns = cxx_type(results[0]) if results else "void"
    printer.depth = 1
    printer.block(block)
    head = wrapped(f"__aicore__ inline {returns} {function_name(part.name.value)}({', '.join(parameters)}) {{")
    attributes = part.operation.attributes
    comment = commented(ir.StringAttr(attributes[COMMENT]).value) if COMMENT in attributes else []
    listing.lines += [*comment, *head]
    listing.body(printer)
    listing.lines += ["}", ""]


def _entry(listing: Listing, name: str, entry: func.FuncOp, struct: str) -> None:
    printer = DevicePrinter(struct)
    block = entry.body.blocks[0]
    parameters = []
    for argument in block.arguments:
        parameters.append(f"GM_ADDR {printer.name(argument, build.name_of(argument.location) or 'argument')}")
    printer.depth = 1
    printer.block(block)
    head = f'extern "C" __global__ __aicore__ void {name}({", ".join(parameters)})'
    listing.lines += wrapped(f"{head} {{")
    listing.body(printer)
    listing.lines.append("}")


# -- tiling --


def _tiling_header(struct: str, meets: bool, host: func.FuncOp) -> str:
    guard = "".join(f"_{c}" if c.isupper() else c for c in struct).lstrip("_").upper() + "_H"
    lines = [f"#ifndef {guard}", f"#define {guard}", "", "#include <cstddef>", "#include <cstdint>"]
    if meets:
        lines += ["", '#include "kernel_tiling/kernel_tiling.h"']
    lines += ["", f"struct {struct} {{"]
    if meets:
        lines += ["    Mc2InitTiling mc2InitTiling;", "    Mc2CcTiling mc2CcTiling;"]
    for op in build.operations(host, ParameterOp):
        lines.append(f"    int64_t {field_name(op.field.value)};")
    return "\n".join([*lines, "};", "", f"#endif  // {guard}"]) + "\n"


class HostPrinter(Printer):
    """Prints the tiling function."""

    def __init__(self):
        super().__init__(cxx_type)
        self.statements |= {"ascendc.parameter": self.parameter, "ascendc.refuse": self.refuse}

    def parameter(self, op: ir.Operation) -> None:
        field = field_name(ir.StringAttr(op.attributes["field"]).value)
        self.line(f"tiling->{field} = {self[op.operands[0]]};")

    def refuse(self, op: ir.Operation) -> None:
        message = ir.StringAttr(op.attributes["message"]).value.replace("\\", "\\\\").replace('"', '\\"')
        values = "".join(f", static_cast<long long>({self[operand]})" for operand in op.operands)
        self.line(f'snprintf(message, messageSize, "{message}"{values});')
        self.line("return 1;")


def _host(name: str, struct: str, host: func.FuncOp) -> str:
    sizes = [ir.StringAttr(size).value for size in ir.ArrayAttr(host.operation.attributes[HOST])]
    printer = HostPrinter()
    printer.taken |= {"sizes", "ranks", "blocks", "windowBytes", "tilingBytes", "tiling", "message", "messageSize"}
    printer.depth = 1
    for number, argument in enumerate(host.body.blocks[0].arguments):
        given = build.name_of(argument.location) or "argument"
        if number < len(sizes):
            printer.line(f"const int64_t {printer.name(argument, given)} = sizes[{number}];")
        else:
            printer.taken.discard(given)
            printer.name(argument, given)
    printer.line(f"auto *tiling = static_cast<{struct} *>(tilingBytes);")
    printer.block(host.body.blocks[0])
    printer.line("return 0;")
    unused = [name for name in ("windowBytes",) if not any(name in line for line in printer.lines)]
    printer.lines[0:0] = [f"    (void){name};" for name in unused]
    parameters = (
        "const int64_t *sizes, int64_t ranks, int64_t blocks, int64_t windowBytes, void *tilingBytes, char *message, "
        "uint64_t messageSize"
    )
    lines = [
        "#include <cstdint>",
        "#include <cstdio>",
        "",
        f'#include "{name}_tiling.h"',
        "",
        *commented(
            f"Fills the tiling struct for sizes {', '.join(sizes)}. Returns 0, or 1 with a message that says why not."
        ),
        *wrapped(f'extern "C" int32_t {name}_tiling({parameters}) {{'),
        *printer.lines,
        "}",
        "",
        f'extern "C" uint64_t {name}_tiling_bytes() {{',
        f"    return sizeof({struct});",
        "}",
    ]
    return "\n".join(lines) + "\n"
