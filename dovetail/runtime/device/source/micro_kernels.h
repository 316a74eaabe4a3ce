// The inner loops of cube instructions, one table for each instruction set; the best that runs here is chosen once.
#ifndef DOVETAIL_SOURCE_MICRO_KERNELS_H
#define DOVETAIL_SOURCE_MICRO_KERNELS_H

#include <cstdint>

namespace dovetail {

// A 16-bit number is IEEE binary16 or the upper half of a binary32.
enum class Narrow : uint8_t { Half, Brain };
constexpr int kNarrowTypes = 2;

constexpr uint32_t kFractal = 256;  // elements of a fractal of 16x16

struct MicroKernels {
    const char *name;

    // Columns of B and C that one panel spans: 16 or 32.
    uint32_t panel_columns;

    // `count` numbers, a multiple of 16, one after the other.
    void (*widen[kNarrowTypes])(float *to, const uint16_t *from, uint64_t count);

    // Fractals of L0B, each 16 columns of 16 contiguous k, into rows of k: to[k * pitch + column]. Fractal i covers
    // k in [16 i, 16 i + 16) and lies i * step elements after the first.
    void (*widen_panel[kNarrowTypes])(float *to, uint32_t pitch, const uint16_t *from, uint64_t step, uint32_t count);

    // 512-byte fractals as they are, or each transposed as 16x16 numbers of 16 bits. Steps in bytes.
    void (*copy_fractals)(uint8_t *to, int64_t to_step, const uint8_t *from, int64_t from_step, uint32_t count);
    void (*transpose_fractals)(uint8_t *to, int64_t to_step, const uint8_t *from, int64_t from_step, uint32_t count);

    // `rows` rows (a multiple of 16) of one panel: c (+)= a x panel. `a` holds fractals of 16x16, `a_pitch` floats from
    // one row of fractals to the next; the panel has k rows of 16 or 32 floats; c is NZ: one column of fractals at c0
    // and, where the panel is 32 wide, the next at c1, which is null otherwise.
    void (*multiply)(const float *a, uint64_t a_pitch, const float *panel, float *c0, float *c1, uint32_t rows,
                     uint32_t k, bool initialises);

    // An NZ tile of floats, `column_pitch` floats between columns of fractals, into rows of `to_pitch` numbers, each
    // rounded to nearest even; negative ones to zero first if `clamps`.
    void (*narrow_tile[kNarrowTypes])(uint16_t *to, uint64_t to_pitch, const float *from, uint64_t column_pitch,
                                      uint32_t rows, uint32_t columns, bool clamps);

    // `rows` rows of `bytes` bytes (a multiple of 32) into columns of 32 bytes by row. Pitches in bytes.
    void (*copy_to_columns)(uint8_t *to, uint64_t column_pitch, const uint8_t *from, uint64_t row_pitch, uint32_t rows,
                            uint64_t bytes);

    // to += from, `count` numbers, a multiple of 16.
    void (*add)(float *to, const float *from, uint64_t count);
};

const MicroKernels &PortableKernels();
const MicroKernels *Avx2Kernels();  // null where the library was built without
const MicroKernels *Avx512Kernels();

// The fastest that this processor runs. The environment's DOVETAIL_INSTRUCTION_SET names a lesser one.
const MicroKernels &Kernels();

}  // namespace dovetail

#endif
