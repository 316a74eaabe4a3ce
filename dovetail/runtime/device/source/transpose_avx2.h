// A 16x16 transpose of 16-bit numbers in AVX2 registers. Included where AVX2 or more is switched on.
#ifndef DOVETAIL_SOURCE_TRANSPOSE_AVX2_H
#define DOVETAIL_SOURCE_TRANSPOSE_AVX2_H

#include <immintrin.h>

#include <cstdint>

namespace dovetail {

// Internal linkage: each file's copy is compiled for the instruction set of that file.
namespace {

// Fractals lie too far apart for the processor to guess the next.
inline void PrefetchFractal(const void *fractal) {
#pragma GCC unroll 8
    for (int line = 0; line < 8; ++line) {
        _mm_prefetch(static_cast<const char *>(fractal) + line * 64, _MM_HINT_T0);
    }
}

// Half of the columns of a fractal, from column 0 or 8 on: each register gets one column. A register first takes eight
// numbers of rows i and i + 8 in its two lanes, so that everything after stays within lanes.
inline void EightColumns(__m256i columns[8], const uint16_t *fractal) {
    __m256i rows[8], pairs[8], quads[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
        const __m128i upper = _mm_loadu_si128(reinterpret_cast<const __m128i *>(fractal + i * 16));
        rows[i] = _mm256_inserti128_si256(_mm256_castsi128_si256(upper),
                                          *reinterpret_cast<const __m128i_u *>(fractal + (i + 8) * 16), 1);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = _mm256_unpacklo_epi16(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm256_unpackhi_epi16(rows[i], rows[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        quads[i] = _mm256_unpacklo_epi32(pairs[i], pairs[i + 2]);
        quads[i + 1] = _mm256_unpackhi_epi32(pairs[i], pairs[i + 2]);
        quads[i + 2] = _mm256_unpacklo_epi32(pairs[i + 1], pairs[i + 3]);
        quads[i + 3] = _mm256_unpackhi_epi32(pairs[i + 1], pairs[i + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        columns[2 * i] = _mm256_unpacklo_epi64(quads[i], quads[i + 4]);
        columns[2 * i + 1] = _mm256_unpackhi_epi64(quads[i], quads[i + 4]);
    }
}

void TransposeFractals(uint8_t *to, int64_t to_step, const uint8_t *from, int64_t from_step, uint32_t count) {
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
        PrefetchFractal(from + from_step);
#pragma GCC unroll 2
        for (int part = 0; part < 2; ++part) {
            __m256i columns[8];
            EightColumns(columns, reinterpret_cast<const uint16_t *>(from) + part * 8);
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) {
                _mm256_storeu_si256(reinterpret_cast<__m256i *>(to) + part * 8 + i, columns[i]);
            }
        }
        to += to_step;
        from += from_step;
    }
}

}  // namespace

}  // namespace dovetail

#endif
