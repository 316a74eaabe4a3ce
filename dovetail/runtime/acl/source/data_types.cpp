#include <cmath>
#include <cstring>

#include "acl/acl_base.h"

size_t aclDataTypeSize(aclDataType dataType) {
    switch (dataType) {
        case ACL_DT_UNDEFINED:
        case ACL_STRING:
            return 0;
        case ACL_FLOAT16:
        case ACL_INT16:
        case ACL_UINT16:
        case ACL_BF16:
            return 2;
        case ACL_FLOAT:
        case ACL_INT32:
        case ACL_UINT32:
        case ACL_COMPLEX32:
            return 4;
        case ACL_INT64:
        case ACL_UINT64:
        case ACL_DOUBLE:
        case ACL_COMPLEX64:
            return 8;
        case ACL_COMPLEX128:
            return 16;
        case ACL_INT8:
        case ACL_UINT8:
        case ACL_BOOL:
        case ACL_INT4:
        case ACL_UINT1:
        case ACL_HIFLOAT8:
        case ACL_FLOAT8_E5M2:
        case ACL_FLOAT8_E4M3FN:
        case ACL_FLOAT8_E8M0:
        case ACL_FLOAT6_E3M2:
        case ACL_FLOAT6_E2M3:
        case ACL_FLOAT4_E2M1:
        case ACL_FLOAT4_E1M2:
            return 1;
    }
    return 0;
}

float aclFloat16ToFloat(aclFloat16 value) {
    const int exponent = value >> 10 & 31;
    const int mantissa = value & 1023;
    float magnitude;
    if (exponent == 31) {
        magnitude = mantissa == 0 ? INFINITY : NAN;
    } else if (exponent == 0) {
        magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    } else {
        magnitude = std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
    }
    return (value >> 15) != 0 ? -magnitude : magnitude;
}

// To the nearest, and of two equally near ones to the even.
aclFloat16 aclFloatToFloat16(float value) {
    const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
    const float magnitude = std::fabs(value);
    if (std::isnan(value)) {
        return sign | 0x7e00;
    }
    if (magnitude >= 65520.0f) {
        return sign | 0x7c00;
    }
    int exponent;
    std::frexp(magnitude, &exponent);
    if (magnitude < 0x1p-14f) {
        exponent = -13;  // subnormal: 2^-24 apart, as those of the smallest normal exponent
    }
    const auto steps = static_cast<uint16_t>(std::nearbyint(std::ldexp(magnitude, 11 - exponent)));
    // A mantissa that rounds up to 2048 carries into the exponent; one of a subnormal number stays below 1024.
    return sign | static_cast<uint16_t>(steps + (exponent + 13) * 1024);
}
