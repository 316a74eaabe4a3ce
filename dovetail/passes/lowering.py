"""What a kernel is made of at the level of Ascend C: the surroundings that its functions share.

A function gets the tiling struct and, where ranks meet, the communicator; a matrix becomes a tensor in global memory
whose sizes are fields of the tiling struct.
"""

from dataclasses import dataclass

from dovetail.dialect import ascendc, build
from dovetail.dialect.bindings import func, ir
from dovetail.dialect.build import Rebuild, named
from dovetail.dialect.dovetail import GatheredOp, HandOverOp, RankOp, RanksOp, TakeOp, TallyType
from dovetail.passes.registry import fail
from dovetail.target import window
from dovetail.target.extents import factors
from dovetail.target.machine import Machine

CORE = "dovetail.core"
# ui8 is HIFLOAT8, which MLIR has no type for.
BITS = {
    "f8E4M3FN": 8,
    "f8E5M2": 8,
    "ui8": 8,
    "f8E8M0FNU": 8,
    "f4E2M1FN": 4,
    "i4": 4,
    "i8": 8,
    "f16": 16,
    "bf16": 16,
    "f32": 32,
    "i32": 32,
    "si32": 32,
    "i64": 64,
}


def bits_of(element: ir.Type) -> int:
    return BITS[str(element)]


def bytes_of(element: ir.Type, count: int = 1) -> int:
    """Bytes of so many elements, which are whole ones."""
    bytes, rest = divmod(count * bits_of(element), 8)
    assert not rest, f"{count} elements of {element}"
    return bytes


def in_bytes(count: build.Number, element: ir.Type, name: str | None = None) -> build.Number:
    """The same of a number that is known when the kernel runs. Where two elements share a byte, it is even."""
    if bits_of(element) < 8:
        return build.divide(count, 8 // bits_of(element), name or "bytes")
    return build.multiply(count, bytes_of(element), name)


def constant(name: str, value: int) -> ir.Value:
    """A number that generated code calls by a name."""
    return ascendc.ConstantOp(ir.StringAttr.get(name), build.i64(value), value=ir.IndexType.get()).value


WORDS_OF_PACKED = 2  # 64 bits


def i32() -> ir.Type:
    return ir.IntegerType.get_signless(32)


@dataclass(frozen=True)
class Matrix:
    """A matrix in global memory. `sizes` are the symbols of its rows and columns as the kernel declares them.

    A core that moves elements as bytes has `shared` declared ones in each of its own.
    """

    tensor: ir.Value
    sizes: tuple[str, str]
    element: ir.Type
    transposed: bool
    shared: int = 1

    @property
    def stride_symbol(self) -> str:
        """The size that is the distance of two rows as they lie in memory."""
        return self.sizes[0] if self.transposed else self.sizes[1]


class Surroundings:
    """The function that takes the place of `function`, and the values that its operations share."""

    def __init__(self, function: func.FuncOp, machine: Machine):
        self.machine = machine
        self.source = function
        self.core = ir.StringAttr(function.operation.attributes[CORE]).value
        self.index = ir.IndexType.get()
        gathers = build.operations(function, GatheredOp)
        self.gathered = gathers[0] if gathers else None  # what travels with it comes behind it
        self.hands_over = bool(build.operations(function, HandOverOp, TakeOp))
        self.meets = self.gathered is not None or bool(build.operations(function, RankOp, RanksOp))
        self.rebuild = Rebuild(convert=self.convert)

        old = function.body.blocks[0].arguments
        surroundings = [(ascendc.TilingType.get(), "tiling")] + (
            [(ascendc.HcclType.get(), "hccl")] if self.meets else []
        )
        if self.hands_over:
            surroundings.append((ascendc.AddressType.get(), "workspace"))
        further = self.further()
        types = [type_ for type_, _ in surroundings] + [self.convert(argument.type) for argument in old]
        types += [type_ for type_, _ in further]
        with ir.InsertionPoint(function), build.unnamed(function.location):
            self.function = func.FuncOp(function.name.value, (types, []), visibility="private")
            self.function.operation.attributes[CORE] = function.operation.attributes[CORE]
            locations = [named(name) for _, name in surroundings] + [argument.location for argument in old]
            locations += [named(name) for _, name in further]
            self.block = self.function.body.blocks.append(*types, arg_locs=locations)
        arguments = list(self.block.arguments)
        self.tiling = arguments[0]
        self.hccl = arguments[1] if self.meets else None
        self.workspace = arguments[len(surroundings) - 1] if self.hands_over else None
        self.arguments = dict(zip(old, arguments[len(surroundings) :]))
        self.rebuild.values.update(self.arguments)
        self.rebuild.handlers = {
            "dovetail.size": lambda op: [self.size(ir.StringAttr(op.operation.attributes["symbol"]).value)],
            "dovetail.rank": lambda op: [self.rank()],
            "dovetail.ranks": lambda op: [self.ranks()],
            "dovetail.block": lambda op: [self.block_number()],
            "dovetail.blocks": lambda op: [self.blocks()],
            "dovetail.chunks": lambda op: [self.field("chunks")],
            "dovetail.chunk_rows": lambda op: [self.field("chunkRows")],
            "dovetail.lanes": lambda op: [self.field("lanes")],
            "dovetail.gathered": lambda op: [],
            "dovetail.part": lambda op: [self.own_part(op.gathered, self.rebuild[op.chunk], self.rebuild[op.rank])],
        }
        self.windows: dict[ir.Value, ir.Value] = {}  # of this rank: where the slots of each gathered matrix lie
        self.buffers: dict[ir.Value, ascendc.BufferOp] = {}
        self._own_rank: ir.Value | None = None
        # Where tiles are handed over: the rings of all blocks, and which of them is this block's.
        self.workspace_slots: ir.Value | None = None
        self.block_of_rings: ir.Value | None = None

    def lower(self) -> None:
        """Rebuilds the body at this level and puts the new function in the place of the old."""
        with ir.InsertionPoint(self.block), build.unnamed(self.source.location):
            self.prologue()
            for op in list(self.source.body.blocks[0].operations)[:-1]:
                self.rebuild.operation(op)
            self.epilogue()
            func.ReturnOp([])
        self.source.operation.erase()

    def further(self) -> list[tuple[ir.Type, str]]:
        """Types and names of what the function takes behind what the old one took."""
        return []

    def prologue(self) -> None:
        """Builds what every function of this kind starts with."""

    def epilogue(self) -> None:
        """Builds what every function of this kind ends with."""

    def element_of(self, matrix: ir.MemRefType) -> ir.Type:
        """What the elements of a matrix are to this core."""
        return matrix.element_type

    def convert(self, type_: ir.Type) -> ir.Type:
        if isinstance(type_, TallyType):
            return ascendc.SlotCounterType.get()
        if not isinstance(type_, ir.MemRefType):
            return type_
        # Packed scales are pairs of words.
        element = self.element_of(type_)
        return ascendc.GlobalTensorType.of(i32() if str(element) == "i64" else element)

    # -- scalars --

    def field(self, name: str) -> ir.Value:
        return ascendc.TilingFieldOp(self.tiling, ir.StringAttr.get(name), value=self.index, loc=named(None)).value

    def size(self, text: str) -> ir.Value:
        """The value of a size as a kernel declares it: a symbol, a number, `ranks`, or a product of these. A symbol may
        be divided by a number, rounded up."""
        value: build.Number = 1
        for name, divisor in factors(text):
            if name == "ranks":
                value = build.multiply(value, self.ranks())
            elif divisor != 1:
                value = build.multiply(value, build.divide_up(self.field(name), divisor))
            else:
                value = build.multiply(value, int(name) if name.isdecimal() else self.field(name))
        return build.value_of(value)

    @property
    def own_rank(self) -> ir.Value:
        """The own rank, found once at the start of the function."""
        if self._own_rank is None:
            self._own_rank = self.rank()
        return self._own_rank

    def rank(self) -> ir.Value:
        return ascendc.RankIdOp(self.hccl, value=self.index, loc=named("rank")).value

    def ranks(self) -> ir.Value:
        return ascendc.RankDimOp(self.hccl, value=self.index, loc=named("ranks")).value

    def block_number(self) -> ir.Value:
        """GetBlockIdx counts cores of one kind, so that a block has as many numbers as it has vector cores."""
        if self.core == "cube":
            return ascendc.GetBlockIdxOp(self.index, loc=named("block")).value
        core = ascendc.GetBlockIdxOp(self.index).value
        return build.divide(core, ascendc.GetTaskRationOp(self.index).value, "block")

    def blocks(self) -> ir.Value:
        return ascendc.GetBlockNumOp(self.index, loc=named("blocks")).value

    # -- matrices --

    def matrix(self, value: ir.Value) -> Matrix:
        """What is known of a matrix of the old function: its tensor, sizes and layout."""
        holder = build.holding(value)
        if holder is not None and holder == self.source.operation:
            attributes = ir.DictAttr(self.source.arg_attrs[ir.BlockArgument(value).arg_number])
            sizes = [ir.StringAttr(size).value for size in ir.ArrayAttr(attributes["dovetail.sizes"])]
            strides, _ = value.type.get_strides_and_offset()
            element = self.element_of(value.type)
            shared = bits_of(element) // bits_of(value.type.element_type)
            return Matrix(self.rebuild[value], (sizes[0], sizes[1]), element, strides[0] == 1, shared)
        # Any other matrix holds rows of one that is gathered, and has its columns and type.
        own = self.own()
        return Matrix(self.rebuild[value], own.sizes, own.element, own.transposed, own.shared)

    def own(self) -> Matrix:
        """The matrix of this rank that is gathered."""
        if self.gathered is None:
            fail(self.source, "reads a matrix that is neither an argument of the kernel nor gathered")
        return self.matrix(self.gathered.matrix)

    def gathered_op(self, gathered: ir.Value) -> GatheredOp:
        owner = build.defining(gathered)
        assert owner is not None
        return owner.opview

    def source_of(self, gathered: ir.Value) -> Matrix:
        """The matrix of this rank that is gathered."""
        return self.matrix(self.gathered_op(gathered).matrix)

    def row_elements(self, gathered: ir.Value | None = None) -> ir.Value:
        """How many elements a row of a gathered matrix has; rows lie one behind the other."""
        matrix = self.own() if gathered is None else self.source_of(gathered)
        name = "rowBytes" if matrix.shared > 1 else None
        return build.divide(self.size(matrix.sizes[1]), matrix.shared, name)

    def address_of(self, rank: ir.Value) -> ir.Value:
        name = "windowAddress" if rank == self.own_rank else "peerAddress"
        return ascendc.WindowOp(self.hccl, rank, address=ascendc.AddressType.get(), loc=named(name)).address

    def window_of(self, rank: ir.Value, name: str, gathered: ir.Value | None = None) -> ir.Value:
        """The slots in the window of a rank. Those of what travels along lie behind those of its leader, and of what
        travels along before it, from a multiple of the alignment on."""
        address = self.address_of(rank)
        bytes = constant("WINDOW_DATA", window.DATA)
        element = self.own().element
        if gathered is not None and self.gathered_op(gathered).leader is not None:
            element = self.source_of(gathered).element
            for before in build.operations(self.source, GatheredOp):
                if before.gathered == gathered:
                    break
                rows = build.multiply(build.multiply(self.field("slots"), self.ranks()), self.field("chunkRows"))
                row_bytes = in_bytes(self.row_elements(before.gathered), self.source_of(before.gathered).element)
                taken = build.multiply(rows, row_bytes, "slotBytes")
                aligned = build.round_up(taken, constant("ALIGNMENT", window.ALIGNMENT), "alignedBytes")
                bytes = build.add(bytes, aligned)
        return ascendc.SetGlobalBufferOp(
            address, bytes=bytes, tensor=ascendc.GlobalTensorType.of(element), loc=named(name)
        ).tensor

    def part(self, tensor: ir.Value, chunk: ir.Value, source: ir.Value, gathered: ir.Value | None = None) -> ir.Value:
        """Where the rows of a chunk lie among the slots of a window: [slots][ranks][rows of a chunk]."""
        slot = build.remainder(chunk, self.field("slots"))
        place = build.add(build.multiply(slot, self.ranks()), source)
        elements = build.multiply(self.field("chunkRows"), self.row_elements(gathered))
        return self.at(tensor, build.multiply(place, elements))

    def own_part(self, gathered: ir.Value, chunk: ir.Value, source: ir.Value) -> ir.Value:
        """The same, in the window of this rank."""
        return self.part(self.windows[gathered], chunk, source, gathered)

    @staticmethod
    def at(tensor: ir.Value, offset: build.Number, name: str | None = None) -> ir.Value:
        if build.constant_of(offset) == 0 and name is None:
            return tensor
        return ascendc.ElementOp(tensor, build.value_of(offset), result=tensor.type, loc=named(name)).result

    # -- buffers --

    def buffer(self, position: str, memory: str, slots: int, elements: int, element: ir.Type, name: str) -> ir.Value:
        made = ascendc.BufferOp(
            ir.StringAttr.get(position),
            build.i64(slots),
            build.i64(elements),
            tensor=ascendc.LocalTensorType.of(element, memory),
            loc=named(name),
        )
        self.buffers[made.tensor] = made
        return made.tensor

    def counter(self, name: str) -> ir.Value:
        return ascendc.CounterOp(ascendc.SlotCounterType.get(), loc=named(name)).counter

    def take(self, ring: ir.Value, counter: ir.Value | None, name: str) -> ir.Value:
        """The next slot of a ring, or its only one."""
        made = self.buffers[ring]
        slot = (
            ascendc.NextSlotOp(counter, made.slots, slot=self.index, loc=named(f"{name}Slot")).slot
            if made.slots.value > 1
            else build.constant(0)
        )
        return ascendc.SlotOp(ring, slot, made.elements, tensor=ring.type, loc=named(name)).tensor
