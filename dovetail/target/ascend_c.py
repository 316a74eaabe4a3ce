"""The part of Ascend C that generated kernels may use, as the vendor documents it for architectures 2201 and 3510.

Each entry states a name, its parameters and template parameters, the header that declares it, and the page of the
vendor's documentation that describes it (titles in English). A generated source includes only `INCLUDES`, besides its
own tiling struct, and calls only what stands here; a test holds every golden file to that.

Declarations are written as `Name<template parameters>(parameters)`, one for each form of a call; the parameters of a
constructor are named as the fields that they fill. A parameter of which `= value` is stated may be left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

INCLUDES = {
    "kernel_operator.h": "the basic API; also brings the macros of the kernel's entry",
    "lib/hccl/hccl.h": "Hccl<>, on the device; hccl/hccl.h is the host's library and another thing",
    "kernel_tiling/kernel_tiling.h": "Mc2InitTiling, Mc2CcTiling",
    "cstddef": "offsetof",
    "cstdint": "integers of fixed width",
}


@dataclass(frozen=True)
class Signature:
    """One form of a call. A parameter is its type and name, and ` = value` where it may be left out."""

    template: tuple[str, ...]
    parameters: tuple[str, ...]

    def takes(self, arguments: int) -> bool:
        required = sum("=" not in parameter for parameter in self.parameters)
        return required <= arguments <= len(self.parameters)

    def takes_template(self, arguments: int) -> bool:
        """Whether a call may write that many template arguments out, the others being deduced or defaults."""
        required = 0
        for position, parameter in enumerate(self.template, start=1):
            name = parameter.split("=")[0].split()[-1]
            deduced = any(re.search(rf"\b{name}\b", each) for each in self.parameters)
            if "=" not in parameter and not deduced:
                required = position
        return required <= arguments <= len(self.template)


@dataclass(frozen=True)
class Entry:
    """What a name is. `kind`: function, class, method, enum, enumerator, constant, type or macro."""

    name: str  # a method as Class.name, an enumerator as Enum::NAME, of a plain enum also as NAME
    kind: str
    header: str
    page: str
    signatures: tuple[Signature, ...] = ()
    template: tuple[str, ...] = ()  # of a class


def _parts(text: str) -> tuple[str, ...]:
    """Splits at the commas that no bracket encloses."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "<([{") - (character in ">)]}")
        if character == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return tuple(part.strip() for part in [*parts, text[start:]] if part.strip())


_SHAPE = re.compile(
    r"(?P<word>class |enum class |enum |macro |constant |type )?(?P<name>[\w.\[\]]+(?:, \w+)*)"
    r"(?:<(?P<template>.*?)>(?=\(|$))?(?P<call>\((?P<parameters>.*)\))?(?: \{(?P<enumerators>.*)\})?"
)


def _read(header: str, page: str, declaration: str) -> Iterator[Entry]:
    shape = _SHAPE.fullmatch(declaration)
    if shape is None:
        raise ValueError(f"cannot read the declaration: {declaration}")
    word, name = (shape["word"] or "").strip(), shape["name"]
    template = _parts(shape["template"] or "")
    signatures = (Signature(template, _parts(shape["parameters"])),) if shape["call"] else ()
    if word.startswith("enum"):
        yield Entry(name, "enum", header, page)
        for enumerator in _parts(shape["enumerators"]):
            yield Entry(f"{name}::{enumerator}", "enumerator", header, page)
            if word == "enum":
                yield Entry(enumerator, "enumerator", header, page)
    elif word:
        for each in name.split(", "):
            yield Entry(each, word, header, page, signatures, template if word == "class" else ())
    else:
        yield Entry(name, "method" if "." in name else "function", header, page, signatures)


def _table(text: str) -> dict[str, Entry]:
    table: dict[str, Entry] = {}
    header = page = declaration = ""
    for line in text.splitlines():
        if line.startswith("## "):
            header = line[3:]
        elif line.startswith("# "):
            page = line[2:]
        else:
            declaration = f"{declaration} {line.strip()}".strip()
            if declaration and all(declaration.count(a) == declaration.count(b) for a, b in ("()", "{}")):
                for entry in _read(header, page, declaration):
                    known = table.get(entry.name)  # another form, or a constructor of a class
                    signatures = (*known.signatures, *entry.signatures) if known else entry.signatures
                    table[entry.name] = replace(known or entry, signatures=signatures)
                declaration = ""
    return table


# `##` names a header, `#` a page of the documentation; a declaration ends where its brackets are closed.
_DECLARATIONS = """
## (the device compiler)
# SIMD built-in keywords
macro __aicore__, __global__, __gm__
type half, bfloat16_t
# Built-in data types, architecture 2201
type int4b_t
# Built-in data types, architecture 3510
type fp8_e4m3fn_t, fp8_e5m2_t, fp8_e8m0_t, hifloat8_t, fp4x2_e2m1_t
# Pipes of the hardware
enum pipe_t { PIPE_V, PIPE_M, PIPE_MTE1, PIPE_MTE2, PIPE_MTE3, PIPE_FIX, PIPE_ALL }
# SetFlag/WaitFlag (ISASI)
enum event_t { EVENT_ID0, EVENT_ID1, EVENT_ID2, EVENT_ID3, EVENT_ID4, EVENT_ID5 }
# Quantisation on the way out of L0C
enum QuantMode_t { NoQuant, F322F16, F322BF16, DEQF16, VDEQF16, QF322B8_PRE, VQF322B8_PRE, REQ8, VREQ8 }

## impl/basic_api/utils/kernel_utils_macros.h
# SIMD built-in keywords
macro GM_ADDR

## impl/utils/sys_macros.h
# SIMD built-in keywords
macro ASCEND_IS_AIC, ASCEND_IS_AIV

## impl/basic_api/utils/kernel_utils_macros.h
# Setting the kernel type
macro KERNEL_TASK_TYPE_DEFAULT(value)
enum KernelMetaType { KERNEL_TYPE_AIV_ONLY, KERNEL_TYPE_AIC_ONLY, KERNEL_TYPE_MIX_AIV_1_0, KERNEL_TYPE_MIX_AIC_1_0,
    KERNEL_TYPE_MIX_AIC_1_1, KERNEL_TYPE_MIX_AIC_1_2 }
# REGISTER_TILING_DEFAULT
macro REGISTER_TILING_DEFAULT(TILING_STRUCT)
# TILING_KEY_IS
macro TILING_KEY_IS(k)

## (generated by the operator's build)
# GET_TILING_DATA
macro GET_TILING_DATA(tiling_data, tiling_arg)
# GET_TILING_DATA_WITH_STRUCT
macro GET_TILING_DATA_WITH_STRUCT(struct_name, tiling_data, tiling_arg)

## impl/basic_api/common_types.h
# TPosition
enum class TPosition { GM, A1, A2, B1, B2, C1, C2, CO1, CO2, VECIN, VECOUT, VECCALC }

## basic_api/kernel_tensor.h
# GlobalTensor
class GlobalTensor<typename T>
GlobalTensor.SetGlobalBuffer(__gm__ T *buffer, uint64_t bufferSize)
GlobalTensor.SetGlobalBuffer(__gm__ T *buffer)
GlobalTensor.GetPhyAddr()
GlobalTensor.GetPhyAddr(uint64_t offset)
GlobalTensor.GetValue(uint64_t offset)
GlobalTensor.SetValue(uint64_t offset, T value)
GlobalTensor.operator[](uint64_t offset)
# LocalTensor
class LocalTensor<typename T>
LocalTensor(TPosition pos, uint32_t addr, uint32_t tileSize)
LocalTensor.GetPhyAddr()
LocalTensor.GetPhyAddr(uint32_t offset)
LocalTensor.GetValue(uint32_t index)
LocalTensor.SetValue(uint32_t index, T value)
LocalTensor.ReinterpretCast<typename U>()
LocalTensor.GetSize()
LocalTensor.operator[](uint32_t offset)

## basic_api/kernel_tpipe.h
# TPipe
class TPipe
TPipe.InitBuffer(TQue &que, uint8_t num, uint32_t len)
TPipe.InitBuffer(TBuf &buf, uint32_t len)
TPipe.Destroy()
TPipe.AllocEventID<HardEvent event>()
TPipe.ReleaseEventID<HardEvent event>(TEventID id)
TPipe.FetchEventID(HardEvent event)
# TBuf
class TBuf<TPosition pos = TPosition::VECCALC>
TBuf.Get<typename T>()
TBuf.Get<typename T>(uint32_t len)
TBuf.GetWithOffset<typename T>(uint32_t size, uint32_t bufOffset)
# TQue
class TQue<TPosition pos, int32_t depth>
TQue.AllocTensor<typename T>()
TQue.EnQue(const LocalTensor<T> &tensor)
TQue.DeQue<typename T>()
TQue.FreeTensor(LocalTensor<T> &tensor)

## basic_api/kernel_struct_data_copy.h
# DataCopy (strided)
class DataCopyParams
DataCopyParams()
DataCopyParams(uint16_t blockCount, uint16_t blockLen, uint16_t srcStride, uint16_t dstStride)

## basic_api/kernel_operator_data_copy_intf.h
# DataCopy (contiguous)
DataCopy<typename T>(const LocalTensor<T> &dst, const GlobalTensor<T> &src, uint32_t count)
DataCopy<typename T>(const GlobalTensor<T> &dst, const LocalTensor<T> &src, uint32_t count)
DataCopy<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, uint32_t count)
# DataCopy (strided)
DataCopy<typename T>(const LocalTensor<T> &dst, const GlobalTensor<T> &src, const DataCopyParams &repeatParams)
DataCopy<typename T>(const GlobalTensor<T> &dst, const LocalTensor<T> &src, const DataCopyParams &repeatParams)
DataCopy<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, const DataCopyParams &repeatParams)

## basic_api/kernel_struct_data_copy.h
# DataCopy (GM to L1, ND to NZ on the way)
class Nd2NzParams
Nd2NzParams()
Nd2NzParams(uint16_t ndNum, uint16_t nValue, uint16_t dValue, uint16_t srcNdMatrixStride, uint16_t srcDValue,
    uint16_t dstNzC0Stride, uint16_t dstNzNStride, uint16_t dstNzMatrixStride)
# DataCopy (L1 to BiasTable Buffer), here of architecture 3510
DataCopy<typename T, typename U>(const LocalTensor<T> &dst, const LocalTensor<U> &src,
    const DataCopyParams &repeatParams)
# DataCopy (GM to L1, DN to NZ on the way), architecture 3510
class Dn2NzParams
Dn2NzParams()
Dn2NzParams(uint16_t dnNum, uint16_t nValue, uint32_t dValue, uint64_t srcDnMatrixStride, uint64_t srcDValue,
    uint16_t dstNzC0Stride, uint16_t dstNzNStride, uint32_t dstNzMatrixStride)
# DataCopyPad (GM to UB)
class DataCopyExtParams
DataCopyExtParams()
DataCopyExtParams(uint16_t blockCount, uint32_t blockLen, uint32_t srcStride, uint32_t dstStride, uint32_t rsv)
class DataCopyPadExtParams<typename T>
DataCopyPadExtParams()
DataCopyPadExtParams(bool isPad, uint8_t leftPadding, uint8_t rightPadding, T paddingValue)

## basic_api/kernel_operator_data_copy_intf.h
# DataCopy (GM to L1, ND to NZ on the way)
DataCopy<typename T>(const LocalTensor<T> &dst, const GlobalTensor<T> &src, const Nd2NzParams &intriParams)
# DataCopy (GM to L1, DN to NZ on the way), architecture 3510
DataCopy<typename T>(const LocalTensor<T> &dst, const GlobalTensor<T> &src, const Dn2NzParams &intriParams)
# DataCopyPad (GM to UB)
DataCopyPad<typename T>(const LocalTensor<T> &dst, const GlobalTensor<T> &src,
    const DataCopyExtParams &dataCopyParams, const DataCopyPadExtParams<T> &padParams)
# DataCopyPad (UB to GM)
DataCopyPad<typename T>(const GlobalTensor<T> &dst, const LocalTensor<T> &src,
    const DataCopyExtParams &dataCopyParams)

## basic_api/kernel_struct_mm.h
# LoadData (2D)
class LoadData2DParams
LoadData2DParams()
LoadData2DParams(uint16_t startIndex, uint8_t repeatTimes, uint16_t srcStride, uint8_t sid, uint16_t dstGap,
    bool ifTranspose, uint8_t addrMode)

## basic_api/kernel_operator_mm_intf.h
# LoadData (2D)
LoadData<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, const LoadData2DParams &loadDataParams)

## basic_api/kernel_struct_mm.h
# LoadData (2D V2), architecture 3510
class LoadData2DParamsV2
LoadData2DParamsV2()
LoadData2DParamsV2(uint32_t mStartPosition, uint32_t kStartPosition, uint16_t mStep, uint16_t kStep,
    int32_t srcStride, uint16_t dstStride, bool ifTranspose, uint8_t sid)

## basic_api/kernel_operator_mm_intf.h
# LoadData (2D V2), architecture 3510
LoadData<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, const LoadData2DParamsV2 &loadDataParams)

# LoadData (MX), architecture 3510
LoadData<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, const LocalTensor<fp8_e8m0_t> &srcMx,
    const LoadData2DParamsV2 &loadDataParams, const LoadData2DMxParams &loadMxDataParams)

## basic_api/kernel_struct_mm.h
# LoadData (MX), architecture 3510
class LoadData2DMxParams
LoadData2DMxParams()
LoadData2DMxParams(uint16_t xStartPosition, uint16_t yStartPosition, uint8_t xStep, uint8_t yStep,
    uint16_t srcStride, uint16_t dstStride)
# Fill
class InitConstValueParams<typename T>
InitConstValueParams()
InitConstValueParams(uint16_t repeatTimes, uint16_t blockNum, uint16_t dstGap, T initValue)

## basic_api/kernel_operator_mm_intf.h
# Fill
Fill<typename T>(const LocalTensor<T> &dst, const InitConstValueParams<T> &initConstValueParams)
# MmadMx, architecture 3510
MmadMx<typename T, typename U, typename S>(const LocalTensor<T> &dst, const LocalTensor<U> &fm,
    const LocalTensor<S> &filter, const MmadParams &mmadParams)
MmadMx<typename T, typename U, typename S, typename V>(const LocalTensor<T> &dst, const LocalTensor<U> &fm,
    const LocalTensor<S> &filter, const LocalTensor<V> &bias, const MmadParams &mmadParams)

## basic_api/kernel_struct_mm.h
# LoadDataWithTranspose
class LoadData2dTransposeParams
LoadData2dTransposeParams()
LoadData2dTransposeParams(uint16_t startIndex, uint8_t repeatTimes, uint16_t srcStride, uint16_t dstGap,
    uint16_t dstFracGap, uint8_t addrMode = 0)

## basic_api/kernel_operator_mm_intf.h
# LoadDataWithTranspose
LoadDataWithTranspose<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src,
    const LoadData2dTransposeParams &loadDataParams)
# SetLoadDataPaddingValue
SetLoadDataPaddingValue<typename T>(T padValue)

## basic_api/kernel_struct_mm.h
# Mmad
class MmadParams
MmadParams()
MmadParams(uint16_t m, uint16_t n, uint16_t k, uint8_t unitFlag, bool cmatrixSource, bool cmatrixInitVal)

## basic_api/kernel_operator_mm_intf.h
# Mmad
Mmad<typename T, typename U, typename S>(const LocalTensor<T> &dst, const LocalTensor<U> &fm,
    const LocalTensor<S> &filter, const MmadParams &mmadParams)
Mmad<typename T, typename U, typename S, typename V>(const LocalTensor<T> &dst, const LocalTensor<U> &fm,
    const LocalTensor<S> &filter, const LocalTensor<V> &bias, const MmadParams &mmadParams)

## basic_api/kernel_struct_fixpipe.h
# Fixpipe (L0C to GM)
class FixpipeParamsV220
FixpipeParamsV220()
FixpipeParamsV220(uint16_t nSize, uint16_t mSize, uint16_t srcStride, uint32_t dstStride, bool reluEn)
FixpipeParamsV220(uint16_t nSize, uint16_t mSize, uint16_t srcStride, uint32_t dstStride, bool reluEn,
    QuantMode_t quantPre, int64_t deqScalar, uint16_t ndNum, uint16_t srcNdStride, uint16_t dstNdStride,
    uint8_t unitFlag)
# Fixpipe (L0C to GM), architecture 3510
enum class CO2Layout { NZ, ROW_MAJOR, COLUMN_MAJOR }
class FixpipeParamsArch3510<CO2Layout format = CO2Layout::ROW_MAJOR>
FixpipeParamsArch3510()
FixpipeParamsArch3510(uint16_t nSize, uint16_t mSize, uint16_t srcStride, uint32_t dstStride)
# Fixpipe (L0C to GM)
constant CFG_ROW_MAJOR
constant CFG_NZ

## basic_api/kernel_operator_fixpipe_intf.h
# Fixpipe (L0C to GM)
Fixpipe<typename T, typename U, const FixpipeConfig &config = CFG_ROW_MAJOR>(const GlobalTensor<T> &dst,
    const LocalTensor<U> &src, const FixpipeParamsV220 &intriParams)
Fixpipe<typename T, typename U, const FixpipeConfig &config = CFG_ROW_MAJOR>(const GlobalTensor<T> &dst,
    const LocalTensor<U> &src, const LocalTensor<uint64_t> &cbufWorkspace, const FixpipeParamsV220 &intriParams)
# Fixpipe (L0C to GM), architecture 3510
Fixpipe<typename T, typename U, const FixpipeConfig &config = CFG_ROW_MAJOR>(const GlobalTensor<T> &dst,
    const LocalTensor<U> &src, const FixpipeParamsArch3510<config.format> &intriParams)
# SetFixpipeNz2ndFlag
SetFixpipeNz2ndFlag(uint16_t ndNum, uint16_t srcNdStride, uint16_t dstNdStride)

## impl/basic_api/kernel_event.h
# Synchronisation inside a core
enum class HardEvent { M_MTE1, M_MTE2, M_FIX, MTE1_M, MTE1_MTE2, MTE1_MTE3, MTE1_FIX, MTE2_M, MTE2_MTE1, MTE2_MTE3,
    MTE3_MTE1, MTE3_MTE2, FIX_M, FIX_MTE1, S_V, S_MTE2, S_MTE3, V_S, V_MTE2, V_MTE3, MTE2_S, MTE2_V, MTE3_S,
    MTE3_V }

## basic_api/kernel_operator_block_sync_intf.h
# SetFlag/WaitFlag (ISASI)
SetFlag<HardEvent event>(int32_t eventID)
WaitFlag<HardEvent event>(int32_t eventID)
# PipeBarrier (ISASI)
PipeBarrier<pipe_t pipe>()
# CrossCoreSetFlag (ISASI)
CrossCoreSetFlag<uint8_t modeId, pipe_t pipe>(uint16_t flagId)
# CrossCoreWaitFlag (ISASI)
CrossCoreWaitFlag<uint8_t modeId = 0, pipe_t pipe = PIPE_S>(uint16_t flagId)
# SyncAll
SyncAll<bool isAIVOnly = true>()

## basic_api/kernel_operator_set_atomic_intf.h
# SetAtomicAdd
SetAtomicAdd<typename T>()
# DisableDmaAtomic
SetAtomicNone()

## impl/basic_api/kernel_reg.h
# DataCacheCleanAndInvalid
enum class CacheLine { SINGLE_CACHE_LINE, ENTIRE_DATA_CACHE }
enum class DcciDst { CACHELINE_ALL, CACHELINE_UB, CACHELINE_OUT, CACHELINE_ATOMIC }

## basic_api/kernel_operator_cache_intf.h
# DataCacheCleanAndInvalid
DataCacheCleanAndInvalid<typename T, CacheLine entireType, DcciDst dcciDst>(const GlobalTensor<T> &dst)

## basic_api/kernel_operator_common_intf.h
# InitSocState
InitSocState()

## impl/basic_api/dav_c220/kernel_operator_common_impl.h
# GetUserWorkspace
GetUserWorkspace(GM_ADDR workspace)

## basic_api/kernel_operator_sys_var_intf.h
# GetBlockIdx
GetBlockIdx()
# GetBlockNum
GetBlockNum()
# GetSubBlockIdx (ISASI)
GetSubBlockIdx()
# GetSubBlockNum (ISASI)
GetSubBlockNum()

## impl/basic_api/kernel_operator_sys_var_intf_impl.h
# GetTaskRatio
GetTaskRation()

## impl/basic_api/utils/kernel_utils_mode.h
# Cast
enum class RoundMode { CAST_NONE, CAST_RINT, CAST_FLOOR, CAST_CEIL, CAST_ROUND, CAST_TRUNC, CAST_ODD }

## basic_api/kernel_struct_unary.h
# UnaryRepeatParams
class UnaryRepeatParams
UnaryRepeatParams()
UnaryRepeatParams(uint16_t dstBlkStride, uint16_t srcBlkStride, uint8_t dstRepStride, uint8_t srcRepStride)

## basic_api/kernel_struct_binary.h
# BinaryRepeatParams
class BinaryRepeatParams
BinaryRepeatParams()
BinaryRepeatParams(uint8_t dstBlkStride, uint8_t src0BlkStride, uint8_t src1BlkStride, uint8_t dstRepStride,
    uint8_t src0RepStride, uint8_t src1RepStride)

## basic_api/kernel_struct_brcb.h
# Brcb
class BrcbRepeatParams
BrcbRepeatParams()
BrcbRepeatParams(uint16_t dstBlkStride, uint16_t dstRepStride)

## basic_api/kernel_struct_gather.h
# GatherMask
class GatherMaskParams
GatherMaskParams()
GatherMaskParams(uint8_t src0BlockStride, uint16_t repeatTimes, uint16_t src0RepeatStride, uint8_t src1RepeatStride)

## basic_api/kernel_operator_vec_gather_mask_intf.h
# GatherMask
GatherMask<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src0, uint8_t src1Pattern, bool reduceMode,
    uint32_t mask, const GatherMaskParams &gatherMaskParams, uint64_t &rsvdCnt)

## basic_api/kernel_operator_vec_brcb_intf.h
# Brcb
Brcb<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, uint8_t repeatTime,
    const BrcbRepeatParams &repeatParams)

## basic_api/kernel_operator_vec_vconv_intf.h
# Cast
Cast<typename T, typename U>(const LocalTensor<T> &dst, const LocalTensor<U> &src, const RoundMode &roundMode,
    uint32_t count)
Cast<typename T, typename U, bool isSetMask = true>(const LocalTensor<T> &dst, const LocalTensor<U> &src,
    const RoundMode &roundMode, uint64_t mask, uint8_t repeatTime, const UnaryRepeatParams &repeatParams)

## basic_api/kernel_operator_vec_binary_intf.h
# Add
Add<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src0, const LocalTensor<T> &src1, int32_t count)
Add<typename T, bool isSetMask = true>(const LocalTensor<T> &dst, const LocalTensor<T> &src0,
    const LocalTensor<T> &src1, uint64_t mask, uint8_t repeatTime, const BinaryRepeatParams &repeatParams)
# Mul
Mul<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src0, const LocalTensor<T> &src1, int32_t count)
Mul<typename T, bool isSetMask = true>(const LocalTensor<T> &dst, const LocalTensor<T> &src0,
    const LocalTensor<T> &src1, uint64_t mask, uint8_t repeatTime, const BinaryRepeatParams &repeatParams)

## basic_api/kernel_operator_vec_binary_scalar_intf.h
# Adds
Adds<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, T scalarValue, int32_t count)
# Muls
Muls<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, T scalarValue, int32_t count)
# ShiftLeft
ShiftLeft<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, const T &scalarValue, int32_t count)
# ShiftRight
ShiftRight<typename T>(const LocalTensor<T> &dst, const LocalTensor<T> &src, const T &scalarValue, int32_t count)

## basic_api/kernel_operator_vec_duplicate_intf.h
# Duplicate
Duplicate<typename T>(const LocalTensor<T> &dst, T scalarValue, int32_t count)

## adv_api/hccl/hccl_common.h
# How HCCL is used
enum HcclServerType { HCCL_SERVER_TYPE_AICPU }
constant HCCL_GROUP_ID_0

## basic_api/kernel_common.h
# GetHcclContext
GetHcclContext<uint32_t index>()

## adv_api/hccl/hccl.h
# How HCCL is used
class Hccl<HcclServerType serverType = HcclServerType::HCCL_SERVER_TYPE_AICPU>
# InitV2
Hccl.InitV2(GM_ADDR context, const void *initTiling)
# SetCcTilingV2
Hccl.SetCcTilingV2(uint64_t offset)
# GetWindowsInAddr
Hccl.GetWindowsInAddr(uint32_t rankId)
# GetRankId
Hccl.GetRankId()
# GetRankDim
Hccl.GetRankDim()

## adv_api/hccl/hccl_tilingdata.h
# TilingData structs of HCCL
type Mc2InitTiling, Mc2CcTiling

## cstddef
# (the C++ standard)
macro offsetof(type, member)
type size_t

## cstdint
# (the C++ standard)
type int8_t, uint8_t, int16_t, uint16_t, int32_t, uint32_t, int64_t, uint64_t
"""

API = _table(_DECLARATIONS)
