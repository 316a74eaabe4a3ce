// The inner loops of products of 8-bit integers, one table for each instruction set. All are exact.
#ifndef DOVETAIL_SOURCE_MICRO_INTEGERS_H
#define DOVETAIL_SOURCE_MICRO_INTEGERS_H

#include <cstdint>

namespace dovetail {

constexpr uint32_t kIntegerFractal = 512;      // bytes of a fractal of 16x32 or 32x16
constexpr uint32_t kIntegerFractalDepth = 32;  // along k

struct IntegerKernels {
    const char *name;

    // Columns of B and C that one panel spans: 16 or 32.
    uint32_t panel_columns;

    // Bytes that a panel takes for each fractal of depth and each 16 columns, and that the left side takes for each of
    // its fractals beside the fractals themselves.
    uint32_t panel_bytes, left_bytes;

    // What `multiply` wants to know of A: `count` fractals of each of `block_rows` rows of fractals.
    void (*prepare_left)(void *to, const int8_t *from, uint32_t block_rows, uint32_t count);

    // Fractals of L0B, each 16 columns of 32 contiguous k, as `multiply` wants them. Those of the next 16 columns, if
    // the panel has them, lie one fractal further; those of the next k `step` bytes further.
    void (*pack_panel)(void *to, const int8_t *from, uint64_t step, uint32_t columns, uint32_t count);

    // c (+)= a x panel: `block_rows` rows of fractals, `depth` fractals deep; c is NZ, one column of fractals at c0
    // and, where the panel is 32 wide, the next at c1, which is null otherwise.
    void (*multiply)(const int8_t *a, const void *prepared, const void *panel, int32_t *c0, int32_t *c1,
                     uint32_t block_rows, uint32_t depth, bool initialises);

    // `count` squares of 32x32 bytes, each of two consecutive fractals, transposed. Steps in bytes: from square to
    // square, and from the first fractal of a target to its second.
    void (*transpose_squares)(uint8_t *to, int64_t to_step, int64_t fractal_step, const uint8_t *from,
                              int64_t from_step, uint32_t count);
};

const IntegerKernels &PortableIntegers();
const IntegerKernels *Avx2Integers();  // null where the library was built without
const IntegerKernels *VnniIntegers();

// The fastest that this processor runs; DOVETAIL_INSTRUCTION_SET restricts them as it does the others.
const IntegerKernels &Integers();

}  // namespace dovetail

#endif
