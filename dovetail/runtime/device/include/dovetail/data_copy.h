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

// ndNum matrices of nValue rows and dValue columns: source pitches in elements; dstNzC0Stride (one column of fractals
// to the next) and dstNzNStride (one row to the next) in 32 bytes; dstNzMatrixStride in elements.
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

void CopyNdToNz(const Operand &destination, const Operand &source, const AscendC::Nd2NzParams &parameters,
                uint32_t element_bytes, Location where);

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
    ::dovetail::CopyBlocks(dst.At(), src.At(), 1, static_cast<uint64_t>(count) * sizeof(T), 0, 0, where);
}

template <typename T>
__aicore__ inline void DataCopy(const GlobalTensor<T> &dst, const LocalTensor<T> &src, const uint32_t count,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyBlocks(dst.At(), src.At(), 1, static_cast<uint64_t>(count) * sizeof(T), 0, 0, where);
}

template <typename T>
__aicore__ inline void DataCopy(const LocalTensor<T> &dst, const LocalTensor<T> &src, const uint32_t count,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyBlocks(dst.At(), src.At(), 1, static_cast<uint64_t>(count) * sizeof(T), 0, 0, where);
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
    ::dovetail::CopyBlocks(dst.At(), src.At(), repeatParams.blockCount, repeatParams.blockLen * 32ull,
                           repeatParams.dstGap * 32ull, repeatParams.srcGap * 32ull, where);
}

template <typename T>
__aicore__ inline void DataCopy(const LocalTensor<T> &dst, const GlobalTensor<T> &src, const Nd2NzParams &intriParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::CopyNdToNz(dst.At(), src.At(), intriParams, sizeof(T), where);
}

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
