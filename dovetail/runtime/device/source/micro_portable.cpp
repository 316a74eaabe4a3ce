// Micro-kernels in plain C++, for any processor; also what the others are tested against.
#include <cstring>

#include "dovetail/numbers.h"
#include "micro_kernels.h"

namespace dovetail {

namespace {

template <Narrow type>
float Widened(uint16_t bits) {
    return type == Narrow::Half ? HalfToFloat(bits) : BrainToFloat(bits);
}

template <Narrow type>
void Widen(float *to, const uint16_t *from, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
        to[i] = Widened<type>(from[i]);
    }
}

template <Narrow type>
void WidenPanel(float *to, uint32_t pitch, const uint16_t *from, uint64_t step, uint32_t count) {
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
        for (uint32_t column = 0; column < 16; ++column) {
            for (uint32_t k = 0; k < 16; ++k) {
                to[(fractal * 16 + k) * pitch + column] = Widened<type>(from[fractal * step + column * 16 + k]);
            }
        }
    }
}

void CopyFractals(uint8_t *to, int64_t to_step, const uint8_t *from, int64_t from_step, uint32_t count) {
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
        memcpy(to + fractal * to_step, from + fractal * from_step, 2 * kFractal);
    }
}

void TransposeFractals(uint8_t *to, int64_t to_step, const uint8_t *from, int64_t from_step, uint32_t count) {
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
        uint16_t *target = reinterpret_cast<uint16_t *>(to + fractal * to_step);
        const uint16_t *source = reinterpret_cast<const uint16_t *>(from + fractal * from_step);
        for (uint32_t row = 0; row < 16; ++row) {
            for (uint32_t column = 0; column < 16; ++column) {
                target[column * 16 + row] = source[row * 16 + column];
            }
        }
    }
}

void Multiply(const float *a, uint64_t a_pitch, const float *panel, float *c0, float *, uint32_t rows, uint32_t k,
              bool initialises) {
    for (uint32_t row = 0; row < rows; ++row) {
        const float *left = a + row / 16 * a_pitch + row % 16 * 16;
        float *c = c0 + row * 16;
        float sums[16];
        for (int column = 0; column < 16; ++column) {
            sums[column] = initialises ? 0.0f : c[column];
        }
        for (uint32_t i = 0; i < k; ++i) {
            const float factor = left[i / 16 * kFractal + i % 16];
            for (int column = 0; column < 16; ++column) {
                sums[column] += factor * panel[i * 16 + column];
            }
        }
        memcpy(c, sums, sizeof(sums));
    }
}

template <Narrow type>
void NarrowTile(uint16_t *to, uint64_t to_pitch, const float *from, uint64_t column_pitch, uint32_t rows,
                uint32_t columns, bool clamps) {
    for (uint32_t row = 0; row < rows; ++row) {
        for (uint32_t column = 0; column < columns; ++column) {
            float value = from[column / 16 * column_pitch + row * 16 + column % 16];
            if (clamps && !(value > 0)) {
                value = 0;
            }
            to[row * to_pitch + column] = type == Narrow::Half ? FloatToHalf(value) : FloatToBrain(value);
        }
    }
}

void CopyToColumns(uint8_t *to, uint64_t column_pitch, const uint8_t *from, uint64_t row_pitch, uint32_t rows,
                   uint64_t bytes) {
    for (uint64_t column = 0; column < bytes / 32; ++column) {
        for (uint32_t row = 0; row < rows; ++row) {
            memcpy(to + column * column_pitch + row * 32, from + row * row_pitch + column * 32, 32);
        }
    }
}

void Add(float *to, const float *from, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
        to[i] += from[i];
    }
}

}  // namespace

const MicroKernels &PortableKernels() {
    static constexpr MicroKernels kernels = {"portable",
                                             16,
                                             {Widen<Narrow::Half>, Widen<Narrow::Brain>},
                                             {WidenPanel<Narrow::Half>, WidenPanel<Narrow::Brain>},
                                             CopyFractals,
                                             TransposeFractals,
                                             Multiply,
                                             {NarrowTile<Narrow::Half>, NarrowTile<Narrow::Brain>},
                                             CopyToColumns,
                                             Add};
    return kernels;
}

}  // namespace dovetail
