// 8-bit floating-point numbers as halves, which hold every one of them exactly.
#ifndef DOVETAIL_SOURCE_FLOAT8_H
#define DOVETAIL_SOURCE_FLOAT8_H

#include <cstdint>

#include "dovetail/numbers.h"

namespace dovetail {

bool IsFloat8(Element element);

// The half of each of the 256 codes of a type, and its lower and upper byte.
struct Halves {
    uint16_t halves[256];
    alignas(64) uint8_t low[256], high[256];
};

// Of an 8-bit type that cube cores multiply.
const Halves &HalvesOf(Element element);

}  // namespace dovetail

#endif
