// Fractals of 8-bit floating-point numbers into fractals of halves.
#ifndef DOVETAIL_SOURCE_MICRO_BYTES_H
#define DOVETAIL_SOURCE_MICRO_BYTES_H

#include "float8.h"

namespace dovetail {

// A fractal of 16 lines of 32 codes into two of 16 lines of 16 halves, one behind the other.
using WidenBytes = void (*)(uint16_t *to, const uint8_t *from, const Halves &table);

// The fastest that this processor runs. The environment's DOVETAIL_INSTRUCTION_SET names a lesser one.
WidenBytes BytesToHalves();

WidenBytes VbmiBytesToHalves();  // null where the library was built without

}  // namespace dovetail

#endif
