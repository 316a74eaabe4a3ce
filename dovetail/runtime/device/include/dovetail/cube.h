// What an AIC computes with: LoadData (L1 -> L0A, L0B), Mmad (L0A x L0B -> L0C), Fixpipe (L0C -> global memory, L1).
#ifndef DOVETAIL_CUBE_H
#define DOVETAIL_CUBE_H

#include "dovetail/data_copy.h"
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

// In squares of fractals: one fractal of 16-bit numbers, two of 8-bit ones. srcStride goes from start to start of
// squares; dstGap from the end of a square's first fractal to the start of the next square's, dstFracGap from the end
// of a fractal to the start of the next one of its square, both in fractals.
struct LoadData2dTransposeParams {
    __aicore__ LoadData2dTransposeParams() {}
    __aicore__ LoadData2dTransposeParams(const uint16_t startIndexIn, const uint8_t repeatTimesIn,
                                         const uint16_t srcStrideIn, const uint16_t dstGapIn,
                                         const uint16_t dstFracGapIn, const uint8_t addrModeIn = 0)
        : startIndex(startIndexIn),
          repeatTimes(repeatTimesIn),
          srcStride(srcStrideIn),
          dstGap(dstGapIn),
          dstFracGap(dstFracGapIn),
          addrMode(addrModeIn) {}

    uint16_t startIndex = 0;
    uint8_t repeatTimes = 0;
    uint16_t srcStride = 0;
    uint16_t dstGap = 0;
    uint16_t dstFracGap = 0;
    uint8_t addrMode = 0;
};

// Of columns of fractals in L1: mStep fractals of each of kStep columns, from fractal mStartPosition of column
// kStartPosition on. Strides in fractals: of the source from column to column; of the destination likewise or, where
// each fractal is transposed, from row to row.
struct LoadData2DParamsV2 {
    __aicore__ LoadData2DParamsV2() {}
    __aicore__ LoadData2DParamsV2(const uint32_t mStartPositionIn, const uint32_t kStartPositionIn,
                                  const uint16_t mStepIn, const uint16_t kStepIn, const int32_t srcStrideIn,
                                  const uint16_t dstStrideIn, const bool ifTransposeIn, const uint8_t sidIn)
        : mStartPosition(mStartPositionIn),
          kStartPosition(kStartPositionIn),
          mStep(mStepIn),
          kStep(kStepIn),
          srcStride(srcStrideIn),
          dstStride(dstStrideIn),
          ifTranspose(ifTransposeIn),
          sid(sidIn) {}

    uint32_t mStartPosition = 0;
    uint32_t kStartPosition = 0;
    uint16_t mStep = 0;
    uint16_t kStep = 0;
    int32_t srcStride = 0;
    uint16_t dstStride = 0;
    bool ifTranspose = false;
    uint8_t sid = 0;
};

// Of scales in L1, columns of fractals of 32 bytes, each 16 rows of two: yStep fractals of each of xStep columns.
// Starts and strides in fractals; strides go from column to column.
struct LoadData2DMxParams {
    __aicore__ LoadData2DMxParams() {}
    __aicore__ LoadData2DMxParams(const uint16_t xStartPositionIn, const uint16_t yStartPositionIn,
                                  const uint8_t xStepIn, const uint8_t yStepIn, const uint16_t srcStrideIn,
                                  const uint16_t dstStrideIn)
        : xStartPosition(xStartPositionIn),
          yStartPosition(yStartPositionIn),
          xStep(xStepIn),
          yStep(yStepIn),
          srcStride(srcStrideIn),
          dstStride(dstStrideIn) {}

    uint16_t xStartPosition = 0;
    uint16_t yStartPosition = 0;
    uint8_t xStep = 0;
    uint8_t yStep = 0;
    uint16_t srcStride = 0;
    uint16_t dstStride = 0;
};

// repeatTimes times blockNum blocks, of 32 bytes in L1, dstGap blocks apart.
template <typename T>
struct InitConstValueParams {
    __aicore__ InitConstValueParams() {}
    __aicore__ InitConstValueParams(const uint16_t repeatTimesIn, const uint16_t blockNumIn, const uint16_t dstGapIn,
                                    const T initValueIn)
        : repeatTimes(repeatTimesIn), blockNum(blockNumIn), dstGap(dstGapIn), initValue(initValueIn) {}

    uint16_t repeatTimes = 0;
    uint16_t blockNum = 0;
    uint16_t dstGap = 0;
    T initValue = 0;
};

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
#if __NPU_ARCH__ == 3510
    bool disableGemv = false;  // one row is a matrix too
#endif
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

#if __NPU_ARCH__ == 3510
// The same on architecture 3510; of its further fields those that say what is implemented.
template <CO2Layout format = CO2Layout::ROW_MAJOR>
struct FixpipeParamsArch3510 {
    __aicore__ FixpipeParamsArch3510() {}
    __aicore__ FixpipeParamsArch3510(const uint16_t nSizeIn, const uint16_t mSizeIn, const uint16_t srcStrideIn,
                                     const uint32_t dstStrideIn)
        : nSize(nSizeIn), mSize(mSizeIn), srcStride(srcStrideIn), dstStride(dstStrideIn) {}

    uint16_t nSize = 0;
    uint16_t mSize = 0;
    uint16_t srcStride = 0;
    uint32_t dstStride = 0;
    QuantMode_t quantPre = QuantMode_t::NoQuant;
    uint64_t deqScalar = 0;
    bool reluEn = false;
    uint8_t unitFlag = 0;
};
#endif

}  // namespace AscendC

namespace dovetail {

void LoadFractals(const Operand &destination, const Operand &source, const AscendC::LoadData2DParams &parameters,
                  uint32_t element_bytes, Location where);
void LoadSquares(const Operand &destination, const Operand &source,
                 const AscendC::LoadData2dTransposeParams &parameters, Location where);
void LoadScales(const Operand &destination, const Operand &source, const AscendC::LoadData2DMxParams &parameters,
                Location where);
void FillBlocks(const Operand &destination, uint32_t count, uint64_t bytes, uint64_t gap, uint64_t value,
                uint32_t value_bytes, Location where);
void LoadRegion(const Operand &destination, const Operand &source, const AscendC::LoadData2DParamsV2 &parameters,
                uint32_t element_bytes, Location where);
void Multiply(const Operand &c, const Operand &a, const Operand &b, const Operand &bias, MultiplyShape shape,
              Location where);

// What Mmad is told. Architectures differ in the layout of A, and in whether one row must be a vector.
inline MultiplyShape ShapeOf(const AscendC::MmadParams &parameters, bool has_bias) {
    MultiplyShape shape = {};
    shape.m = parameters.m;
    shape.n = parameters.n;
    shape.k = parameters.k;
    shape.has_bias = has_bias || (!parameters.cmatrixInitVal && parameters.cmatrixSource);
    shape.initialises = !shape.has_bias && parameters.cmatrixInitVal && !parameters.isBias;
    shape.unit_flag = parameters.unitFlag;
    shape.aligns_k_to_16 = parameters.kDirectionAlign;
    shape.takes_vector = parameters.m == 1;
#if __NPU_ARCH__ == 3510
    shape.left_by_columns = true;
    shape.takes_vector = parameters.m == 1 && !parameters.disableGemv;
#endif
    return shape;
}
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

#if __NPU_ARCH__ == 3510
template <typename T>
__aicore__ inline void LoadData(const LocalTensor<T> &dst, const LocalTensor<T> &src,
                                const LoadData2DParamsV2 &loadDataParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::LoadRegion(dst.At(), src.At(), loadDataParams, sizeof(T), where);
}
#endif

#if __NPU_ARCH__ == 3510
// With scales, which go beside L0A and L0B.
template <typename T>
__aicore__ inline void LoadData(const LocalTensor<T> &dst, const LocalTensor<T> &src,
                                const LocalTensor<fp8_e8m0_t> &srcMx, const LoadData2DParamsV2 &loadDataParams,
                                const LoadData2DMxParams &loadMxDataParams,
                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::LoadRegion(dst.At(), src.At(), loadDataParams, sizeof(T), where);
    ::dovetail::LoadScales(dst.At(), srcMx.At(), loadMxDataParams, where);
}

template <typename T, typename U, typename S>
__aicore__ inline void MmadMx(const LocalTensor<T> &dst, const LocalTensor<U> &fm, const LocalTensor<S> &filter,
                              const MmadParams &mmadParams, ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::MultiplyShape shape = ::dovetail::ShapeOf(mmadParams, false);
    shape.has_scales = true;
    ::dovetail::Multiply(dst.At(), fm.At(), filter.At(), ::dovetail::Operand(), shape, where);
}

template <typename T, typename U, typename S, typename V>
__aicore__ inline void MmadMx(const LocalTensor<T> &dst, const LocalTensor<U> &fm, const LocalTensor<S> &filter,
                              const LocalTensor<V> &bias, const MmadParams &mmadParams,
                              ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::MultiplyShape shape = ::dovetail::ShapeOf(mmadParams, true);
    shape.has_scales = true;
    ::dovetail::Multiply(dst.At(), fm.At(), filter.At(), bias.At(), shape, where);
}
#endif

// In L1.
template <typename T>
__aicore__ inline void Fill(const LocalTensor<T> &dst, const InitConstValueParams<T> &initConstValueParams,
                            ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::FillBlocks(dst.At(), initConstValueParams.repeatTimes, initConstValueParams.blockNum * 32ull,
                           initConstValueParams.dstGap * 32ull, ::dovetail::BitsOf(initConstValueParams.initValue),
                           sizeof(T), where);
}

template <typename T>
__aicore__ inline void LoadDataWithTranspose(const LocalTensor<T> &dst, const LocalTensor<T> &src,
                                             const LoadData2dTransposeParams &loadDataParams,
                                             ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::LoadSquares(dst.At(), src.At(), loadDataParams, where);
}

template <typename T, typename U, typename S>
__aicore__ inline void Mmad(const LocalTensor<T> &dst, const LocalTensor<U> &fm, const LocalTensor<S> &filter,
                            const MmadParams &mmadParams, ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::Multiply(dst.At(), fm.At(), filter.At(), ::dovetail::Operand(), ::dovetail::ShapeOf(mmadParams, false),
                         where);
}

// C starts as `bias`, one row of n elements.
template <typename T, typename U, typename S, typename V>
__aicore__ inline void Mmad(const LocalTensor<T> &dst, const LocalTensor<U> &fm, const LocalTensor<S> &filter,
                            const LocalTensor<V> &bias, const MmadParams &mmadParams,
                            ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::Multiply(dst.At(), fm.At(), filter.At(), bias.At(), ::dovetail::ShapeOf(mmadParams, true), where);
}

template <typename T, typename U, const FixpipeConfig &config = CFG_ROW_MAJOR>
__aicore__ inline void Fixpipe(const GlobalTensor<T> &dst, const LocalTensor<U> &src,
                               const FixpipeParamsV220 &intriParams,
                               ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::StoreTile(dst.At(), src.At(), ::dovetail::Operand(), config.format == CO2Layout::ROW_MAJOR, intriParams,
                          where);
}

// With a scale for each column, in L1.
template <typename T, typename U, const FixpipeConfig &config = CFG_ROW_MAJOR>
__aicore__ inline void Fixpipe(const GlobalTensor<T> &dst, const LocalTensor<U> &src,
                               const LocalTensor<uint64_t> &cbufWorkspace, const FixpipeParamsV220 &intriParams,
                               ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::StoreTile(dst.At(), src.At(), cbufWorkspace.At(), config.format == CO2Layout::ROW_MAJOR, intriParams,
                          where);
}

template <typename T, typename U, const FixpipeConfig &config = CFG_ROW_MAJOR>
__aicore__ inline void Fixpipe(const LocalTensor<T> &dst, const LocalTensor<U> &src,
                               const FixpipeParamsV220 &intriParams,
                               ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::StoreTile(dst.At(), src.At(), ::dovetail::Operand(), config.format == CO2Layout::ROW_MAJOR, intriParams,
                          where);
}

#if __NPU_ARCH__ == 3510
template <typename T, typename U, const FixpipeConfig &config = CFG_ROW_MAJOR, CO2Layout format>
__aicore__ inline void Fixpipe(const GlobalTensor<T> &dst, const LocalTensor<U> &src,
                               const FixpipeParamsArch3510<format> &intriParams,
                               ::dovetail::Location where = ::dovetail::Location::Here()) {
    static_assert(config.format == format && format == CO2Layout::ROW_MAJOR, "row major is what is implemented");
    const FixpipeParamsV220 parameters(intriParams.nSize, intriParams.mSize, intriParams.srcStride,
                                       intriParams.dstStride, intriParams.reluEn, intriParams.quantPre,
                                       static_cast<int64_t>(intriParams.deqScalar), 1, 0, 0, intriParams.unitFlag);
    ::dovetail::StoreTile(dst.At(), src.At(), ::dovetail::Operand(), true, parameters, where);
}
#endif

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
