#include "float8.h"

namespace dovetail {

namespace {

constexpr uint16_t kSign = 0x8000;
constexpr uint16_t kInfinity = 0x7c00;
constexpr uint16_t kNan = 0x7e00;

// 2^exponent * (1 + mantissa / 2^bits), which must be a half.
uint16_t HalfOf(int exponent, uint32_t mantissa, uint32_t bits) {
    if (exponent >= -14) {
        return static_cast<uint16_t>((exponent + 15) << 10 | mantissa << (10 - bits));
    }
    return static_cast<uint16_t>(((1u << bits) + mantissa) << (exponent + 24 - static_cast<int>(bits)));
}

// 4 bits of exponent with a bias of 7, 3 of mantissa. No infinities; all ones is NaN.
uint16_t DecodeE4M3(uint8_t magnitude) {
    const int exponent = magnitude >> 3;
    const uint32_t mantissa = magnitude & 7;
    if (magnitude == 0x7f) {
        return kNan;
    }
    if (exponent != 0) {
        return HalfOf(exponent - 7, mantissa, 3);
    }
    return FloatToHalf(static_cast<float>(mantissa) * 0x1p-9f);
}

// The upper byte of a half.
uint16_t DecodeE5M2(uint8_t magnitude) { return static_cast<uint16_t>(magnitude << 8); }

// Tapered precision ("Ascend HiFloat8 Format for Deep Learning", arXiv 2409.16626, section 2). Behind the sign the dot
// field, a prefix code, says how many bits the exponent has: 11, 10, 01: four, three, two; 001: one; 0001: none. The
// exponent's first bit is its sign, and the leading one of its magnitude is not stored. What is left is mantissa.
// Behind 0000 the last three bits m stand for 2^(m - 23), or zero where m is 0; zero with a sign is NaN. The largest
// code is infinity.
uint16_t DecodeHiFloat8(uint8_t magnitude) {
    if (magnitude == 0x6f) {
        return kInfinity;
    }
    if (magnitude < 8) {
        return magnitude == 0 ? 0 : HalfOf(magnitude - 23, 0, 0);
    }
    if (magnitude < 16) {
        return HalfOf(0, magnitude & 7, 3);
    }
    const uint32_t exponent_bits = magnitude < 32 ? 1 : 1u + (magnitude >> 5);
    const uint32_t dot_bits = magnitude < 32 ? 3 : 2;
    const uint32_t mantissa_bits = 7 - dot_bits - exponent_bits;
    const uint32_t exponent = magnitude >> mantissa_bits & ((1u << exponent_bits) - 1);
    const uint32_t sign = exponent >> (exponent_bits - 1);
    const int size = static_cast<int>((1u << (exponent_bits - 1)) | (exponent & ((1u << (exponent_bits - 1)) - 1)));
    return HalfOf(sign != 0 ? -size : size, magnitude & ((1u << mantissa_bits) - 1), mantissa_bits);
}

// A sign in bit 3, 2 bits of exponent with a bias of 1, 1 of mantissa. Neither infinities nor NaN.
uint16_t DecodeE2M1(uint8_t code) {
    const uint32_t exponent = code >> 1 & 3, mantissa = code & 1;
    const uint16_t sign = (code & 8) != 0 ? kSign : 0;
    if (exponent == 0) {
        return static_cast<uint16_t>(sign | (mantissa != 0 ? HalfOf(-1, 0, 0) : 0));
    }
    return static_cast<uint16_t>(sign | HalfOf(static_cast<int>(exponent) - 1, mantissa, 1));
}

Halves Table(uint16_t (*decode)(uint8_t), bool has_negative_zero) {
    Halves made;
    for (uint32_t code = 0; code < 256; ++code) {
        const uint16_t half = static_cast<uint16_t>(decode(code & 0x7f) | (code < 128 ? 0 : kSign));
        made.halves[code] = code == 0x80 && !has_negative_zero ? kNan : half;
        made.low[code] = static_cast<uint8_t>(made.halves[code]);
        made.high[code] = static_cast<uint8_t>(made.halves[code] >> 8);
    }
    return made;
}

}  // namespace

bool IsCoded(Element element) {
    return element == Element::Float8E4M3 || element == Element::Float8E5M2 || element == Element::HiFloat8 ||
           element == Element::Float4E2M1;
}

const Halves &HalvesOf(Element element) {
    static const Halves e4m3 = Table(DecodeE4M3, true), e5m2 = Table(DecodeE5M2, true),
                        hifloat8 = Table(DecodeHiFloat8, false), e2m1 = Table(DecodeE2M1, true);
    return element == Element::Float8E4M3   ? e4m3
           : element == Element::Float8E5M2 ? e5m2
           : element == Element::Float4E2M1 ? e2m1
                                            : hifloat8;
}

}  // namespace dovetail
