// Products of 8-bit integers for AVX2: numbers of 16 bits, multiplied and added in pairs. vpmaddubsw would take bytes
// as they are, but saturates.
#include "micro_integers.h"

#if defined(__AVX2__)

#include "integers_avx2.h"

namespace dovetail {

namespace {

constexpr uint32_t kPairs = kIntegerFractalDepth / 2;

// Each fractal as numbers of 16 bits, in the same order.
void PrepareLeft(void *to, const int8_t *from, uint32_t block_rows, uint32_t count) {
    __m256i *target = static_cast<__m256i *>(to);
    const uint64_t lines = static_cast<uint64_t>(block_rows) * count * kIntegerFractal / 16;
    for (uint64_t line = 0; line < lines; ++line) {
        _mm256_storeu_si256(target + line,
                            _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from) + line)));
    }
}

// Rows of pairs of k, a pair of 16 columns each.
void PackPanel(void *to, const int8_t *from, uint64_t step, uint32_t, uint32_t count) {
    __m256i *target = static_cast<__m256i *>(to);
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
#pragma GCC unroll 2
        for (int part = 0; part < 2; ++part) {
#pragma GCC unroll 2
            for (int half = 0; half < 2; ++half) {
                __m256i columns[8];
#pragma GCC unroll 8
                for (int i = 0; i < 8; ++i) {
                    columns[i] = _mm256_cvtepi8_epi16(_mm_loadu_si128(
                        reinterpret_cast<const __m128i *>(from + (half * 8 + i) * kIntegerFractalDepth + part * 16)));
                }
                TransposeWords(columns);
#pragma GCC unroll 8
                for (int i = 0; i < 8; ++i) {
                    _mm256_storeu_si256(target + (part * 8 + i) * 2 + half, columns[i]);
                }
            }
        }
        target += kPairs * 2;
        from += step;
    }
}

// The compiler would keep products on the stack; these two instructions leave it no choice.
inline void AddProducts(__m256i &sum, __m256i factor, __m256i line) {
    __m256i products;
    asm("vpmaddwd %[line], %[factor], %[products]\n\t"
        "vpaddd %[products], %[sum], %[sum]"
        : [sum] "+x"(sum), [products] "=&x"(products)
        : [factor] "x"(factor), [line] "x"(line));
}

// Four rows of 16 columns of C stay in registers while k runs.
inline void MultiplyBlock(const int32_t *a, const __m256i *panel, int32_t *c, uint32_t depth, bool initialises) {
    __m256i *target = reinterpret_cast<__m256i *>(c);
    __m256i sums[4][2];
#pragma GCC unroll 4
    for (int row = 0; row < 4; ++row) {
        sums[row][0] = initialises ? _mm256_setzero_si256() : _mm256_loadu_si256(target + row * 2);
        sums[row][1] = initialises ? _mm256_setzero_si256() : _mm256_loadu_si256(target + row * 2 + 1);
    }
    for (uint32_t fractal = 0; fractal < depth; ++fractal) {
#pragma GCC unroll 16
        for (uint32_t pair = 0; pair < kPairs; ++pair) {
            const __m256i left = _mm256_loadu_si256(panel + pair * 2);
            const __m256i right = _mm256_loadu_si256(panel + pair * 2 + 1);
#pragma GCC unroll 4
            for (uint32_t row = 0; row < 4; ++row) {
                const __m256i factor = _mm256_set1_epi32(a[row * kPairs + pair]);
                AddProducts(sums[row][0], factor, left);
                AddProducts(sums[row][1], factor, right);
            }
        }
        a += 16 * kPairs;
        panel += kPairs * 2;
    }
#pragma GCC unroll 4
    for (int row = 0; row < 4; ++row) {
        _mm256_storeu_si256(target + row * 2, sums[row][0]);
        _mm256_storeu_si256(target + row * 2 + 1, sums[row][1]);
    }
}

void Multiply(const int8_t *, const void *prepared, const void *panel, int32_t *c0, int32_t *, uint32_t block_rows,
              uint32_t depth, bool initialises) {
    for (uint32_t row = 0; row < block_rows * 16; row += 4) {
        const int32_t *left =
            static_cast<const int32_t *>(prepared) + (static_cast<uint64_t>(row / 16) * depth * 16 + row % 16) * kPairs;
        MultiplyBlock(left, static_cast<const __m256i *>(panel), c0 + row * 16, depth, initialises);
    }
}

}  // namespace

const IntegerKernels *Avx2Integers() {
    static constexpr IntegerKernels kernels = {"avx2",      16,        1024,     1024,
                                               PrepareLeft, PackPanel, Multiply, TransposeSquares};
    return &kernels;
}

}  // namespace dovetail

#else

namespace dovetail {
const IntegerKernels *Avx2Integers() { return nullptr; }
}  // namespace dovetail

#endif
