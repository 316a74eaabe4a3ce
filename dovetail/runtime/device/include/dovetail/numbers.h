// The floating-point types of the device that a host lacks: stored as they are, computed with in float.
#ifndef DOVETAIL_NUMBERS_H
#define DOVETAIL_NUMBERS_H

#include <stdint.h>

namespace dovetail {

// Exact widenings, and roundings to nearest even; subnormals, infinities and NaNs (made quiet) survive both ways.
float HalfToFloat(uint16_t bits);
uint16_t FloatToHalf(float value);
float BrainToFloat(uint16_t bits);
uint16_t FloatToBrain(float value);

}  // namespace dovetail

// IEEE binary16.
struct half {
    uint16_t bits;
    half() = default;
    half(float value) : bits(::dovetail::FloatToHalf(value)) {}
    operator float() const { return ::dovetail::HalfToFloat(bits); }
};

// The upper 16 bits of an IEEE binary32.
struct bfloat16_t {
    uint16_t bits;
    bfloat16_t() = default;
    bfloat16_t(float value) : bits(::dovetail::FloatToBrain(value)) {}
    operator float() const { return ::dovetail::BrainToFloat(bits); }
};

// 8-bit types. Cube cores multiply them; nothing else computes with them.
struct fp8_e4m3fn_t {
    uint8_t bits;
};
struct fp8_e5m2_t {
    uint8_t bits;
};
struct hifloat8_t {
    uint8_t bits;
};

// Two numbers of 4 bits each, the first one in the lower half. Tensors count the numbers.
struct int4b_t {
    uint8_t pair;
};
struct fp4x2_e2m1_t {
    uint8_t pair;
};

// A power of two, from 2^-127 to 2^127, or NaN.
struct fp8_e8m0_t {
    uint8_t bits;
};

namespace dovetail {

// Element types as instructions carry them.
enum class Element : uint8_t {
    None,
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Half,
    Brain,
    Float,
    Float8E4M3,
    Float8E5M2,
    HiFloat8,
    Float8E8M0,
    Int4,
    Float4E2M1,
};

// `shared`: how many elements share the bytes of a T.
template <typename T>
struct ElementOf;
#define DOVETAIL_ELEMENTS(type, name, elements)         \
    template <>                                         \
    struct ElementOf<type> {                            \
        static constexpr Element value = Element::name; \
        static constexpr uint32_t shared = elements;    \
    }
#define DOVETAIL_ELEMENT(type, name) DOVETAIL_ELEMENTS(type, name, 1)
DOVETAIL_ELEMENT(int8_t, Int8);
DOVETAIL_ELEMENT(uint8_t, UInt8);
DOVETAIL_ELEMENT(int16_t, Int16);
DOVETAIL_ELEMENT(uint16_t, UInt16);
DOVETAIL_ELEMENT(int32_t, Int32);
DOVETAIL_ELEMENT(uint32_t, UInt32);
DOVETAIL_ELEMENT(int64_t, Int64);
DOVETAIL_ELEMENT(uint64_t, UInt64);
DOVETAIL_ELEMENT(half, Half);
DOVETAIL_ELEMENT(bfloat16_t, Brain);
DOVETAIL_ELEMENT(float, Float);
DOVETAIL_ELEMENT(fp8_e4m3fn_t, Float8E4M3);
DOVETAIL_ELEMENT(fp8_e5m2_t, Float8E5M2);
DOVETAIL_ELEMENT(hifloat8_t, HiFloat8);
DOVETAIL_ELEMENT(fp8_e8m0_t, Float8E8M0);
DOVETAIL_ELEMENTS(int4b_t, Int4, 2);
DOVETAIL_ELEMENTS(fp4x2_e2m1_t, Float4E2M1, 2);
#undef DOVETAIL_ELEMENT
#undef DOVETAIL_ELEMENTS

// Bytes of so many elements.
template <typename T>
constexpr uint64_t BytesFor(uint64_t elements) {
    return elements * sizeof(T) / ElementOf<T>::shared;
}

}  // namespace dovetail

#endif
