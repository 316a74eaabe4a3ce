"""The dialect `ascendc`: one operation for one call of Ascend C.

Buffers are explicit and, once `place-buffers` has run, placed; flags are explicit once `insert-synchronization` has
run. An instruction knows the pipe that executes it and which of its operands it reads and writes: `INSTRUCTIONS`.
Structure and index arithmetic are upstream's: scf, arith, func. An index is an `int64_t`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dovetail.dialect.bindings import ext, ir
from dovetail.dialect.definition import Pure, build_quickly, optional_attribute, verified

Operand, Result = ext.Operand, ext.Result
Index = ir.IndexType


@build_quickly
class AscendC(ext.Dialect, name="ascendc"):
    pass


class AddressType(AscendC.Type, name="address"):
    """GM_ADDR."""


class TilingType(AscendC.Type, name="tiling"):
    """The tiling struct of the kernel."""


class HcclType(AscendC.Type, name="hccl"):
    """Hccl<>: the communicator as the kernel sees it."""


class SlotCounterType(AscendC.Type, name="slot_counter"):
    """A count that a core keeps: which slot of a ring comes next."""


class GlobalTensorType(AscendC.Type, name="global_tensor"):
    element: ir.TypeAttr

    @classmethod
    def of(cls, element: ir.Type) -> "GlobalTensorType":
        return cls.get(ir.TypeAttr.get(element))

    @property
    def element_type(self) -> ir.Type:
        return ir.TypeAttr(self.element).value


class LocalTensorType(AscendC.Type, name="local_tensor"):
    element: ir.TypeAttr
    memory: (
        ir.StringAttr["L1"] | ir.StringAttr["L0A"] | ir.StringAttr["L0B"] | ir.StringAttr["L0C"] | ir.StringAttr["UB"]
    )

    @classmethod
    def of(cls, element: ir.Type, memory: str) -> "LocalTensorType":
        return cls.get(ir.TypeAttr.get(element), ir.StringAttr.get(memory))

    @property
    def element_type(self) -> ir.Type:
        return ir.TypeAttr(self.element).value

    @property
    def memory_name(self) -> str:
        return ir.StringAttr(self.memory).value


def _require(condition, message: str) -> None:
    if not condition:
        raise ValueError(message)


# -- where a kernel finds itself --


class InitSocStateOp(AscendC.Operation, name="init_soc_state"):
    """InitSocState: a kernel that places its own buffers, without TPipe, starts with it."""

    assembly = "attr-dict"


class KernelTypeOp(AscendC.Operation, name="kernel_type"):
    """KERNEL_TASK_TYPE_DEFAULT."""

    value: ir.StringAttr
    assembly = "$value attr-dict"


class TilingDataOp(AscendC.Operation, name="tiling_data"):
    """REGISTER_TILING_DEFAULT and GET_TILING_DATA."""

    address: Operand[AddressType]
    struct: ir.StringAttr
    tiling: Result[TilingType] = ext.result(kw_only=True)
    assembly = "$address `as` $struct attr-dict"


class TilingFieldOp(AscendC.Operation, name="tiling_field", traits=[Pure]):
    tiling: Operand[TilingType]
    field: ir.StringAttr
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$tiling $field attr-dict"


class InitHcclOp(AscendC.Operation, name="init_hccl"):
    """Hccl<>::InitV2 with the context of the kernel's group."""

    tiling: Operand[TilingType]
    hccl: Result[HcclType] = ext.result(kw_only=True)
    assembly = "$tiling attr-dict"


class RankIdOp(AscendC.Operation, name="rank_id", traits=[Pure]):
    hccl: Operand[HcclType]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$hccl attr-dict"


class RankDimOp(AscendC.Operation, name="rank_dim", traits=[Pure]):
    hccl: Operand[HcclType]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$hccl attr-dict"


class WindowOp(AscendC.Operation, name="window", traits=[Pure]):
    """Hccl<>::GetWindowsInAddr: the window of a rank, mapped into this core's global memory."""

    hccl: Operand[HcclType]
    rank: Operand[Index]
    address: Result[AddressType] = ext.result(kw_only=True)
    assembly = "$hccl `,` $rank attr-dict"


class IsCoreOp(AscendC.Operation, name="is_core", traits=[Pure]):
    """ASCEND_IS_AIC, ASCEND_IS_AIV."""

    core: ir.StringAttr["AIC"] | ir.StringAttr["AIV"]
    value: Result[ir.IntegerType[1]] = ext.result(kw_only=True)
    assembly = "$core attr-dict"


class GetBlockIdxOp(AscendC.Operation, name="get_block_idx", traits=[Pure]):
    """Counts cube cores on a cube core, vector cores on a vector core."""

    value: Result[Index]
    assembly = "attr-dict"


class GetBlockNumOp(AscendC.Operation, name="get_block_num", traits=[Pure]):
    value: Result[Index]
    assembly = "attr-dict"


class GetSubBlockIdxOp(AscendC.Operation, name="get_sub_block_idx", traits=[Pure]):
    value: Result[Index]
    assembly = "attr-dict"


class GetTaskRationOp(AscendC.Operation, name="get_task_ration", traits=[Pure]):
    """How many vector cores a block of this kernel has for its cube core."""

    value: Result[Index]
    assembly = "attr-dict"


class GetUserWorkspaceOp(AscendC.Operation, name="get_user_workspace"):
    """GetUserWorkspace: the part of the workspace that is the kernel's own."""

    workspace: Operand[AddressType]
    address: Result[AddressType] = ext.result(kw_only=True)
    assembly = "$workspace attr-dict"


# -- memories, buffers, counts --


class SetGlobalBufferOp(AscendC.Operation, name="set_global_buffer"):
    """GlobalTensor<T>::SetGlobalBuffer at so many bytes behind an address."""

    address: Operand[AddressType]
    bytes: Operand[Index] | None = None
    tensor: Result[GlobalTensorType] = ext.result(kw_only=True)
    assembly = "$address (`+` $bytes^)? attr-dict `:` type($tensor)"


Tensor = TypeVar("Tensor", bound=GlobalTensorType | LocalTensorType)
Ring = TypeVar("Ring", bound=LocalTensorType)


class ElementOp(AscendC.Operation, name="element", traits=[Pure]):
    """operator[] of a tensor: the same tensor from that element on."""

    tensor: Operand[Tensor]
    offset: Operand[Index]
    result: Result[Tensor] = ext.result(kw_only=True)
    assembly = "$tensor `[` $offset `]` attr-dict `:` type($result)"


class BufferOp(AscendC.Operation, name="buffer"):
    """A LocalTensor at a place of its own: a ring of `slots` slots of `elements` elements each.

    `position` is the TPosition by which Ascend C calls the memory. `place-buffers` attaches `offset`, in bytes from the
    start of the memory.
    """

    position: ir.StringAttr
    slots: ir.IntegerAttr
    elements: ir.IntegerAttr
    tensor: Result[LocalTensorType] = ext.result(kw_only=True)
    offset = optional_attribute()
    assembly = "$position $slots `x` $elements attr-dict `:` type($tensor)"

    @verified
    def verify_invariants(op):
        _require(op.slots.value > 0 and op.elements.value > 0, "needs slots and elements")


class CounterOp(AscendC.Operation, name="counter"):
    """A count of slots taken, from zero."""

    counter: Result[SlotCounterType]
    assembly = "attr-dict"


class NextSlotOp(AscendC.Operation, name="next_slot"):
    """The slot after the one taken last: the count modulo `slots`, counting up."""

    counter: Operand[SlotCounterType]
    slots: ir.IntegerAttr
    slot: Result[Index] = ext.result(kw_only=True)
    assembly = "$counter `of` $slots attr-dict"


class CountOp(AscendC.Operation, name="count"):
    """What a count is now."""

    counter: Operand[SlotCounterType]
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$counter attr-dict"


class CountUpOp(AscendC.Operation, name="count_up"):
    """Counts one further."""

    counter: Operand[SlotCounterType]
    assembly = "$counter attr-dict"


class SlotOp(AscendC.Operation, name="slot"):
    """One slot of a ring, which has `elements` elements.

    It lives in the block that takes it: what is written there for this use of the slot is also read there.
    """

    ring: Operand[Ring]
    slot: Operand[Index]
    elements: ir.IntegerAttr
    tensor: Result[Ring] = ext.result(kw_only=True)
    assembly = "$ring `[` $slot `]` `x` $elements attr-dict `:` type($tensor)"


class ReinterpretCastOp(AscendC.Operation, name="reinterpret_cast", traits=[Pure]):
    """LocalTensor<T>::ReinterpretCast: the same bytes as elements of another type."""

    tensor: Operand[LocalTensorType]
    result: Result[LocalTensorType] = ext.result(kw_only=True)
    assembly = "$tensor attr-dict `:` type($tensor) `->` type($result)"


class ConstantOp(AscendC.Operation, name="constant", traits=[Pure]):
    """A number that the source gives a name: `constexpr int64_t NAME = value;`."""

    symbol: ir.StringAttr
    number: ir.IntegerAttr
    value: Result[Index] = ext.result(kw_only=True)
    assembly = "$symbol `=` $number attr-dict"


class GetValueOp(AscendC.Operation, name="get_value"):
    tensor: Operand[LocalTensorType]
    offset: Operand[Index]
    value: Result[Any] = ext.result(kw_only=True)
    assembly = "$tensor `[` $offset `]` attr-dict `:` type($tensor) `->` type($value)"


class SetValueOp(AscendC.Operation, name="set_value"):
    tensor: Operand[LocalTensorType]
    offset: Operand[Index]
    value: Operand[Any]
    assembly = "$value `,` $tensor `[` $offset `]` attr-dict `:` type($value) `,` type($tensor)"


# -- instructions --


class CopyNdToNzOp(AscendC.Operation, name="copy_nd_to_nz"):
    """DataCopy with Nd2NzParams: `rows` x `columns` elements, `stride` apart, to fractals of `aligned_rows` rows.

    Of elements of 4 bits, `columns` and `stride` count bytes.
    """

    destination: Operand[LocalTensorType]
    source: Operand[GlobalTensorType]
    rows: Operand[Index]
    columns: Operand[Index]
    stride: Operand[Index]
    aligned_rows: Operand[Index]
    assembly = (
        "$destination `,` $source `,` $rows `x` $columns `stride` $stride `aligned` $aligned_rows attr-dict "
        "`:` type($destination) `,` type($source)"
    )


class CopyInOp(AscendC.Operation, name="copy_in"):
    """DataCopyPad from global memory to UB: `count` elements that lie together."""

    destination: Operand[LocalTensorType]
    source: Operand[GlobalTensorType]
    count: Operand[Index]
    assembly = "$destination `,` $source `,` $count attr-dict `:` type($destination) `,` type($source)"


class CopyOutOp(AscendC.Operation, name="copy_out"):
    """DataCopyPad from UB to global memory: `count` elements that lie together.

    With `publishes` the elements are a counter that tells others of earlier writes: they must be complete before.
    """

    destination: Operand[GlobalTensorType]
    source: Operand[LocalTensorType]
    count: Operand[Index]
    publishes = optional_attribute()
    assembly = "$destination `,` $source `,` $count attr-dict `:` type($destination) `,` type($source)"


class CopyRowsInOp(AscendC.Operation, name="copy_rows_in"):
    """DataCopyPad from global memory to UB: `rows` rows of `columns` elements.

    Between rows lie `source_gap` elements in global memory, and `target_gap` blocks of 32 bytes in UB, where each row
    fills whole blocks.
    """

    destination: Operand[LocalTensorType]
    source: Operand[GlobalTensorType]
    rows: Operand[Index]
    columns: Operand[Index]
    source_gap: Operand[Index]
    target_gap: Operand[Index]
    assembly = (
        "$destination `,` $source `,` $rows `x` $columns `gaps` $source_gap `,` $target_gap attr-dict "
        "`:` type($destination) `,` type($source)"
    )


class CopyRowsOutOp(AscendC.Operation, name="copy_rows_out"):
    """DataCopyPad from UB to global memory: `rows` rows of `columns` elements.

    Between rows lie `source_gap` blocks of 32 bytes in UB, and `target_gap` elements in global memory.
    """

    destination: Operand[GlobalTensorType]
    source: Operand[LocalTensorType]
    rows: Operand[Index]
    columns: Operand[Index]
    source_gap: Operand[Index]
    target_gap: Operand[Index]
    assembly = (
        "$destination `,` $source `,` $rows `x` $columns `gaps` $source_gap `,` $target_gap attr-dict "
        "`:` type($destination) `,` type($source)"
    )


class CastOp(AscendC.Operation, name="cast"):
    """Cast in repeats: `lanes` elements of each of `repeats` rows, rounded to nearest even. Pitches from row to row in
    blocks of 32 bytes: of the destination and of the source."""

    destination: Operand[LocalTensorType]
    source: Operand[LocalTensorType]
    lanes: Operand[Index]
    repeats: Operand[Index]
    pitches: ir.ArrayAttr
    assembly = (
        "$destination `,` $source `lanes` $lanes `repeats` $repeats `pitches` $pitches attr-dict "
        "`:` type($destination) `,` type($source)"
    )


class MulOp(AscendC.Operation, name="mul"):
    """Mul in repeats: `lanes` elements of each of `repeats` rows.

    Strides are in blocks of 32 bytes, of the destination and of both sources: from block to block, and from row to row.
    A stride of 0 takes the same block again.
    """

    destination: Operand[LocalTensorType]
    lhs: Operand[LocalTensorType]
    rhs: Operand[LocalTensorType]
    lanes: Operand[Index]
    repeats: Operand[Index]
    blocks: ir.ArrayAttr
    rows: ir.ArrayAttr
    assembly = (
        "$destination `,` $lhs `,` $rhs `lanes` $lanes `repeats` $repeats `blocks` $blocks `rows` $rows attr-dict "
        "`:` type($destination) `,` type($lhs) `,` type($rhs)"
    )


class AddOp(AscendC.Operation, name="add"):
    """Add in repeats, as `mul`."""

    destination: Operand[LocalTensorType]
    lhs: Operand[LocalTensorType]
    rhs: Operand[LocalTensorType]
    lanes: Operand[Index]
    repeats: Operand[Index]
    blocks: ir.ArrayAttr
    rows: ir.ArrayAttr
    assembly = (
        "$destination `,` $lhs `,` $rhs `lanes` $lanes `repeats` $repeats `blocks` $blocks `rows` $rows attr-dict "
        "`:` type($destination) `,` type($lhs) `,` type($rhs)"
    )


class GatherMaskOp(AscendC.Operation, name="gather_mask"):
    """GatherMask in counter mode, pattern 1: of `count` words those with even numbers, the low halves of 64 bits."""

    destination: Operand[LocalTensorType]
    source: Operand[LocalTensorType]
    count: Operand[Index]
    assembly = "$destination `,` $source `,` $count attr-dict `:` type($destination) `,` type($source)"


class ShiftOp(AscendC.Operation, name="shift"):
    """ShiftLeft, ShiftRight of `count` words by so many bits."""

    destination: Operand[LocalTensorType]
    source: Operand[LocalTensorType]
    count: Operand[Index]
    direction: ir.StringAttr["left"] | ir.StringAttr["right"]
    bits: ir.IntegerAttr
    assembly = "$destination `,` $source `,` $count $direction $bits attr-dict `:` type($destination) `,` type($source)"


class CopyWordsOp(AscendC.Operation, name="copy_words"):
    """DataCopy with Nd2NzParams of one row: `count` words of global memory to L1, as they lie. DataCopy as such copies
    whole blocks of 32 bytes, and might read beyond the end of a matrix; here the last block is completed by zeros."""

    destination: Operand[LocalTensorType]
    source: Operand[GlobalTensorType]
    count: Operand[Index]
    assembly = "$destination `,` $source `,` $count attr-dict `:` type($destination) `,` type($source)"


class BrcbOp(AscendC.Operation, name="brcb"):
    """Brcb: each of 8 * `repeats` numbers into a block of 32 bytes."""

    destination: Operand[LocalTensorType]
    source: Operand[LocalTensorType]
    repeats: Operand[Index]
    assembly = "$destination `,` $source `repeats` $repeats attr-dict `:` type($destination) `,` type($source)"


class LoadDataWithTransposeOp(AscendC.Operation, name="load_data_with_transpose"):
    """LoadDataWithTranspose: `repeat` squares of so many fractals, `stride` squares apart in the source. Numbers of 8
    bits have squares of two, those of 4 bits of four. Their fractals come to lie together."""

    destination: Operand[LocalTensorType]
    source: Operand[LocalTensorType]
    repeat: Operand[Index]
    stride: Operand[Index]
    fractals: ir.IntegerAttr
    assembly = (
        "$destination `,` $source `repeat` $repeat `stride` $stride `of` $fractals attr-dict "
        "`:` type($destination) `,` type($source)"
    )


class LoadDataOp(AscendC.Operation, name="load_data"):
    """LoadData with LoadData2DParams: `repeat` fractals, `stride` fractals apart in the source, to lie together."""

    destination: Operand[LocalTensorType]
    source: Operand[LocalTensorType]
    repeat: Operand[Index]
    stride: Operand[Index]
    transpose: ir.IntegerAttr
    assembly = (
        "$destination `,` $source `repeat` $repeat `stride` $stride `transpose` $transpose attr-dict "
        "`:` type($destination) `,` type($source)"
    )


class LoadRegionOp(AscendC.Operation, name="load_region"):
    """LoadData with LoadData2DParamsV2 (architecture 3510): of columns of fractals in L1 that lie `source_pitch`
    fractals apart, `rows` fractals of each of `columns`, from `first_row` and `first_column` on.

    They come to lie in columns again or, where each is transposed, in rows, which are `pitch` fractals apart.
    """

    destination: Operand[LocalTensorType]
    source: Operand[LocalTensorType]
    first_row: Operand[Index]
    first_column: Operand[Index]
    rows: Operand[Index]
    columns: Operand[Index]
    source_pitch: Operand[Index]
    pitch: Operand[Index]
    transpose: ir.IntegerAttr
    assembly = (
        "$destination `,` $source `[` $first_row `,` $first_column `]` $rows `x` $columns `pitches` $source_pitch `,` "
        "$pitch `transpose` $transpose attr-dict `:` type($destination) `,` type($source)"
    )


class CopyScalesOp(AscendC.Operation, name="copy_scales"):
    """DataCopy with Dn2NzParams, of pairs of scales as if they were halves: `pairs` of each of `rows` rows that lie
    `stride` pairs apart, to columns of fractals of 16 rows of a pair, `pitch` fractals to a column."""

    destination: Operand[LocalTensorType]
    source: Operand[GlobalTensorType]
    rows: Operand[Index]
    pairs: Operand[Index]
    stride: Operand[Index]
    pitch: Operand[Index]
    assembly = (
        "$destination `,` $source `,` $rows `x` $pairs `stride` $stride `pitch` $pitch attr-dict "
        "`:` type($destination) `,` type($source)"
    )


class FillZerosOp(AscendC.Operation, name="fill_zeros"):
    """Fill of `blocks` blocks of 32 bytes in L1 with zeros."""

    destination: Operand[LocalTensorType]
    blocks: Operand[Index]
    assembly = "$destination `,` $blocks attr-dict `:` type($destination)"


class LoadScaledOp(AscendC.Operation, name="load_scaled"):
    """LoadData with LoadData2DParamsV2 and LoadData2DMxParams: columns of `rows` fractals, and their scales.

    `columns` columns from `first` on, and `pairs` of the `source_pairs` pairs of scales of each row, from `first_pair`.
    """

    destination: Operand[LocalTensorType]
    source: Operand[LocalTensorType]
    scales: Operand[LocalTensorType]
    first: Operand[Index]
    rows: Operand[Index]
    columns: Operand[Index]
    first_pair: Operand[Index]
    pairs: Operand[Index]
    source_pairs: Operand[Index]
    assembly = (
        "$destination `,` $source `,` $scales `,` $first `,` $rows `x` $columns `pairs` $first_pair `,` $pairs `of` "
        "$source_pairs attr-dict `:` type($destination) `,` type($source) `,` type($scales)"
    )


class CopyBiasOp(AscendC.Operation, name="copy_bias"):
    """DataCopy from L1 to the bias table, where numbers are floats: an even number of blocks of 32 bytes of L1."""

    destination: Operand[LocalTensorType]
    source: Operand[LocalTensorType]
    blocks: Operand[Index]
    assembly = "$destination `,` $source `,` $blocks attr-dict `:` type($destination) `,` type($source)"


class MmadOp(AscendC.Operation, name="mmad"):
    """Mmad: multiplies and accumulates; with `initial` true the accumulator starts from zero, with `bias` from that row
    of the bias table.

    With `architecture` it is the call of that one, in which a single row is no vector; with `scaled` it is MmadMx,
    which takes the scales that lie beside L0A and L0B.
    """

    accumulator: Operand[LocalTensorType]
    lhs: Operand[LocalTensorType]
    rhs: Operand[LocalTensorType]
    m: Operand[Index]
    n: Operand[Index]
    k: Operand[Index]
    initial: Operand[ir.IntegerType[1]]
    bias: Operand[LocalTensorType] | None = None
    architecture = optional_attribute()
    scaled = optional_attribute()
    assembly = (
        "$accumulator `,` $lhs `,` $rhs `sizes` $m `,` $n `,` $k `initial` $initial (`bias` $bias^)? attr-dict "
        "`:` type($accumulator) `,` type($lhs) `,` type($rhs) (`,` type($bias)^)?"
    )


class FixpipeOp(AscendC.Operation, name="fixpipe"):
    """Fixpipe to a matrix in global memory, `stride` elements a row, converting to its element type.

    With `scaled`, a row of packed scales in L1, each column is multiplied by its scale before. With `architecture` it
    is the call of that one.
    """

    destination: Operand[GlobalTensorType]
    source: Operand[LocalTensorType]
    rows: Operand[Index]
    columns: Operand[Index]
    aligned_rows: Operand[Index]
    stride: Operand[Index]
    scales: Operand[LocalTensorType] | None = None
    architecture = optional_attribute()
    assembly = (
        "$destination `,` $source `,` $rows `x` $columns `aligned` $aligned_rows `stride` $stride (`scaled` $scales^)? "
        "attr-dict `:` type($destination) `,` type($source) (`,` type($scales)^)?"
    )


# -- synchronisation --


class SetFlagOp(AscendC.Operation, name="set_flag"):
    """SetFlag<event>(id + slot)."""

    event: ir.StringAttr
    id: ir.IntegerAttr
    slot: Operand[Index] | None = None
    assembly = "$event $id (`+` $slot^)? attr-dict"


class WaitFlagOp(AscendC.Operation, name="wait_flag"):
    """WaitFlag<event>(id + slot)."""

    event: ir.StringAttr
    id: ir.IntegerAttr
    slot: Operand[Index] | None = None
    assembly = "$event $id (`+` $slot^)? attr-dict"


class PipeBarrierOp(AscendC.Operation, name="pipe_barrier"):
    pipe: ir.StringAttr
    assembly = "$pipe attr-dict"


class CrossCoreSetFlagOp(AscendC.Operation, name="cross_core_set_flag"):
    """CrossCoreSetFlag<mode, pipe>(flag): once the pipe's earlier instructions are complete."""

    flag: ir.StringAttr
    mode: ir.IntegerAttr
    pipe: ir.StringAttr
    assembly = "$flag `mode` $mode `pipe` $pipe attr-dict"


class CrossCoreWaitFlagOp(AscendC.Operation, name="cross_core_wait_flag"):
    flag: ir.StringAttr
    assembly = "$flag attr-dict"


def cross_core_flag_numbers(names: Iterable[str]) -> dict[str, int]:
    """The ids of the cross-core flags of a kernel, which has names for them."""
    return {name: number for number, name in enumerate(sorted(set(names)))}


class SyncAllOp(AscendC.Operation, name="sync_all"):
    """SyncAll<true>: all vector cores of this rank."""

    assembly = "attr-dict"


# -- the tiling function, which runs on the host --


class ParameterOp(AscendC.Operation, name="parameter"):
    """Sets a field of the tiling struct."""

    field: ir.StringAttr
    value: Operand[Index]
    assembly = "$field `=` $value attr-dict"


class RefuseOp(AscendC.Operation, name="refuse"):
    """Ends the tiling function with a message in which each `%lld` stands for one of the values."""

    message: ir.StringAttr
    values: Sequence[Operand[Index]]
    assembly = "$message `,` $values attr-dict"


@dataclass(frozen=True)
class Instruction:
    """The pipe that executes an operation, and which operands it reads and writes, by position."""

    pipe: str
    reads: tuple[int, ...] = ()
    writes: tuple[int, ...] = ()


INSTRUCTIONS = {
    "ascendc.copy_nd_to_nz": Instruction("MTE2", reads=(1,), writes=(0,)),
    "ascendc.copy_in": Instruction("MTE2", reads=(1,), writes=(0,)),
    "ascendc.copy_out": Instruction("MTE3", reads=(1,), writes=(0,)),
    "ascendc.copy_rows_in": Instruction("MTE2", reads=(1,), writes=(0,)),
    "ascendc.copy_rows_out": Instruction("MTE3", reads=(1,), writes=(0,)),
    "ascendc.cast": Instruction("V", reads=(1,), writes=(0,)),
    "ascendc.mul": Instruction("V", reads=(1, 2), writes=(0,)),
    "ascendc.add": Instruction("V", reads=(1, 2), writes=(0,)),
    "ascendc.gather_mask": Instruction("V", reads=(1,), writes=(0,)),
    "ascendc.shift": Instruction("V", reads=(1,), writes=(0,)),
    "ascendc.copy_words": Instruction("MTE2", reads=(1,), writes=(0,)),
    "ascendc.brcb": Instruction("V", reads=(1,), writes=(0,)),
    "ascendc.load_data": Instruction("MTE1", reads=(1,), writes=(0,)),
    "ascendc.load_data_with_transpose": Instruction("MTE1", reads=(1,), writes=(0,)),
    "ascendc.load_region": Instruction("MTE1", reads=(1,), writes=(0,)),
    "ascendc.copy_scales": Instruction("MTE2", reads=(1,), writes=(0,)),
    "ascendc.fill_zeros": Instruction("MTE2", writes=(0,)),
    "ascendc.load_scaled": Instruction("MTE1", reads=(1, 2), writes=(0,)),
    "ascendc.copy_bias": Instruction("MTE1", reads=(1,), writes=(0,)),
    "ascendc.mmad": Instruction("M", reads=(0, 1, 2, 7), writes=(0,)),
    "ascendc.fixpipe": Instruction("FIX", reads=(1, 6), writes=(0,)),
    "ascendc.get_value": Instruction("S", reads=(0,)),
    "ascendc.set_value": Instruction("S", writes=(0,)),
}
