"""Prints the operations of the dialect `ascendc`: one call of Ascend C for each."""

from dovetail.codegen.cxx import Printer, Text, field_name, function_name, variable_name
from dovetail.dialect import build
from dovetail.dialect.ascendc import (
    AddressType,
    GlobalTensorType,
    HcclType,
    LocalTensorType,
    SlotCounterType,
    TilingType,
)
from dovetail.dialect.bindings import ir

# Nothing is unsigned but HIFLOAT8, which MLIR has no type for.
ELEMENTS = {
    "f8E4M3FN": "fp8_e4m3fn_t", "f8E5M2": "fp8_e5m2_t", "ui8": "hifloat8_t", "f8E8M0FNU": "fp8_e8m0_t",
    "f4E2M1FN": "fp4x2_e2m1_t", "i4": "int4b_t", "i8": "int8_t", "f16": "half", "bf16": "bfloat16_t", "f32": "float",
    "i32": "uint32_t", "si32": "int32_t", "i64": "uint64_t",
}  # fmt: skip
QUANTIZATION = {"f16": "F322F16", "bf16": "F322BF16", "f32": "NoQuant", "si32": "NoQuant"}


def cxx_type(type_: ir.Type) -> str:
    if isinstance(type_, GlobalTensorType):
        return f"GlobalTensor<{ELEMENTS[str(type_.element_type)]}>"
    if isinstance(type_, LocalTensorType):
        return f"LocalTensor<{ELEMENTS[str(type_.element_type)]}>"
    if isinstance(type_, AddressType):
        return "GM_ADDR"
    if isinstance(type_, HcclType):
        return "Hccl<>"
    return {"index": "int64_t", "i1": "bool", "i32": "uint32_t"}[str(type_)]


class DevicePrinter(Printer):
    """Prints a function that a core runs. `struct` is the name of the tiling struct."""

    def __init__(self, struct: str):
        super().__init__(cxx_type)
        self.struct = struct
        self.events = "EVENT_ID"
        self.expressions |= {
            "ascendc.tiling_field": lambda op: Text(f"{self[op.operands[0]]}.{field_name(_string(op, 'field'))}"),
            "ascendc.rank_id": lambda op: Text(f"{self[op.operands[0]]}.GetRankId()"),
            "ascendc.rank_dim": lambda op: Text(f"{self[op.operands[0]]}.GetRankDim()"),
            "ascendc.window": lambda op: Text(f"{self[op.operands[0]]}.GetWindowsInAddr({self[op.operands[1]]})"),
            "ascendc.is_core": lambda op: Text(f"ASCEND_IS_{_string(op, 'core')}"),
            "ascendc.get_block_idx": lambda op: Text("GetBlockIdx()"),
            "ascendc.get_block_num": lambda op: Text("GetBlockNum()"),
            "ascendc.get_sub_block_idx": lambda op: Text("GetSubBlockIdx()"),
            "ascendc.get_task_ration": lambda op: Text("GetTaskRation()"),
            "ascendc.count": lambda op: self.texts[op.operands[0]],
            "ascendc.get_user_workspace": lambda op: Text(f"GetUserWorkspace({self[op.operands[0]]})"),
            "ascendc.constant": lambda op: Text(_string(op, "symbol")),
            "ascendc.element": lambda op: Text(f"{self[op.operands[0]]}[{self[op.operands[1]]}]"),
            "ascendc.slot": self.slot,
            "ascendc.reinterpret_cast": lambda op: Text(
                f"{self[op.operands[0]]}.ReinterpretCast<{ELEMENTS[str(op.results[0].type.element_type)]}>()"
            ),
        }
        self.free |= {"ascendc.tiling_field", "ascendc.constant", "ascendc.is_core"}
        self.statements |= {
            "ascendc.init_soc_state": lambda op: self.line("InitSocState();"),
            "ascendc.kernel_type": lambda op: self.line(f"KERNEL_TASK_TYPE_DEFAULT({_string(op, 'value')});"),
            "ascendc.tiling_data": self.tiling_data,
            "ascendc.init_hccl": self.init_hccl,
            "ascendc.set_global_buffer": self.set_global_buffer,
            "ascendc.buffer": self.buffer,
            "ascendc.counter": self.counter,
            "ascendc.next_slot": self.next_slot,
            "ascendc.get_value": self.get_value,
            "ascendc.set_value": self.set_value,
            "ascendc.copy_nd_to_nz": self.copy_nd_to_nz,
            "ascendc.copy_in": self.copy_in,
            "ascendc.copy_out": self.copy_out,
            "ascendc.count_up": lambda op: self.line(f"++{self[op.operands[0]]};"),
            "ascendc.copy_rows_in": self.copy_rows_in,
            "ascendc.copy_rows_out": self.copy_rows_out,
            "ascendc.cast": self.cast,
            "ascendc.add": lambda op: self.elementwise(op, "Add"),
            "ascendc.mul": lambda op: self.elementwise(op, "Mul"),
            "ascendc.brcb": self.brcb,
            "ascendc.gather_mask": self.gather_mask,
            "ascendc.shift": self.shift,
            "ascendc.copy_words": self.copy_words,
            "ascendc.load_data": self.load_data,
            "ascendc.load_data_with_transpose": self.load_data_with_transpose,
            "ascendc.load_region": self.load_region,
            "ascendc.copy_scales": self.copy_scales,
            "ascendc.fill_zeros": self.fill_zeros,
            "ascendc.load_scaled": self.load_scaled,
            "ascendc.copy_bias": self.copy_bias,
            "ascendc.mmad": self.mmad,
            "ascendc.fixpipe": self.fixpipe,
            "ascendc.set_flag": lambda op: self.flag(op, "SetFlag"),
            "ascendc.wait_flag": lambda op: self.flag(op, "WaitFlag"),
            "ascendc.pipe_barrier": lambda op: self.line(f"PipeBarrier<PIPE_{_string(op, 'pipe')}>();"),
            "ascendc.cross_core_set_flag": self.cross_core_set_flag,
            "ascendc.cross_core_wait_flag": lambda op: self.line(f"CrossCoreWaitFlag({_string(op, 'flag')});"),
            "ascendc.sync_all": lambda op: self.line("SyncAll<true>();"),
        }

    def condition_head(self, condition: ir.Value) -> str:
        owner = build.defining(condition)
        # The vendor's macro brings its own parentheses.
        is_macro = owner is not None and owner.name == "ascendc.is_core"
        return f"if {self[condition]} {{" if is_macro else super().condition_head(condition)

    def name(self, value: ir.Value, name: str) -> str:
        return super().name(value, variable_name(name))

    # -- surroundings --

    def tiling_data(self, op: ir.Operation) -> None:
        name = self.name(op.results[0], "tiling")
        self.line(f"REGISTER_TILING_DEFAULT({self.struct});")
        self.line(f"GET_TILING_DATA_WITH_STRUCT({self.struct}, {name}, {self[op.operands[0]]});")

    def init_hccl(self, op: ir.Operation) -> None:
        name = self.name(op.results[0], "hccl")
        self.line(f"Hccl<> {name};")
        self.line(f"{name}.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &{self[op.operands[0]]});")
        self.line(f"{name}.SetCcTilingV2(offsetof({self.struct}, mc2CcTiling));")

    def set_global_buffer(self, op: ir.Operation) -> None:
        type_ = op.results[0].type
        address = self[op.operands[0]]
        if len(op.operands) > 1:
            address = f"{self.within(op.operands[0], 11)} + {self.within(op.operands[1], 12)}"
        name = self.name(op.results[0], build.name_of(op.location) or "tensor")
        self.line(f"{cxx_type(type_)} {name};")
        element = ELEMENTS[str(type_.element_type)]
        text = f"{name}.SetGlobalBuffer(reinterpret_cast<__gm__ {element} *>({address}));"
        if len(text) + 4 * self.depth > 120:
            place = self.fresh(f"{name}Address")
            self.line(f"GM_ADDR {place} = {address};")
            text = text.replace(f"({address})", f"({place})")
        self.line(text)

    # -- buffers --

    def buffer(self, op: ir.Operation) -> None:
        view = op.opview
        name = self.name(op.results[0], build.name_of(op.location) or "buffer")
        elements = view.slots.value * view.elements.value
        offset = view.offset.value
        self.line(f"{cxx_type(op.results[0].type)} {name}(TPosition::{_string(op, 'position')}, {offset}, {elements});")

    def counter(self, op: ir.Operation) -> None:
        self.line(f"int64_t {self.name(op.results[0], build.name_of(op.location) or 'taken')} = 0;")

    def next_slot(self, op: ir.Operation) -> None:
        name = self.name(op.results[0], build.name_of(op.location) or "slot")
        slots = ir.IntegerAttr(op.attributes["slots"]).value
        self.line(f"const int64_t {name} = {self[op.operands[0]]}++ % {slots};")

    def slot(self, op: ir.Operation) -> Text:
        ring, slot = op.operands
        if build.constant_of(slot) == 0:
            return self.texts[ring]
        elements = ir.IntegerAttr(op.attributes["elements"]).value
        return Text(f"{self[ring]}[{self.within(slot, 12)} * {elements}]")

    def value(self, op: ir.Operation) -> None:
        if op.name == "ascendc.slot" and build.constant_of(op.operands[1]) == 0:
            self.texts[op.results[0]] = self.texts[op.operands[0]]
            return
        super().value(op)

    def get_value(self, op: ir.Operation) -> None:
        tensor, offset = op.operands
        text = Text(f"{self[tensor]}.GetValue({self[offset]})")
        self.declare(op.results[0], build.name_of(op.location) or "seen", text)

    def set_value(self, op: ir.Operation) -> None:
        tensor, offset, value = (self[operand] for operand in op.operands)
        self.line(f"{tensor}.SetValue({offset}, {value});")

    # -- instructions --

    def instruction(self, call: str, operands: list[str], parameters: str) -> None:
        self.line(f"{call}({', '.join(operands)}, {parameters});")

    def copy_nd_to_nz(self, op: ir.Operation) -> None:
        destination, source, rows, columns, stride, aligned = (self[operand] for operand in op.operands)
        self.instruction(
            "DataCopy", [destination, source], f"Nd2NzParams(1, {rows}, {columns}, 0, {stride}, {aligned}, 1, 0)"
        )

    def _extent(self, op: ir.Operation, tensor: ir.Value) -> str:
        element = ELEMENTS[str(tensor.type.element_type)]
        count = f"{self.within(op.operands[2], 12)} * " if build.constant_of(op.operands[2]) != 1 else ""
        return f"DataCopyExtParams(1, {count}sizeof({element}), 0, 0, 0)"

    def copy_in(self, op: ir.Operation) -> None:
        destination, source, _ = op.operands
        element = ELEMENTS[str(destination.type.element_type)]
        padding = f"DataCopyPadExtParams<{element}>(false, 0, 0, 0)"
        operands = [self[destination], self[source], self._extent(op, destination)]
        self.instruction("DataCopyPad", operands, padding)

    def copy_out(self, op: ir.Operation) -> None:
        destination, source, _ = op.operands
        self.instruction("DataCopyPad", [self[destination], self[source]], self._extent(op, source))

    def _rows(self, op: ir.Operation, tensor: ir.Value, gaps_in_elements: str) -> str:
        """The extent of rows; of the gaps between them, that in global memory is in elements and here in bytes."""
        element = ELEMENTS[str(tensor.type.element_type)]
        rows, columns, source_gap, target_gap = op.operands[2:6]
        gaps = {"source": self[source_gap], "target": self[target_gap]}
        in_elements = {"source": source_gap, "target": target_gap}[gaps_in_elements]
        gaps[gaps_in_elements] = f"{self.within(in_elements, 12)} * sizeof({element})"
        length = f"{self.within(columns, 12)} * sizeof({element})"
        return f"DataCopyExtParams({self[rows]}, {length}, {gaps['source']}, {gaps['target']}, 0)"

    def copy_rows_in(self, op: ir.Operation) -> None:
        destination, source = op.operands[:2]
        element = ELEMENTS[str(destination.type.element_type)]
        padding = f"DataCopyPadExtParams<{element}>(false, 0, 0, 0)"
        self.instruction("DataCopyPad", [self[destination], self[source], self._rows(op, source, "source")], padding)

    def copy_rows_out(self, op: ir.Operation) -> None:
        destination, source = op.operands[:2]
        self.instruction("DataCopyPad", [self[destination], self[source]], self._rows(op, source, "target"))

    def cast(self, op: ir.Operation) -> None:
        destination, source, lanes, repeats = (self[operand] for operand in op.operands)
        to, of = _numbers(op, "pitches")
        parameters = f"UnaryRepeatParams(1, 1, {to}, {of})"
        self.instruction("Cast", [destination, source, "RoundMode::CAST_RINT", lanes, repeats], parameters)

    def elementwise(self, op: ir.Operation, call: str) -> None:
        destination, lhs, rhs, lanes, repeats = (self[operand] for operand in op.operands)
        strides = ", ".join(map(str, [*_numbers(op, "blocks"), *_numbers(op, "rows")]))
        self.instruction(call, [destination, lhs, rhs, lanes, repeats], f"BinaryRepeatParams({strides})")

    def brcb(self, op: ir.Operation) -> None:
        self.instruction("Brcb", [self[operand] for operand in op.operands], "BrcbRepeatParams(1, 8)")

    def gather_mask(self, op: ir.Operation) -> None:
        destination, source, count = (self[operand] for operand in op.operands)
        selected = self.fresh("selected")
        self.line(f"uint64_t {selected} = 0;")
        parameters = f"GatherMaskParams(1, 1, 8, 0), {selected}"
        self.instruction("GatherMask", [destination, source, "1", "true", count], parameters)

    def shift(self, op: ir.Operation) -> None:
        destination, source, count = (self[operand] for operand in op.operands)
        call = {"left": "ShiftLeft", "right": "ShiftRight"}[_string(op, "direction")]
        element = ELEMENTS[str(op.operands[0].type.element_type)]
        bits = f"static_cast<{element}>({ir.IntegerAttr(op.attributes['bits']).value})"
        self.instruction(call, [destination, source, bits], f"static_cast<int32_t>({count})")

    def copy_words(self, op: ir.Operation) -> None:
        destination, source, count = (self[operand] for operand in op.operands)
        self.instruction("DataCopy", [destination, source], f"Nd2NzParams(1, 1, {count}, 0, 1, 1, 1, 0)")

    def load_data_with_transpose(self, op: ir.Operation) -> None:
        destination, source, repeat, stride = (self[operand] for operand in op.operands)
        gap = ir.IntegerAttr(op.attributes["fractals"]).value - 1
        parameters = f"LoadData2dTransposeParams(0, {repeat}, {stride}, {gap}, 0)"
        self.instruction("LoadDataWithTranspose", [destination, source], parameters)

    def load_data(self, op: ir.Operation) -> None:
        destination, source, repeat, stride = (self[operand] for operand in op.operands)
        transpose = "true" if ir.IntegerAttr(op.attributes["transpose"]).value else "false"
        self.instruction(
            "LoadData", [destination, source], f"LoadData2DParams(0, {repeat}, {stride}, 0, 0, {transpose}, 0)"
        )

    def load_region(self, op: ir.Operation) -> None:
        destination, source, *numbers = (self[operand] for operand in op.operands)
        transpose = "true" if ir.IntegerAttr(op.attributes["transpose"]).value else "false"
        parameters = f"LoadData2DParamsV2({', '.join(numbers)}, {transpose}, 0)"
        self.instruction("LoadData", [destination, source], parameters)

    def copy_scales(self, op: ir.Operation) -> None:
        destination, source, rows, pairs, stride, pitch = (self[operand] for operand in op.operands)
        in_pairs = self.fresh("asHalves")
        self.line(f"GlobalTensor<half> {in_pairs};")
        self.line(f"{in_pairs}.SetGlobalBuffer((__gm__ half *){source}.GetPhyAddr());")
        parameters = f"Dn2NzParams(1, {pairs}, {rows}, 0, {stride}, {pitch}, 1, 0)"
        self.instruction("DataCopy", [f"{destination}.ReinterpretCast<half>()", in_pairs], parameters)

    def fill_zeros(self, op: ir.Operation) -> None:
        destination, blocks = (self[operand] for operand in op.operands)
        parameters = f"InitConstValueParams<uint16_t>(1, {blocks}, 0, 0)"
        self.instruction("Fill", [f"{destination}.ReinterpretCast<uint16_t>()"], parameters)

    def load_scaled(self, op: ir.Operation) -> None:
        destination, source, scales, first, rows, columns, first_pair, pairs, source_pairs = (
            self[operand] for operand in op.operands
        )
        region = f"LoadData2DParamsV2(0, {first}, {rows}, {columns}, {rows}, {rows}, false, 0)"
        of_scales = f"LoadData2DMxParams(0, {first_pair}, {rows}, {pairs}, {source_pairs}, {pairs})"
        self.instruction("LoadData", [destination, source, scales, region], of_scales)

    def copy_bias(self, op: ir.Operation) -> None:
        destination, source, count = (self[operand] for operand in op.operands)
        self.instruction("DataCopy", [destination, source], f"DataCopyParams(1, {count}, 0, 0)")

    def mmad(self, op: ir.Operation) -> None:
        accumulator, lhs, rhs, m, n, k, initial, *bias = (self[operand] for operand in op.operands)
        if "architecture" not in op.attributes:
            self.instruction("Mmad", [accumulator, lhs, rhs], f"MmadParams({m}, {n}, {k}, 0, false, {initial})")
            return
        parameters = self.fresh("multiplied")
        self.line(f"MmadParams {parameters}({m}, {n}, {k}, 0, false, {initial});")
        self.line(f"{parameters}.disableGemv = true;")
        call = "MmadMx" if "scaled" in op.attributes else "Mmad"
        self.instruction(call, [accumulator, lhs, rhs, *bias], parameters)

    def fixpipe(self, op: ir.Operation) -> None:
        destination, source, rows, columns, aligned, stride, *scales = (self[operand] for operand in op.operands)
        to, total = (op.operands[n].type.element_type for n in (0, 1))
        call = f"Fixpipe<{ELEMENTS[str(to)]}, {ELEMENTS[str(total)]}, CFG_ROW_MAJOR>"
        quantization = f"QuantMode_t::{'VDEQF16' if scales else QUANTIZATION[str(to)]}"
        if "architecture" in op.attributes:
            parameters = self.fresh("stored")
            self.line(
                f"FixpipeParamsArch3510<CO2Layout::ROW_MAJOR> {parameters}({columns}, {rows}, {aligned}, {stride});"
            )
            self.line(f"{parameters}.quantPre = {quantization};")
            self.instruction(call, [destination, source], parameters)
            return
        self.instruction(
            call,
            [destination, source, *scales],
            f"FixpipeParamsV220({columns}, {rows}, {aligned}, {stride}, false, {quantization}, 0, 1, 0, 0, 0)",
        )

    # -- synchronisation --

    def flag(self, op: ir.Operation, call: str) -> None:
        number = ir.IntegerAttr(op.attributes["id"]).value
        identity = f"EVENT_ID{number}"
        if len(op.operands):
            slot = self.within(op.operands[0], 11)
            identity = slot if number == 0 else f"{slot} + {number}"
        self.line(f"{call}<HardEvent::{_string(op, 'event')}>({identity});")

    def cross_core_set_flag(self, op: ir.Operation) -> None:
        mode = ir.IntegerAttr(op.attributes["mode"]).value
        self.line(f"CrossCoreSetFlag<{mode}, PIPE_{_string(op, 'pipe')}>({_string(op, 'flag')});")


def parameter(type_: ir.Type, name: str, struct: str) -> str:
    """How a function takes an argument: tensors and the tiling struct by reference."""
    if isinstance(type_, TilingType):
        return f"const {struct} &{name}"
    if isinstance(type_, HcclType):
        return f"Hccl<> &{name}"
    if isinstance(type_, (GlobalTensorType, LocalTensorType)):
        return f"const {cxx_type(type_)} &{name}"
    if isinstance(type_, SlotCounterType):
        return f"int64_t &{name}"
    return f"{cxx_type(type_)} {name}"


def _string(op: ir.Operation, attribute: str) -> str:
    return ir.StringAttr(op.attributes[attribute]).value


def _numbers(op: ir.Operation, attribute: str) -> list[int]:
    return [ir.IntegerAttr(number).value for number in ir.ArrayAttr(op.attributes[attribute])]


__all__ = ["DevicePrinter", "cxx_type", "function_name", "parameter"]
