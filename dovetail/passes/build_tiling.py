"""build-tiling: the function that decides, on the host, what a launch of given sizes uses."""

from dovetail.dialect import ascendc, build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import named, when
from dovetail.dialect.dovetail import GatheredOp
from dovetail.passes.gathering import companions, kernels, leaders
from dovetail.passes.lowering import bits_of, in_bytes
from dovetail.passes.registry import Pass, fail
from dovetail.passes.target import machine_of
from dovetail.target import window
from dovetail.target.extents import factors
from dovetail.target.machine import Machine

HOST = "dovetail.host"
FIELDS = ("chunkRows", "chunks", "slots", "lanes")  # of the tiling struct, beside the sizes
MEGABYTE = 1 << 20


class BuildTiling(Pass):
    """Adds the tiling function: from the sizes, the ranks, the blocks and the window, the fields of the tiling struct.

    The sizes themselves are fields. For a gathered matrix there are also `chunkRows`, `chunks`, `slots` and `lanes`:
    what the schedule asks for, made smaller where the window holds less. Slots shrink first, down to two, then chunks
    down to one row of fractals, then slots to one, then chunks down to one row; what does not fit even so is refused
    with the megabytes needed and had.

        %g = dovetail.gathered %x1 {chunk, slots}  ->  func @kernel_tiling(%m, %k, %n, %ranks, %blocks, %windowBytes)
                                                         ascendc.parameter "chunkRows" = %chunkRows ...
    """

    name = "build-tiling"

    def run(self, module: ir.Module) -> None:
        target = machine_of(module)
        for kernel in kernels(module):
            _build(kernel, target)


def symbols(kernel: func.FuncOp) -> list[str]:
    """The symbolic sizes of a kernel, in the order of its arguments."""
    found: list[str] = []
    for attributes in kernel.arg_attrs:
        for size in ir.ArrayAttr(ir.DictAttr(attributes)["dovetail.sizes"]):
            for name, _ in factors(ir.StringAttr(size).value):
                if not name.isdecimal() and name != "ranks" and name not in found:
                    found.append(name)
    return found


def _build(kernel: func.FuncOp, target: Machine) -> None:
    names = symbols(kernel)
    for name in names:
        if name in FIELDS:
            fail(kernel, f"a size is not called '{name}', which is a field of the tiling struct")
    gathers = leaders(kernel)
    if not gathers:  # assign-cores has moved it into the functions of the cores
        gathers = [op for op in build.operations(kernel.operation.parent, GatheredOp) if op.leader is None][:1]
    may_be_zero = _only_columns(kernel, gathers) if target.takes_empty else ()
    index = ir.IndexType.get()
    arguments = [*names, "ranks", "blocks", "windowBytes"]
    with ir.InsertionPoint(kernel), build.unnamed(kernel.location):
        tiling = func.FuncOp(f"{kernel.name.value}_tiling", ([index] * len(arguments), []))
        tiling.operation.attributes[HOST] = build.string_array(names)
        block = tiling.body.blocks.append(*tiling.type.inputs, arg_locs=[named(name) for name in arguments])
        values = dict(zip(arguments, block.arguments))
        with ir.InsertionPoint(block):
            for name in names:
                least = 0 if name in may_be_zero else 1
                _refuse(build.compare(values[name], "<", least), f"{name} is at least {least}, not %lld", values[name])
                ascendc.ParameterOp(ir.StringAttr.get(name), values[name])
            _within("ranks", values["ranks"], window.MOST_RANKS)
            _within("blocks", values["blocks"], window.MOST_BLOCKS)
            for size in _paired(kernel):
                odd = build.compare(build.remainder(values[size], 2), "!=", 0)
                _refuse(odd, f"{size} is even where two elements share a byte, not %lld", values[size])
            for size, limit in _limits(kernel).items():
                message = f"{size} is at most {limit}, %lld, and not %lld"
                _refuse(build.compare(values[size], ">", values[limit]), message, values[limit], values[size])
            for gathered in gathers:
                _share_window(gathered, values, target)
            func.ReturnOp([])


def _paired(kernel: func.FuncOp) -> list[str]:
    """Sizes along which two elements share a byte: rows begin with whole bytes."""
    found = []
    for argument, attributes in zip(kernel.body.blocks[0].arguments, kernel.arg_attrs):
        if bits_of(argument.type.element_type) < 8:
            rows, columns = (ir.StringAttr(size).value for size in ir.ArrayAttr(attributes["dovetail.sizes"]))
            strides, _ = argument.type.get_strides_and_offset()
            found += [name for name, _ in factors(rows if strides[0] == 1 else columns) if not name.isdecimal()]
    return list(dict.fromkeys(found))


def _only_columns(kernel: func.FuncOp, gathers: list[GatheredOp]) -> set[str]:
    """Sizes that no gathered matrix has: where one is zero there are no tiles, and rows travel all the same."""
    held = {name for gathered in gathers for size in sizes_of(gathered) for name, _ in factors(size)}
    return {*symbols(kernel)} - held if gathers else set()


def _width(companion: GatheredOp, values: dict[str, ir.Value]) -> build.Number:
    """How many columns what travels with another matrix has."""
    width: build.Number = 1
    for name, divisor in factors(sizes_of(companion)[1]):
        number = int(name) if name.isdecimal() else build.divide_up(values[name], divisor)
        width = build.multiply(width, number)
    return width


def sizes_of(gathered: GatheredOp) -> list[str]:
    """The sizes of the matrix that is gathered, as the kernel declares them."""
    matrix = gathered.matrix
    function = build.holding(matrix)
    assert function is not None
    attributes = ir.DictAttr(ir.ArrayAttr(function.attributes["arg_attrs"])[ir.BlockArgument(matrix).arg_number])
    return [ir.StringAttr(size).value for size in ir.ArrayAttr(attributes["dovetail.sizes"])]


def _limits(kernel: func.FuncOp) -> dict[str, str]:
    """Sizes that the kernel declares to be at most another: `dt.Matrix["depth <= k", "n"]`."""
    attributes = kernel.operation.attributes
    if "dovetail.limits" not in attributes:
        return {}
    limits = attributes["dovetail.limits"]
    return {limit.name: limit.attr.value for limit in (limits[number] for number in range(len(limits)))}


def _refuse(condition: ir.Value, message: str, *values: ir.Value) -> None:
    when(condition, lambda: ascendc.RefuseOp(ir.StringAttr.get(message), list(values)) and None)


def _within(name: str, value: ir.Value, most: int) -> None:
    _refuse(build.compare(value, "<", 1), f"{name} are 1 to {most}, not %lld", value)
    _refuse(build.compare(value, ">", most), f"{name} are 1 to {most}, not %lld", value)


def _share_window(gathered: GatheredOp, values: dict[str, ir.Value], target: Machine) -> None:
    matrix = gathered.matrix
    row_size, column_size = sizes_of(gathered)
    for size in (row_size, column_size):
        if size not in values:
            fail(gathered, f"gathers a matrix whose sizes are single symbols, not '{size}'")
    rows, columns = values[row_size], values[column_size]
    attributes = gathered.operation.attributes
    whole = gathered.is_whole
    if "slots" not in attributes:
        fail(gathered, "the window of a gathered matrix is unbounded; run bound-window first")
    slots = attributes["slots"].value

    beside = companions(gathered)
    if beside:
        along: build.Number = 0
        for each in beside:
            along = build.add(along, in_bytes(_width(each, values), each.matrix.type.element_type))
        own = in_bytes(columns, matrix.type.element_type)
        row_bytes = build.multiply(values["ranks"], build.add(own, along), "rowBytes")
    else:
        row_bytes = in_bytes(build.multiply(values["ranks"], columns), matrix.type.element_type, "rowBytes")
    # What travels with it has slots of its own behind, from a multiple of the alignment on.
    taken = window.DATA + len(beside) * window.ALIGNMENT
    available = build.maximum(build.subtract(values["windowBytes"], taken), 0, "available")
    fitting = build.divide(available, row_bytes, "fittingRows")  # rows of each rank that fit in one slot
    least = rows if whole else build.constant(1)
    needed = build.add(build.multiply(least, row_bytes), taken, "needed")
    _refuse(
        build.compare(fitting, "<", least),
        "the window is too small: %lld MB are needed, and it has %lld MB; HCCL_BUFFSIZE sets its size in MB",
        build.divide_up(needed, MEGABYTE),
        build.divide(values["windowBytes"], MEGABYTE),
    )
    if whole:
        # The cube core waits for all arrivals at once, and no more than so many can be told ahead.
        most = target.limits.cross_core_outstanding - 1
        message = f"ranks of a kernel in two stages are 1 to {most}, not %lld"
        _refuse(build.compare(values["ranks"], ">", most), message, values["ranks"])
        chunk_rows: ir.Value = rows
    else:
        wanted = build.minimum(attributes["chunk"].value, rows, "wantedRows")
        # Two slots keep a link busy, and a single chunk needs but one.
        single = build.compare(wanted, "==", rows)
        least_slots = build.select(single, 1, min(slots, 2), "leastSlots")
        shared = build.divide(fitting, least_slots, "sharedRows")  # so many rows leave room for these slots
        fractal = target.limits.fractal_side
        rounded = build.multiply(build.divide(shared, fractal), fractal)
        shrunk = build.select(
            build.compare(shared, ">=", fractal), rounded, build.minimum(fitting, fractal), "shrunkRows"
        )
        enough = build.compare(shared, ">=", wanted, "enough")
        chunk_rows = build.select(enough, wanted, build.minimum(wanted, shrunk), "chunkRows")
    chunks = build.divide_up(rows, chunk_rows, "chunks")
    held = build.minimum(slots, build.divide(fitting, chunk_rows, "fittingChunks"), "heldChunks")
    lanes = build.minimum(attributes["lanes"].value, values["blocks"], "lanes")
    for name, value in zip(FIELDS, (chunk_rows, chunks, build.minimum(held, chunks, "slots"), lanes)):
        ascendc.ParameterOp(ir.StringAttr.get(name), value)
