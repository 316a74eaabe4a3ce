#include "dovetail/numbers.h"

#include <cstring>

namespace dovetail {

namespace {

uint32_t BitsOfFloat(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

float FloatOfBits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

}  // namespace

float HalfToFloat(uint16_t bits) {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
    const uint32_t exponent = bits >> 10 & 0x1f;
    const uint32_t mantissa = bits & 0x3ff;
    if (exponent == 0x1f) {
        return FloatOfBits(sign | 0x7f800000 | mantissa << 13 | (mantissa != 0 ? 0x400000 : 0));
    }
    if (exponent == 0) {
        const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
        return FloatOfBits(sign | BitsOfFloat(magnitude));
    }
    return FloatOfBits(sign | (exponent + 112) << 23 | mantissa << 13);
}

uint16_t FloatToHalf(float value) {
    const uint32_t bits = BitsOfFloat(value);
    const uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
    const uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
        return static_cast<uint16_t>(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    }
    if (magnitude >= 0x477ff000) {  // rounds to 65536 or more
        return static_cast<uint16_t>(sign | 0x7c00);
    }
    if (magnitude < 0x38800000) {  // below the least normal number: adding 0.5 leaves units of 2^-24 in the low bits
        const float shifted = FloatOfBits(magnitude) + 0.5f;
        return static_cast<uint16_t>(sign | (BitsOfFloat(shifted) - 0x3f000000));
    }
    const uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return static_cast<uint16_t>(sign | (rounded - 0x38000000) >> 13);
}

float BrainToFloat(uint16_t bits) { return FloatOfBits(static_cast<uint32_t>(bits) << 16); }

uint16_t FloatToBrain(float value) {
    const uint32_t bits = BitsOfFloat(value);
    if ((bits & 0x7fffffff) > 0x7f800000) {
        return static_cast<uint16_t>(bits >> 16 | 0x40);
    }
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace dovetail
