// Floating-point numbers of 8 and of 4 bits as halves, which hold every one of them exactly.
#ifndef DOVETAIL_SOURCE_FLOAT8_H
#define DOVETAIL_SOURCE_FLOAT8_H

#include <cstdint>

#include "dovetail/numbers.h"

namespace dovetail {

bool IsCoded(Element element);

// The half of each of the 256 codes of a type, of one of 4 bits of 16, and its lower and upper byte.
struct Halves {
    uint16_t halves[256];
    alignas(64) uint8_t low[256], high[256];
};

// Of a type that IsCoded.
const Halves &HalvesOf(Element element);

}  // namespace dovetail

#endif
