// What an AIV computes with: element-wise functions over the first `count` elements of UB tensors.
#ifndef DOVETAIL_VECTOR_H
#define DOVETAIL_VECTOR_H

#include "dovetail/data_copy.h"
#include "dovetail/tensor.h"

namespace dovetail {

void Elementwise(VectorFunction function, const Operand &destination, const Operand &first, const Operand &second,
                 uint64_t scalar, int64_t count, AscendC::RoundMode rounding, Location where);

}  // namespace dovetail

namespace AscendC {

#define DOVETAIL_UNARY(name)                                                                                           \
    template <typename T>                                                                                              \
    __aicore__ inline void name(const LocalTensor<T> &dst, const LocalTensor<T> &src, const int32_t &count,            \
                                ::dovetail::Location where = ::dovetail::Location::Here()) {                           \
        ::dovetail::Elementwise(::dovetail::VectorFunction::name, dst.At(), src.At(), ::dovetail::Operand(), 0, count, \
                                RoundMode::CAST_NONE, where);                                                          \
    }
#define DOVETAIL_BINARY(name)                                                                                      \
    template <typename T>                                                                                          \
    __aicore__ inline void name(const LocalTensor<T> &dst, const LocalTensor<T> &src0, const LocalTensor<T> &src1, \
                                const int32_t &count, ::dovetail::Location where = ::dovetail::Location::Here()) { \
        ::dovetail::Elementwise(::dovetail::VectorFunction::name, dst.At(), src0.At(), src1.At(), 0, count,        \
                                RoundMode::CAST_NONE, where);                                                      \
    }
#define DOVETAIL_SCALAR(name)                                                                                      \
    template <typename T, bool isSetMask = true>                                                                   \
    __aicore__ inline void name(const LocalTensor<T> &dst, const LocalTensor<T> &src, const T &scalarValue,        \
                                const int32_t &count, ::dovetail::Location where = ::dovetail::Location::Here()) { \
        ::dovetail::Elementwise(::dovetail::VectorFunction::name, dst.At(), src.At(), ::dovetail::Operand(),       \
                                ::dovetail::BitsOf(scalarValue), count, RoundMode::CAST_NONE, where);              \
    }

DOVETAIL_UNARY(Abs)
DOVETAIL_UNARY(Exp)
DOVETAIL_UNARY(Ln)
DOVETAIL_UNARY(Relu)
DOVETAIL_UNARY(Sqrt)
DOVETAIL_BINARY(Add)
DOVETAIL_BINARY(Sub)
DOVETAIL_BINARY(Mul)
DOVETAIL_BINARY(Div)
DOVETAIL_BINARY(Max)
DOVETAIL_BINARY(Min)
DOVETAIL_BINARY(And)
DOVETAIL_BINARY(Or)
DOVETAIL_SCALAR(Adds)
DOVETAIL_SCALAR(Muls)
DOVETAIL_SCALAR(Maxs)
DOVETAIL_SCALAR(Mins)

DOVETAIL_SCALAR(ShiftLeft)
DOVETAIL_SCALAR(ShiftRight)

#undef DOVETAIL_UNARY
#undef DOVETAIL_BINARY
#undef DOVETAIL_SCALAR

template <typename T>
__aicore__ inline void Duplicate(const LocalTensor<T> &dst, const T &scalarValue, const int32_t &count,
                                 ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::Elementwise(::dovetail::VectorFunction::Duplicate, dst.At(), ::dovetail::Operand(),
                            ::dovetail::Operand(), ::dovetail::BitsOf(scalarValue), count, RoundMode::CAST_NONE, where);
}

template <typename T, typename U>
__aicore__ inline void Cast(const LocalTensor<T> &dst, const LocalTensor<U> &src, const RoundMode &roundMode,
                            const uint32_t count, ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::Elementwise(::dovetail::VectorFunction::Cast, dst.At(), src.At(), ::dovetail::Operand(), 0, count,
                            roundMode, where);
}

}  // namespace AscendC

#endif
