// Numbers of 4 bits, two in a byte, the first one in its lower half.
#ifndef DOVETAIL_SOURCE_HALF_BYTES_H
#define DOVETAIL_SOURCE_HALF_BYTES_H

#include <cstdint>

namespace dovetail {

// Fractals of 16 lines of 64 numbers, `bytes` in all: each becomes two of 16 lines of 32 bytes, a number in each. The
// first has the first half of every line. Signed numbers keep their sign, codes have zeros above them.
void SpreadHalfBytes(uint8_t *to, const uint8_t *from, uint64_t bytes, bool is_signed);

// 64 lines of 64 numbers, transposed. Of the target, 16 lines are one fractal; from one to the next it is `step` bytes.
void TransposeSquareOfHalfBytes(uint8_t *to, int64_t step, const uint8_t *from);

}  // namespace dovetail

#endif
