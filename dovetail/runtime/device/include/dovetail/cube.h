// What an AIC computes with: LoadData (L1 -> L0A, L0B), Mmad (L0A x L0B -> L0C), Fixpipe (L0C -> global memory, L1).
#ifndef DOVETAIL_CUBE_H
#define DOVETAIL_CUBE_H

#include "dovetail/number.h"
#include "dovetail/tensor.h"

namespace AscendC {

// In fractals of 512 bytes. srcStride goes from start to start, dstGap from the end of one to the start of the next.
struct LoadData2DParams {
    using Number = ::dovetail::Number;

    __aicore__ LoadData2DParams() {}
    __aicore__ LoadData2DParams(const Number &startIndexIn, const Number &repeatTimesIn, const Number &srcStrideIn,
                                const Number &sidIn, const Number &dstGapIn, const bool ifTransposeIn,
                                const Number &addrModeIn)
        : startIndex(startIndexIn.As<uint16_t>("startIndex")),
          dstGap(dstGapIn.As<uint16_t>("dstGap")),
          srcStride(srcStrideIn.As<uint16_t>("srcStride")),
          ifTranspose(ifTransposeIn),
          repeatTimes(repeatTimesIn.As<uint8_t>("repeatTimes")),
          sid(sidIn.As<uint8_t>("sid")),
          addrMode(addrModeIn.As<uint8_t>("addrMode")) {}

    uint16_t startIndex = 0;
    uint16_t dstGap = 0;
    uint16_t srcStride = 0;
    bool ifTranspose = false;
    uint8_t repeatTimes = 0;
    uint8_t sid = 0;
    uint8_t addrMode = 0;
};
using LoadData2dParams = LoadData2DParams;

struct MmadParams {
    using Number = ::dovetail::Number;

    __aicore__ MmadParams() {}
    __aicore__ MmadParams(const Number &mIn, const Number &nIn, const Number &kIn, const bool isBiasIn,
                          const Number &fmOffsetIn, const bool enSsparseIn, const bool enWinogradAIn,
                          const bool enWinogradBIn)
        : m(mIn.As<uint16_t>("m")),
          n(nIn.As<uint16_t>("n")),
          k(kIn.As<uint16_t>("k")),
          isBias(isBiasIn),
          fmOffset(fmOffsetIn.As<int32_t>("fmOffset")),
          enSsparse(enSsparseIn),
          enWinogradA(enWinogradAIn),
          enWinogradB(enWinogradBIn) {}
    __aicore__ MmadParams(const Number &mIn, const Number &nIn, const Number &kIn, const Number &unitFlagIn,
                          const bool cmatrixSourceIn, const bool cmatrixInitValIn)
        : m(mIn.As<uint16_t>("m")),
          n(nIn.As<uint16_t>("n")),
          k(kIn.As<uint16_t>("k")),
          unitFlag(unitFlagIn.As<uint8_t>("unitFlag")),
          cmatrixSource(cmatrixSourceIn),
          cmatrixInitVal(cmatrixInitValIn) {}

    uint16_t m = 0;
    uint16_t n = 0;
    uint16_t k = 0;
    bool isBias = false;
    int32_t fmOffset = 0;
    bool enSsparse = false;
    bool enWinogradA = false;
    bool enWinogradB = false;
    uint8_t unitFlag = 0;
    bool kDirectionAlign = false;
    bool cmatrixSource = false;  // initial C: true = bias table, false = L0C
    bool cmatrixInitVal = true;  // initial C is zero
};

enum class CO2Layout : uint8_t { NZ = 0, ROW_MAJOR, COLUMN_MAJOR };

struct FixpipeConfig {
    CO2Layout format;
    __aicore__ constexpr inline FixpipeConfig(CO2Layout format_) : format(format_) {}
};
constexpr FixpipeConfig CFG_NZ = {CO2Layout::NZ};
constexpr FixpipeConfig CFG_ROW_MAJOR = {CO2Layout::ROW_MAJOR};

// srcStride: from one column of fractals in L0C to the next, in rows of 16 elements. dstStride: row major in elements,
// NZ in 32 bytes.
struct FixpipeParamsV220 {
    using Number = ::dovetail::Number;

    __aicore__ FixpipeParamsV220() {}
    __aicore__ FixpipeParamsV220(const Number &nSizeIn, const Number &mSizeIn, const Number &srcStrideIn,
                                 const Number &dstStrideIn, const bool reluEnIn)
        : nSize(nSizeIn.As<uint16_t>("nSize")),
          mSize(mSizeIn.As<uint16_t>("mSize")),
          srcStride(srcStrideIn.As<uint16_t>("srcStride")),
          dstStride(dstStrideIn.As<uint32_t>("dstStride")),
          reluEn(reluEnIn) {}
    __aicore__ FixpipeParamsV220(const Number &nSizeIn, const Number &mSizeIn, const Number &srcStrideIn,
                                 const Number &dstStrideIn, const bool reluEnIn, const QuantMode_t quantPreIn,
                                 const int64_t deqScalarIn, const Number &ndNumIn, const Number &srcNdStrideIn,
                                 const Number &dstNdStrideIn, const Number &unitFlagIn)
        : nSize(nSizeIn.As<uint16_t>("nSize")),
          mSize(mSizeIn.As<uint16_t>("mSize")),
          srcStride(srcStrideIn.As<uint16_t>("srcStride")),
          dstStride(dstStrideIn.As<uint32_t>("dstStride")),
          quantPre(quantPreIn),
          deqScalar(static_cast<uint64_t>(deqScalarIn)),
          ndNum(ndNumIn.As<uint16_t>("ndNum")),
          srcNdStride(srcNdStrideIn.As<uint16_t>("srcNdStride")),
          dstNdStride(dstNdStrideIn.As<uint16_t>("dstNdStride")),
          reluEn(reluEnIn),
          unitFlag(unitFlagIn.As<uint8_t>("unitFlag")) {}
    __aicore__ FixpipeParamsV220(const Number &nSizeIn, const Number &mSizeIn, const Number &srcStrideIn,
                                 const Number &dstStrideIn, const bool reluEnIn, const QuantMode_t quantPreIn,
                                 const int64_t deqScalarIn, const Number &ndNumIn, const Number &srcNdStrideIn,
                                 const Number &dstNdStrideIn, const Number &unitFlagIn, const bool isChannelSplitIn)
        : FixpipeParamsV220(nSizeIn, mSizeIn, srcStrideIn, dstStrideIn, reluEnIn, quantPreIn, deqScalarIn, ndNumIn,
                            srcNdStrideIn, dstNdStrideIn, unitFlagIn) {
        isChannelSplit = isChannelSplitIn;
    }

    uint16_t nSize = 0;
    uint16_t mSize = 0;
    uint16_t srcStride = 0;
    uint32_t dstStride = 0;
    QuantMode_t quantPre = QuantMode_t::NoQuant;
    uint64_t deqScalar = 0;
    uint16_t ndNum = 1;
    uint16_t srcNdStride = 0;
    uint16_t dstNdStride = 0;
    bool reluEn = false;
    uint8_t unitFlag = 0;
    bool isChannelSplit = false;
};

}  // namespace AscendC

namespace dovetail {

void LoadFractals(const Operand &destination, const Operand &source, const AscendC::LoadData2DParams &parameters,
                  uint32_t element_bytes, Location where);
void Multiply(const Operand &c, const Operand &a, const Operand &b, const Operand &bias,
              const AscendC::MmadParams &parameters, Location where);
void StoreTile(const Operand &destination, const Operand &source, const Operand &scales, bool row_major,
               const AscendC::FixpipeParamsV220 &parameters, Location where);

}  // namespace dovetail

namespace AscendC {

template <typename T>
__aicore__ inline void LoadData(const LocalTensor<T> &dst, const LocalTensor<T> &src,
                                const LoadData2DParams &loadDataParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::LoadFractals(dst.At(), src.At(), loadDataParams, sizeof(T), where);
}

template <typename T>
__aicore__ inline void LoadData(const LocalTensor<T> &dst, const GlobalTensor<T> &src,
                                const LoadData2DParams &loadDataParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::LoadFractals(dst.At(), src.At(), loadDataParams, sizeof(T), where);
}

template <typename T, typename U, typename S>
__aicore__ inline void Mmad(const LocalTensor<T> &dst, const LocalTensor<U> &fm, const LocalTensor<S> &filter,
                            const MmadParams &mmadParams, ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::Multiply(dst.At(), fm.At(), filter.At(), ::dovetail::Operand(), mmadParams, where);
}

// C starts as `bias`, one row of n elements.
template <typename T, typename U, typename S, typename V>
__aicore__ inline void Mmad(const LocalTensor<T> &dst, const LocalTensor<U> &fm, const LocalTensor<S> &filter,
                            const LocalTensor<V> &bias, const MmadParams &mmadParams,
                            ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::Multiply(dst.At(), fm.At(), filter.At(), bias.At(), mmadParams, where);
}

template <typename T, typename U, const FixpipeConfig &config = CFG_ROW_MAJOR>
__aicore__ inline void Fixpipe(const GlobalTensor<T> &dst, const LocalTensor<U> &src,
                               const FixpipeParamsV220 &intriParams,
                               ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::StoreTile(dst.At(), src.At(), ::dovetail::Operand(), config.format == CO2Layout::ROW_MAJOR, intriParams,
                          where);
}

template <typename T, typename U, const FixpipeConfig &config = CFG_ROW_MAJOR>
__aicore__ inline void Fixpipe(const LocalTensor<T> &dst, const LocalTensor<U> &src,
                               const FixpipeParamsV220 &intriParams,
                               ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::StoreTile(dst.At(), src.At(), ::dovetail::Operand(), config.format == CO2Layout::ROW_MAJOR, intriParams,
                          where);
}

// Matters to the older way out of L0C only (DataCopy); Fixpipe carries these numbers in its parameters.
__aicore__ inline void SetFixpipeNz2ndFlag(uint16_t ndNum, uint16_t srcNdStride, uint16_t dstNdStride) {
    ::dovetail::Registers &registers = ::dovetail::CoreRegisters();
    registers.nz_to_nd_matrices = ndNum;
    registers.nz_to_nd_source_pitch = srcNdStride;
    registers.nz_to_nd_destination_pitch = dstNdStride;
}

// Matters to the three-dimensional LoadData only.
template <typename T>
__aicore__ inline void SetLoadDataPaddingValue(const T padValue) {
    ::dovetail::CoreRegisters().pad_value = static_cast<uint64_t>(padValue);
}

}  // namespace AscendC

#endif
