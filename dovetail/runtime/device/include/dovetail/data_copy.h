// DataCopy and DataCopyPad: between global memory and the memories of a core, and within those.
#ifndef DOVETAIL_DATA_COPY_H
#define DOVETAIL_DATA_COPY_H

#include "dovetail/number.h"
#include "dovetail/tensor.h"

namespace AscendC {

// Lengths in 32 bytes; strides are gaps, from the end of one block to the start of the next, in 32 bytes.
struct DataCopyParams {
    using Number = ::dovetail::Number;

    __aicore__ DataCopyParams() {}
    __aicore__ DataCopyParams(const Number &count, const Number &len, const Number &srcStrideIn,
                              const Number &dstStrideIn)
        : blockCount(count.As<uint16_t>("blockCount")),
          blockLen(len.As<uint16_t>("blockLen")),
          srcStride(srcStrideIn.As<uint16_t>("srcStride")),
          dstStride(dstStrideIn.As<uint16_t>("dstStride")) {}

    uint16_t blockCount = 1;
    uint16_t blockLen = 0;
    union {
        uint16_t srcGap = 0;
        uint16_t srcStride;
    };
    union {
        uint16_t dstGap = 0;
        uint16_t dstStride;
    };
};

// Lengths in bytes; strides are gaps, in bytes on the side of global memory and in 32 bytes on the side of UB.
struct DataCopyExtParams {
    using Number = ::dovetail::Number;

    __aicore__ DataCopyExtParams() {}
    __aicore__ DataCopyExtParams(const Number &count, const Number &len, const Number &srcStrideIn,
                                 const Number &dstStrideIn, const Number &rsvIn)
        : blockCount(count.As<uint16_t>("blockCount")),
          blockLen(len.As<uint32_t>("blockLen")),
          srcStride(srcStrideIn.As<uint32_t>("srcStride")),
          dstStride(dstStrideIn.As<uint32_t>("dstStride")),
          rsv(rsvIn.As<uint32_t>("rsv")) {}

    uint16_t blockCount = 1;
    uint32_t blockLen = 0;
    uint32_t srcStride = 0;
    uint32_t dstStride = 0;
    uint32_t rsv = 0;
};

// Paddings in elements, written beside each block in UB.
template <typename T>
struct DataCopyPadExtParams {
    using Number = ::dovetail::Number;

    __aicore__ DataCopyPadExtParams() {}
    __aicore__ DataCopyPadExtParams(const bool isPadValue, const Number &leftPadValue, const Number &rightPadValue,
                                    T padValue)
        : isPad(isPadValue),
          leftPadding(leftPadValue.As<uint8_t>("leftPadding")),
          rightPadding(rightPadValue.As<uint8_t>("rightPadding")),
          paddingValue(padValue) {}

    bool isPad = false;
    uint8_t leftPadding = 0;
    uint8_t rightPadding = 0;
    T paddingValue = 0;
};

struct DataCopyPadParams {
    using Number = ::dovetail::Number;

    __aicore__ DataCopyPadParams() {}
    __aicore__ DataCopyPadParams(const bool isPadValue, const Number &leftPadValue, const Number &rightPadValue,
                                 const Number &padValue)
        : isPad(isPadValue),
          leftPadding(leftPadValue.As<uint8_t>("leftPadding")),
          rightPadding(rightPadValue.As<uint8_t>("rightPadding")),
          paddingValue(padValue.As<uint64_t>("paddingValue")) {}

    bool isPad = false;
    uint8_t leftPadding = 0;
    uint8_t rightPadding = 0;
    uint64_t paddingValue = 0;
};

// ndNum matrices of nValue rows and dValue columns, of numbers of 4 bits bytes: source pitches in elements;
// dstNzC0Stride (one column of fractals to the next) and dstNzNStride (one row to the next) in 32 bytes;
// dstNzMatrixStride in elements.
#if __NPU_ARCH__ == 3510
struct Nd2NzParams {
    __aicore__ Nd2NzParams() {}
    __aicore__ Nd2NzParams(const uint16_t ndNumIn, const uint16_t nValueIn, const uint32_t dValueIn,
                           const uint64_t srcNdMatrixStrideIn, const uint64_t srcDValueIn,
                           const uint16_t dstNzC0StrideIn, const uint16_t dstNzNStrideIn,
                           const uint32_t dstNzMatrixStrideIn)
        : ndNum(ndNumIn),
          nValue(nValueIn),
          dValue(dValueIn),
          srcNdMatrixStride(srcNdMatrixStrideIn),
          srcDValue(srcDValueIn),
          dstNzC0Stride(dstNzC0StrideIn),
          dstNzNStride(dstNzNStrideIn),
          dstNzMatrixStride(dstNzMatrixStrideIn) {}

    uint16_t ndNum = 0;
    uint16_t nValue = 0;
    uint32_t dValue = 0;
    uint64_t srcNdMatrixStride = 0;
    uint64_t srcDValue = 0;
    uint16_t dstNzC0Stride = 0;
    uint16_t dstNzNStride = 0;
    uint32_t dstNzMatrixStride = 0;
};

// dnNum matrices of dValue rows and nValue columns, transposed: a column of the source becomes a row, in pieces of 32
// bytes that lie dstNzC0Stride apart; the next column lies dstNzNStride further; both in 32 bytes.
struct Dn2NzParams {
    __aicore__ Dn2NzParams() {}
    __aicore__ Dn2NzParams(const uint16_t dnNumIn, const uint16_t nValueIn, const uint32_t dValueIn,
                           const uint64_t srcDnMatrixStrideIn, const uint64_t srcDValueIn,
                           const uint16_t dstNzC0StrideIn, const uint16_t dstNzNStrideIn,
                           const uint32_t dstNzMatrixStrideIn)
        : dnNum(dnNumIn),
          nValue(nValueIn),
          dValue(dValueIn),
          srcDnMatrixStride(srcDnMatrixStrideIn),
          srcDValue(srcDValueIn),
          dstNzC0Stride(dstNzC0StrideIn),
          dstNzNStride(dstNzNStrideIn),
          dstNzMatrixStride(dstNzMatrixStrideIn) {}

    uint16_t dnNum = 0;
    uint16_t nValue = 0;
    uint32_t dValue = 0;
    uint64_t srcDnMatrixStride = 0;
    uint64_t srcDValue = 0;
    uint16_t dstNzC0Stride = 0;
    uint16_t dstNzNStride = 0;
    uint32_t dstNzMatrixStride = 0;
};
#else
struct Nd2NzParams {
    using Number = ::dovetail::Number;

    __aicore__ Nd2NzParams() {}
    __aicore__ Nd2NzParams(const Number &ndNumIn, const Number &nValueIn, const Number &dValueIn,
                           const Number &srcNdMatrixStrideIn, const Number &srcDValueIn, const Number &dstNzC0StrideIn,
                           const Number &dstNzNStrideIn, const Number &dstNzMatrixStrideIn)
        : ndNum(ndNumIn.As<uint16_t>("ndNum")),
          nValue(nValueIn.As<uint16_t>("nValue")),
          dValue(dValueIn.As<uint16_t>("dValue")),
          srcNdMatrixStride(srcNdMatrixStrideIn.As<uint16_t>("srcNdMatrixStride")),
          srcDValue(srcDValueIn.As<uint16_t>("srcDValue")),
          dstNzC0Stride(dstNzC0StrideIn.As<uint16_t>("dstNzC0Stride")),
          dstNzNStride(dstNzNStrideIn.As<uint16_t>("dstNzNStride")),
          dstNzMatrixStride(dstNzMatrixStrideIn.As<uint16_t>("dstNzMatrixStride")) {}

    uint16_t ndNum = 0;
    uint16_t nValue = 0;
    uint16_t dValue = 0;
    uint16_t srcNdMatrixStride = 0;
    uint16_t srcDValue = 0;
    uint16_t dstNzC0Stride = 0;
    uint16_t dstNzNStride = 0;
    uint16_t dstNzMatrixStride = 0;
};
#endif

}  // namespace AscendC

namespace dovetail {

// Blocks of bytes; `destination_gap` and `source_gap` from the end of one block to the start of the next.
void CopyBlocks(const Operand &destination, const Operand &source, uint32_t count, uint64_t bytes,
                uint64_t destination_gap, uint64_t source_gap, Location where);

// Blocks of any length from global memory into UB, padded there to whole 32 bytes.
void CopyPadded(const Operand &destination, const Operand &source, const AscendC::DataCopyExtParams &blocks, bool fills,
                uint32_t left_bytes, uint32_t right_bytes, uint64_t fill, uint32_t element_bytes, Location where);

// Blocks of any length from UB to global memory.
void CopyUnpadded(const Operand &destination, const Operand &source, const AscendC::DataCopyExtParams &blocks,
                  uint32_t element_bytes, Location where);

// `shape` with the numbers that the parameters carry; `longest_row` and `longest_pitch` are what their fields may say.
void CopyNdToNz(const Operand &destination, const Operand &source, const NdToNzShape &shape, uint32_t longest_row,
                uint64_t longest_pitch, Location where);

// Transposed: `shape` has the rows and columns of the source, and the pitches of what its columns become.
void CopyDnToNz(const Operand &destination, const Operand &source, const NdToNzShape &shape, Location where);

// A row of numbers from L1 to the bias table, as floats if they are narrower. Blocks and gaps in bytes of L1.
void CopyBias(const Operand &destination, const Operand &source, uint32_t count, uint64_t bytes, uint64_t source_gap,
              uint64_t destination_gap, Location where);

template <typename T>
uint64_t BitsOf(T value) {
    uint64_t bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    return bits;
}

}  // namespace dovetail

namespace AscendC {

template <typename T>
__aicore__ inline void DataCopy(const LocalTensor<T> &dst, const GlobalTensor<T> &src, const uint32_t count,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyBlocks(dst.At(), src.At(), 1, ::dovetail::BytesFor<T>(count), 0, 0, where);
}

template <typename T>
__aicore__ inline void DataCopy(const GlobalTensor<T> &dst, const LocalTensor<T> &src, const uint32_t count,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyBlocks(dst.At(), src.At(), 1, ::dovetail::BytesFor<T>(count), 0, 0, where);
}

template <typename T>
__aicore__ inline void DataCopy(const LocalTensor<T> &dst, const LocalTensor<T> &src, const uint32_t count,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyBlocks(dst.At(), src.At(), 1, ::dovetail::BytesFor<T>(count), 0, 0, where);
}

template <typename T>
__aicore__ inline void DataCopy(const LocalTensor<T> &dst, const GlobalTensor<T> &src,
                                const DataCopyParams &repeatParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyBlocks(dst.At(), src.At(), repeatParams.blockCount, repeatParams.blockLen * 32ull,
                           repeatParams.dstGap * 32ull, repeatParams.srcGap * 32ull, where);
}

template <typename T>
__aicore__ inline void DataCopy(const GlobalTensor<T> &dst, const LocalTensor<T> &src,
                                const DataCopyParams &repeatParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyBlocks(dst.At(), src.At(), repeatParams.blockCount, repeatParams.blockLen * 32ull,
                           repeatParams.dstGap * 32ull, repeatParams.srcGap * 32ull, where);
}

template <typename T, typename U>
__aicore__ inline void DataCopy(const LocalTensor<T> &dst, const LocalTensor<U> &src,
                                const DataCopyParams &repeatParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    if (dst.At().memory == ::dovetail::Memory::BT) {
        // The unit of blockLen and dstGap; srcGap is in 32 bytes everywhere.
        constexpr uint64_t unit = __NPU_ARCH__ == 3510 ? 32 : 64;
        return ::dovetail::CopyBias(dst.At(), src.At(), repeatParams.blockCount, repeatParams.blockLen * unit,
                                    repeatParams.srcGap * 32ull, repeatParams.dstGap * unit, where);
    }
    ::dovetail::CopyBlocks(dst.At(), src.At(), repeatParams.blockCount, repeatParams.blockLen * 32ull,
                           repeatParams.dstGap * 32ull, repeatParams.srcGap * 32ull, where);
}

template <typename T>
__aicore__ inline void DataCopy(const LocalTensor<T> &dst, const GlobalTensor<T> &src, const Nd2NzParams &intriParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::NdToNzShape shape = {};
    shape.matrices = intriParams.ndNum;
    shape.rows = intriParams.nValue;
    shape.columns = intriParams.dValue;
    shape.source_matrix_pitch = intriParams.srcNdMatrixStride;
    shape.source_row_pitch = intriParams.srcDValue;
    shape.block_column_pitch = intriParams.dstNzC0Stride;
    shape.row_pitch = intriParams.dstNzNStride;
    shape.destination_matrix_pitch = intriParams.dstNzMatrixStride;
    shape.element_bytes = sizeof(T);
    constexpr bool wide = __NPU_ARCH__ == 3510;
    ::dovetail::CopyNdToNz(dst.At(), src.At(), shape, wide ? (1u << 21) - 1 : 65535, wide ? (1ull << 40) - 1 : 65535,
                           where);
}

#if __NPU_ARCH__ == 3510
template <typename T>
__aicore__ inline void DataCopy(const LocalTensor<T> &dst, const GlobalTensor<T> &src, const Dn2NzParams &intriParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::NdToNzShape shape = {};
    shape.matrices = intriParams.dnNum;
    shape.rows = static_cast<uint16_t>(intriParams.dValue);
    shape.columns = intriParams.nValue;
    shape.source_row_pitch = intriParams.srcDValue;
    shape.block_column_pitch = intriParams.dstNzC0Stride;
    shape.row_pitch = intriParams.dstNzNStride;
    shape.element_bytes = sizeof(T);
    ::dovetail::CopyDnToNz(dst.At(), src.At(), shape, where);
}
#endif

template <typename T>
__aicore__ inline void DataCopyPad(const LocalTensor<T> &dst, const GlobalTensor<T> &src,
                                   const DataCopyExtParams &dataCopyParams, const DataCopyPadExtParams<T> &padParams,
                                   ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyPadded(dst.At(), src.At(), dataCopyParams, padParams.isPad,
                           padParams.leftPadding * static_cast<uint32_t>(sizeof(T)),
                           padParams.rightPadding * static_cast<uint32_t>(sizeof(T)),
                           ::dovetail::BitsOf(padParams.paddingValue), sizeof(T), where);
}

template <typename T>
__aicore__ inline void DataCopyPad(const GlobalTensor<T> &dst, const LocalTensor<T> &src,
                                   const DataCopyExtParams &dataCopyParams,
                                   ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyUnpadded(dst.At(), src.At(), dataCopyParams, sizeof(T), where);
}

// The older forms: lengths in bytes, 16-bit fields.
template <typename T>
__aicore__ inline void DataCopyPad(const LocalTensor<T> &dst, const GlobalTensor<T> &src,
                                   const DataCopyParams &dataCopyParams, const DataCopyPadParams &padParams,
                                   ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyPadded(dst.At(), src.At(),
                           DataCopyExtParams(dataCopyParams.blockCount, dataCopyParams.blockLen, dataCopyParams.srcGap,
                                             dataCopyParams.dstGap, 0),
                           padParams.isPad, padParams.leftPadding * static_cast<uint32_t>(sizeof(T)),
                           padParams.rightPadding * static_cast<uint32_t>(sizeof(T)), padParams.paddingValue, sizeof(T),
                           where);
}

template <typename T>
__aicore__ inline void DataCopyPad(const GlobalTensor<T> &dst, const LocalTensor<T> &src,
                                   const DataCopyParams &dataCopyParams,
                                   ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyUnpadded(dst.At(), src.At(),
                             DataCopyExtParams(dataCopyParams.blockCount, dataCopyParams.blockLen,
                                               dataCopyParams.srcGap, dataCopyParams.dstGap, 0),
                             sizeof(T), where);
}

// What DataCopyPad writes beside a block when its parameters name no value.
template <typename T, TPosition pos = TPosition::MAX>
__aicore__ inline void SetPadValue(T paddingValue) {
    ::dovetail::CoreRegisters().pad_value = ::dovetail::BitsOf(paddingValue);
}

template <typename T>
__aicore__ inline void SetAtomicAdd() {
    ::dovetail::CoreRegisters().adds_to_global = true;
    ::dovetail::CoreRegisters().added = ::dovetail::ElementOf<T>::value;
}

__aicore__ inline void SetAtomicNone() { ::dovetail::CoreRegisters().adds_to_global = false; }
__aicore__ inline void DisableDmaAtomic() { SetAtomicNone(); }

}  // namespace AscendC

#endif
