// Products of 8-bit integers for AVX-512 with VNNI. vpdpbusd multiplies unsigned bytes by signed ones, four at a time,
// and does not saturate: B is shifted up by 128, and what that adds, 128 times the sum of a row of A, is subtracted.
#include "micro_integers.h"

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)

#include "integers_avx2.h"

namespace dovetail {

namespace {

constexpr int kWords = kIntegerFractalDepth / 4;

// For each row, 128 times its sum. In wrapping arithmetic, so that no product is too large.
void PrepareLeft(void *to, const int8_t *from, uint32_t block_rows, uint32_t count) {
    int32_t *sums = static_cast<int32_t *>(to);
    const __m256i factor = _mm256_set1_epi8(static_cast<char>(128));
    for (uint32_t row = 0; row < block_rows * 16; ++row) {
        const int8_t *line = from + static_cast<uint64_t>(row / 16) * count * kIntegerFractal + row % 16 * 32;
        __m256i sum = _mm256_setzero_si256();
        for (uint32_t fractal = 0; fractal < count; ++fractal) {
            sum = _mm256_dpbusd_epi32(
                sum, factor, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(line + fractal * kIntegerFractal)));
        }
        __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
        half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
        sums[row] = _mm_cvtsi128_si32(half);
    }
}

// Rows of four k, four bytes of each column.
void PackPanel(void *to, const int8_t *from, uint64_t step, uint32_t columns, uint32_t count) {
    const __m256i shift = _mm256_set1_epi8(static_cast<char>(128));
    const uint32_t pitch = columns / 8;
    __m256i *target = static_cast<__m256i *>(to);
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
        for (uint32_t part = 0; part < pitch; ++part) {
            __m256i rows[8];
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) {
                rows[i] =
                    _mm256_xor_si256(shift, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from) + part * 8 + i));
            }
            TransposeWords(rows);
#pragma GCC unroll 8
            for (int i = 0; i < kWords; ++i) {
                _mm256_storeu_si256(target + i * pitch + part, rows[i]);
            }
        }
        target += kWords * pitch;
        from += step;
    }
}

// `height` rows by `width` registers of C stay in registers while k runs.
template <int height, int width>
inline void MultiplyBlock(const int8_t *a, const int32_t *shifts, const __m512i *panel, int32_t *const c[2],
                          uint32_t depth, bool initialises) {
    __m512i sums[height][width];
#pragma GCC unroll 16
    for (int row = 0; row < height; ++row) {
#pragma GCC unroll 2
        for (int column = 0; column < width; ++column) {
            const __m512i start = initialises ? _mm512_setzero_si512() : _mm512_loadu_si512(c[column] + row * 16);
            sums[row][column] = _mm512_sub_epi32(start, _mm512_set1_epi32(shifts[row]));
        }
    }
    for (uint32_t fractal = 0; fractal < depth; ++fractal) {
#pragma GCC unroll 8
        for (int word = 0; word < kWords; ++word) {
            __m512i b[width];
#pragma GCC unroll 2
            for (int column = 0; column < width; ++column) {
                b[column] = _mm512_loadu_si512(panel + word * width + column);
            }
#pragma GCC unroll 16
            for (int row = 0; row < height; ++row) {
                const __m512i factor = _mm512_set1_epi32(
                    *reinterpret_cast<const int32_t *>(__builtin_assume_aligned(a + row * 32 + word * 4, 4)));
#pragma GCC unroll 2
                for (int column = 0; column < width; ++column) {
                    sums[row][column] = _mm512_dpbusd_epi32(sums[row][column], b[column], factor);
                }
            }
        }
        a += kIntegerFractal;
        panel += kWords * width;
    }
#pragma GCC unroll 16
    for (int row = 0; row < height; ++row) {
#pragma GCC unroll 2
        for (int column = 0; column < width; ++column) {
            _mm512_storeu_si512(c[column] + row * 16, sums[row][column]);
        }
    }
}

void Multiply(const int8_t *a, const void *prepared, const void *panel, int32_t *c0, int32_t *c1, uint32_t block_rows,
              uint32_t depth, bool initialises) {
    const __m512i *lines = static_cast<const __m512i *>(panel);
    for (uint32_t row = 0; row < block_rows * 16; row += 8) {
        const int8_t *left = a + static_cast<uint64_t>(row / 16) * depth * kIntegerFractal + row % 16 * 32;
        const int32_t *shifts = static_cast<const int32_t *>(prepared) + row;
        int32_t *const c[2] = {c0 + row * 16, c1 + row * 16};
        if (c1 == nullptr) {
            MultiplyBlock<8, 1>(left, shifts, lines, c, depth, initialises);
        } else {
            MultiplyBlock<8, 2>(left, shifts, lines, c, depth, initialises);
        }
    }
}

}  // namespace

const IntegerKernels *VnniIntegers() {
    static constexpr IntegerKernels kernels = {"avx512",    32,        512,      64,
                                               PrepareLeft, PackPanel, Multiply, TransposeSquares};
    return &kernels;
}

}  // namespace dovetail

#else

namespace dovetail {
const IntegerKernels *VnniIntegers() { return nullptr; }
}  // namespace dovetail

#endif
