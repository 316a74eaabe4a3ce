// Vector functions in repeats: each takes up to 256 bytes, in blocks of 32 bytes that may lie apart.
#ifndef DOVETAIL_VECTOR_REPEAT_H
#define DOVETAIL_VECTOR_REPEAT_H

#include "dovetail/tensor.h"

namespace AscendC {

// Strides are in blocks of 32 bytes: from block to block within a repeat, and from repeat to repeat.
struct UnaryRepeatParams {
    __aicore__ UnaryRepeatParams() {}
    __aicore__ UnaryRepeatParams(const uint16_t dstBlkStrideIn, const uint16_t srcBlkStrideIn,
                                 const uint8_t dstRepStrideIn, const uint8_t srcRepStrideIn)
        : dstBlkStride(dstBlkStrideIn),
          srcBlkStride(srcBlkStrideIn),
          dstRepStride(dstRepStrideIn),
          srcRepStride(srcRepStrideIn) {}

    uint16_t dstBlkStride = 1;
    uint16_t srcBlkStride = 1;
    uint8_t dstRepStride = 8;
    uint8_t srcRepStride = 8;
};

struct BinaryRepeatParams {
    __aicore__ BinaryRepeatParams() {}
    __aicore__ BinaryRepeatParams(const uint8_t dstBlkStrideIn, const uint8_t src0BlkStrideIn,
                                  const uint8_t src1BlkStrideIn, const uint8_t dstRepStrideIn,
                                  const uint8_t src0RepStrideIn, const uint8_t src1RepStrideIn)
        : dstBlkStride(dstBlkStrideIn),
          src0BlkStride(src0BlkStrideIn),
          src1BlkStride(src1BlkStrideIn),
          dstRepStride(dstRepStrideIn),
          src0RepStride(src0RepStrideIn),
          src1RepStride(src1RepStrideIn) {}

    uint8_t dstBlkStride = 1;
    uint8_t src0BlkStride = 1;
    uint8_t src1BlkStride = 1;
    uint8_t dstRepStride = 8;
    uint8_t src0RepStride = 8;
    uint8_t src1RepStride = 8;
};

struct BrcbRepeatParams {
    __aicore__ BrcbRepeatParams() {}
    __aicore__ BrcbRepeatParams(const uint16_t dstBlkStrideIn, const uint16_t dstRepStrideIn)
        : dstBlkStride(dstBlkStrideIn), dstRepStride(dstRepStrideIn) {}

    uint16_t dstBlkStride = 1;
    uint16_t dstRepStride = 8;
};

struct GatherMaskParams {
    __aicore__ GatherMaskParams() {}
    __aicore__ GatherMaskParams(const uint8_t src0BlockStrideIn, const uint16_t repeatTimesIn,
                                const uint16_t src0RepeatStrideIn, const uint8_t src1RepeatStrideIn)
        : src0BlockStride(src0BlockStrideIn),
          repeatTimes(repeatTimesIn),
          src0RepeatStride(src0RepeatStrideIn),
          src1RepeatStride(src1RepeatStrideIn) {}

    uint8_t src0BlockStride = 1;
    uint16_t repeatTimes = 0;
    uint16_t src0RepeatStride = 8;
    uint8_t src1RepeatStride = 8;
};

}  // namespace AscendC

namespace dovetail {

// Of the destination, the first and the second source.
struct RepeatPitches {
    uint16_t block[3];
    uint8_t repeat[3];
};

void Repeated(VectorFunction function, const Operand &destination, const Operand &first, const Operand &second,
              uint64_t mask, uint8_t repeats, const RepeatPitches &pitches, AscendC::RoundMode rounding,
              Location where);
// Returns how many elements were selected.
uint64_t Select(const Operand &destination, const Operand &source, uint8_t pattern, bool counts, uint32_t mask,
                const AscendC::GatherMaskParams &parameters, Location where);
void Broadcast(const Operand &destination, const Operand &source, uint8_t repeats,
               const AscendC::BrcbRepeatParams &parameters, Location where);

}  // namespace dovetail

namespace AscendC {

// The first `mask` elements of each repeat.
template <typename T, typename U, bool isSetMask = true>
__aicore__ inline void Cast(const LocalTensor<T> &dst, const LocalTensor<U> &src, const RoundMode &roundMode,
                            const uint64_t mask, const uint8_t repeatTime, const UnaryRepeatParams &repeatParams,
                            ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::Repeated(::dovetail::VectorFunction::Cast, dst.At(), src.At(), ::dovetail::Operand(), mask, repeatTime,
                         {{repeatParams.dstBlkStride, repeatParams.srcBlkStride, 0},
                          {repeatParams.dstRepStride, repeatParams.srcRepStride, 0}},
                         roundMode, where);
}

#define DOVETAIL_REPEATED(name)                                                                                     \
    template <typename T, bool isSetMask = true>                                                                    \
    __aicore__ inline void name(const LocalTensor<T> &dst, const LocalTensor<T> &src0, const LocalTensor<T> &src1,  \
                                uint64_t mask, const uint8_t repeatTime, const BinaryRepeatParams &repeatParams,    \
                                ::dovetail::Location where = ::dovetail::Location::Here()) {                        \
        ::dovetail::Repeated(::dovetail::VectorFunction::name, dst.At(), src0.At(), src1.At(), mask, repeatTime,    \
                             {{repeatParams.dstBlkStride, repeatParams.src0BlkStride, repeatParams.src1BlkStride},  \
                              {repeatParams.dstRepStride, repeatParams.src0RepStride, repeatParams.src1RepStride}}, \
                             RoundMode::CAST_NONE, where);                                                          \
    }

DOVETAIL_REPEATED(Add)
DOVETAIL_REPEATED(Sub)
DOVETAIL_REPEATED(Mul)

#undef DOVETAIL_REPEATED

// In counter mode (reduceMode) the first `mask` elements of the source.
template <typename T>
__aicore__ inline void GatherMask(const LocalTensor<T> &dst, const LocalTensor<T> &src0, const uint8_t src1Pattern,
                                  const bool reduceMode, const uint32_t mask, const GatherMaskParams &gatherMaskParams,
                                  uint64_t &rsvdCnt, ::dovetail::Location where = ::dovetail::Location::Here()) {
    rsvdCnt = ::dovetail::Select(dst.At(), src0.At(), src1Pattern, reduceMode, mask, gatherMaskParams, where);
}

template <typename T>
__aicore__ inline void Brcb(const LocalTensor<T> &dst, const LocalTensor<T> &src, const uint8_t repeatTime,
                            const BrcbRepeatParams &repeatParams,
                            ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::Broadcast(dst.At(), src.At(), repeatTime, repeatParams, where);
}

}  // namespace AscendC

#endif
