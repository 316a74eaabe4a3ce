// Transposes of integers in AVX2 registers. Included where AVX2 or more is switched on.
#ifndef DOVETAIL_SOURCE_INTEGERS_AVX2_H
#define DOVETAIL_SOURCE_INTEGERS_AVX2_H

#include <immintrin.h>

#include <cstdint>

namespace dovetail {

// Internal linkage: each file's copy is compiled for the instruction set of that file.
namespace {

// 8x8 numbers of 32 bits.
inline void TransposeWords(__m256i rows[8]) {
    __m256i pairs[8], quads[8];
#pragma GCC unroll 4
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = _mm256_unpacklo_epi32(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm256_unpackhi_epi32(rows[i], rows[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        quads[i] = _mm256_unpacklo_epi64(pairs[i], pairs[i + 2]);
        quads[i + 1] = _mm256_unpackhi_epi64(pairs[i], pairs[i + 2]);
        quads[i + 2] = _mm256_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
        quads[i + 3] = _mm256_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        rows[i] = _mm256_permute2x128_si256(quads[i], quads[i + 4], 0x20);
        rows[i + 4] = _mm256_permute2x128_si256(quads[i], quads[i + 4], 0x31);
    }
}

// 16x16 bytes in each lane. Interleaving register i with i + 8 four times brings bit after bit of the row's number
// behind the column's.
inline void TransposeBytes(__m256i rows[16]) {
    __m256i next[16];
#pragma GCC unroll 2
    for (int round = 0; round < 2; ++round) {
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
            next[2 * i] = _mm256_unpacklo_epi8(rows[i], rows[i + 8]);
            next[2 * i + 1] = _mm256_unpackhi_epi8(rows[i], rows[i + 8]);
        }
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
            rows[2 * i] = _mm256_unpacklo_epi8(next[i], next[i + 8]);
            rows[2 * i + 1] = _mm256_unpackhi_epi8(next[i], next[i + 8]);
        }
    }
}

void TransposeSquares(uint8_t *to, int64_t to_step, int64_t fractal_step, const uint8_t *from, int64_t from_step,
                      uint32_t count) {
    for (uint32_t square = 0; square < count; ++square) {
#pragma GCC unroll 8
        for (int line = 0; line < 16; ++line) {
            _mm_prefetch(reinterpret_cast<const char *>(from + from_step) + line * 64, _MM_HINT_T0);
        }
#pragma GCC unroll 2
        for (int half = 0; half < 2; ++half) {
            __m256i rows[16];
#pragma GCC unroll 16
            for (int i = 0; i < 16; ++i) {
                const uint8_t *line = from + i * 32 + half * 16;
                rows[i] = _mm256_inserti128_si256(
                    _mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i *>(line))),
                    *reinterpret_cast<const __m128i_u *>(line + 16 * 32), 1);
            }
            TransposeBytes(rows);
#pragma GCC unroll 16
            for (int i = 0; i < 16; ++i) {
                _mm256_storeu_si256(reinterpret_cast<__m256i *>(to + half * fractal_step) + i, rows[i]);
            }
        }
        to += to_step;
        from += from_step;
    }
}

}  // namespace

}  // namespace dovetail

#endif
