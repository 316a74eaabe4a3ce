// Products of 8-bit integers in plain C++, and the choice of the fastest there are.
#include "micro_integers.h"

#include <cstdlib>
#include <cstring>

namespace dovetail {

namespace {

void PrepareLeft(void *, const int8_t *, uint32_t, uint32_t) {}

// Rows of k, 16 numbers each.
void PackPanel(void *to, const int8_t *from, uint64_t step, uint32_t, uint32_t count) {
    int8_t *target = static_cast<int8_t *>(to);
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
        for (uint32_t k = 0; k < kIntegerFractalDepth; ++k) {
            for (uint32_t column = 0; column < 16; ++column) {
                *target++ = from[fractal * step + column * kIntegerFractalDepth + k];
            }
        }
    }
}

void Multiply(const int8_t *a, const void *, const void *panel, int32_t *c0, int32_t *, uint32_t block_rows,
              uint32_t depth, bool initialises) {
    for (uint32_t row = 0; row < block_rows * 16; ++row) {
        const int8_t *left = a + static_cast<uint64_t>(row / 16) * depth * kIntegerFractal + row % 16 * 32;
        int32_t *c = c0 + row * 16;
        int32_t sums[16] = {};
        if (!initialises) {
            memcpy(sums, c, sizeof(sums));
        }
        for (uint32_t k = 0; k < depth * kIntegerFractalDepth; ++k) {
            const int32_t factor = left[k / kIntegerFractalDepth * kIntegerFractal + k % kIntegerFractalDepth];
            const int8_t *line = static_cast<const int8_t *>(panel) + k * 16;
            for (int column = 0; column < 16; ++column) {
                sums[column] += factor * line[column];
            }
        }
        memcpy(c, sums, sizeof(sums));
    }
}

void TransposeSquares(uint8_t *to, int64_t to_step, int64_t fractal_step, const uint8_t *from, int64_t from_step,
                      uint32_t count) {
    for (uint32_t square = 0; square < count; ++square) {
        uint8_t *target = to + square * to_step;
        const uint8_t *source = from + square * from_step;
        for (uint32_t row = 0; row < 32; ++row) {
            for (uint32_t column = 0; column < 32; ++column) {
                target[column / 16 * fractal_step + column % 16 * 32 + row] = source[row * 32 + column];
            }
        }
    }
}

const IntegerKernels &Choose() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const char *wanted = getenv("DOVETAIL_INSTRUCTION_SET");
    const auto allows = [wanted](const char *name) { return wanted == nullptr || strcmp(wanted, name) == 0; };
    if (allows("avx512") && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && VnniIntegers() != nullptr) {
        return *VnniIntegers();
    }
    if (!allows("portable") || wanted == nullptr) {
        if (__builtin_cpu_supports("avx2") && Avx2Integers() != nullptr) {
            return *Avx2Integers();
        }
    }
#endif
    return PortableIntegers();
}

}  // namespace

const IntegerKernels &PortableIntegers() {
    static constexpr IntegerKernels kernels = {"portable",  16,        512,      0,
                                               PrepareLeft, PackPanel, Multiply, TransposeSquares};
    return kernels;
}

const IntegerKernels &Integers() {
    static const IntegerKernels &kernels = Choose();
    return kernels;
}

}  // namespace dovetail
