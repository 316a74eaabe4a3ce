// Sizes of types, and halves.
#include <cmath>
#include <cstring>

#include "check.h"

namespace {

void EveryHalfComesBack() {
    for (int bits = 0; bits < 0x10000; ++bits) {
        const auto half = static_cast<aclFloat16>(bits);
        const float value = aclFloat16ToFloat(half);
        if (std::isnan(value)) {
            CHECK(std::isnan(aclFloat16ToFloat(aclFloatToFloat16(value))));
        } else {
            CHECK_EQUAL(aclFloatToFloat16(value), half);
        }
    }
    CHECK_EQUAL(aclFloat16ToFloat(0x3c00), 1.0f);
    CHECK_EQUAL(aclFloat16ToFloat(0x7bff), 65504.0f);
    CHECK_EQUAL(aclFloat16ToFloat(0x0001), 0x1p-24f);
    CHECK(std::signbit(aclFloat16ToFloat(0x8000)));
}

// What lies between two halves becomes the nearer one, and of two as near the even one.
void Rounds() {
    for (uint16_t half = 0; half < 0x7bff; ++half) {
        const float low = aclFloat16ToFloat(half), high = aclFloat16ToFloat(half + 1);
        const float middle = (low + high) / 2;
        CHECK_EQUAL(aclFloatToFloat16(std::nextafter(middle, low)), half);
        CHECK_EQUAL(aclFloatToFloat16(std::nextafter(middle, high)), half + 1);
        CHECK_EQUAL(aclFloatToFloat16(-middle), 0x8000 | (half % 2 == 0 ? half : half + 1));
    }
    CHECK_EQUAL(aclFloatToFloat16(65519.0f), 0x7bff);
    CHECK_EQUAL(aclFloatToFloat16(65520.0f), 0x7c00);
    CHECK_EQUAL(aclFloatToFloat16(-INFINITY), 0xfc00);
    CHECK_EQUAL(aclFloatToFloat16(1e-30f), 0);
}

}  // namespace

int main() {
    EveryHalfComesBack();
    Rounds();
    CHECK_EQUAL(aclDataTypeSize(ACL_FLOAT), 4u);
    CHECK_EQUAL(aclDataTypeSize(ACL_BF16), 2u);
    CHECK_EQUAL(aclDataTypeSize(ACL_INT4), 1u);
    CHECK_EQUAL(aclDataTypeSize(ACL_FLOAT8_E4M3FN), 1u);
    CHECK_EQUAL(aclDataTypeSize(ACL_COMPLEX128), 16u);
    CHECK_EQUAL(aclDataTypeSize(ACL_STRING), 0u);
    CHECK_EQUAL(aclDataTypeSize(ACL_DT_UNDEFINED), 0u);
    CHECK_EQUAL(aclDataTypeSize(static_cast<aclDataType>(5)), 0u);
}
