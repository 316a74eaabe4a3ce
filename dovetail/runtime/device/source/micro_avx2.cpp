// Micro-kernels for AVX2 with FMA and F16C. Compiled with those switched on, called only where they exist.
#include "micro_kernels.h"

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)

#include <immintrin.h>

#include <cstring>

#include "transpose_avx2.h"

namespace dovetail {

namespace {

template <Narrow type>
inline __m256 Widened(__m128i bits) {
    if (type == Narrow::Half) {
        return _mm256_cvtph_ps(bits);
    }
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}

template <Narrow type>
void Widen(float *to, const uint16_t *from, uint64_t count) {
    for (uint64_t i = 0; i < count; i += 8) {
        _mm256_storeu_ps(to + i, Widened<type>(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from + i))));
    }
}

template <Narrow type>
void WidenPanel(float *to, uint32_t pitch, const uint16_t *from, uint64_t step, uint32_t count) {
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
#pragma GCC unroll 2
        for (int part = 0; part < 2; ++part) {
            __m256i columns[8];
            EightColumns(columns, from + part * 8);
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) {
                float *row = to + (part * 8 + i) * pitch;
                _mm256_storeu_ps(row, Widened<type>(_mm256_castsi256_si128(columns[i])));
                _mm256_storeu_ps(row + 8, Widened<type>(_mm256_extracti128_si256(columns[i], 1)));
            }
        }
        to += 16 * pitch;
        from += step;
    }
}

template <Narrow type>
inline __m128i Narrowed(__m256 value, bool clamps) {
    if (clamps) {
        value = _mm256_and_ps(value, _mm256_cmp_ps(value, _mm256_setzero_ps(), _CMP_GT_OQ));
    }
    if (type == Narrow::Half) {
        return _mm256_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
    const __m256i bits = _mm256_castps_si256(value);
    const __m256i upper = _mm256_srli_epi32(bits, 16);
    const __m256i odd = _mm256_and_si256(upper, _mm256_set1_epi32(1));
    const __m256i rounded =
        _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd), 16);
    const __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(value, value, _CMP_UNORD_Q));
    const __m256i quiet = _mm256_or_si256(upper, _mm256_set1_epi32(0x40));
    const __m256i chosen = _mm256_blendv_epi8(rounded, quiet, is_nan);
    const __m256i packed = _mm256_packus_epi32(chosen, chosen);
    return _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0x08));
}

template <Narrow type>
void NarrowTile(uint16_t *to, uint64_t to_pitch, const float *from, uint64_t column_pitch, uint32_t rows,
                uint32_t columns, bool clamps) {
    // Eight rows at a time: 512 contiguous bytes are read from each column of fractals.
    for (uint32_t band = 0; band < rows; band += 8) {
        const uint32_t end = band + 8 < rows ? band + 8 : rows;
        for (uint32_t column = 0; column < columns; column += 16) {
            const float *first = from + column / 16 * column_pitch;
            const uint32_t left = columns - column;
            for (uint32_t row = band; row < end; ++row) {
                alignas(32) uint16_t narrow[16];
                uint16_t *place = left >= 16 ? to + row * to_pitch + column : narrow;
                _mm_storeu_si128(reinterpret_cast<__m128i *>(place),
                                 Narrowed<type>(_mm256_loadu_ps(first + row * 16), clamps));
                _mm_storeu_si128(reinterpret_cast<__m128i *>(place + 8),
                                 Narrowed<type>(_mm256_loadu_ps(first + row * 16 + 8), clamps));
                if (left < 16) {
                    memcpy(to + row * to_pitch + column, narrow, left * sizeof(uint16_t));
                }
            }
        }
    }
}

void CopyFractals(uint8_t *to, int64_t to_step, const uint8_t *from, int64_t from_step, uint32_t count) {
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) {
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(to) + i,
                                _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from) + i));
        }
        to += to_step;
        from += from_step;
    }
}

// In bands of 8 rows by 64 bytes: rows that lie a power of two apart share few sets of the cache, and 256 contiguous
// bytes are written at a time. Rows further down are fetched ahead, into the second level: the first has too few ways.
void CopyToColumns(uint8_t *to, uint64_t column_pitch, const uint8_t *from, uint64_t row_pitch, uint32_t rows,
                   uint64_t bytes) {
    for (uint32_t row = 0; row < rows; row += 8) {
        const uint32_t height = rows - row < 8 ? rows - row : 8;
        const uint8_t *band = from + row * row_pitch;
        const uint64_t ahead = row + 24 <= rows ? 16 * row_pitch : 0;
        uint8_t *target = to + row * 32;
        for (uint64_t offset = 0; offset < bytes; offset += 64) {
            uint8_t *left = target + offset / 32 * column_pitch;
            uint8_t *right = left + column_pitch;
            const bool whole = offset + 64 <= bytes;
            for (uint32_t i = 0; i < height; ++i) {
                const uint8_t *source = band + i * row_pitch + offset;
                _mm_prefetch(reinterpret_cast<const char *>(source + ahead), _MM_HINT_T1);
                _mm256_storeu_si256(reinterpret_cast<__m256i *>(left) + i,
                                    _mm256_loadu_si256(reinterpret_cast<const __m256i *>(source)));
                if (whole) {
                    _mm256_storeu_si256(reinterpret_cast<__m256i *>(right) + i,
                                        _mm256_loadu_si256(reinterpret_cast<const __m256i *>(source + 32)));
                }
            }
        }
    }
}

// `height` rows of 16 columns of C stay in registers while k runs.
template <int height>
inline void MultiplyBlock(const float *a, const float *panel, float *c, uint32_t k, bool initialises) {
    __m256 sums[height][2];
#pragma GCC unroll 6
    for (int row = 0; row < height; ++row) {
        sums[row][0] = initialises ? _mm256_setzero_ps() : _mm256_loadu_ps(c + row * 16);
        sums[row][1] = initialises ? _mm256_setzero_ps() : _mm256_loadu_ps(c + row * 16 + 8);
    }
    const auto step = [&](const float *left, const float *right) __attribute__((always_inline)) {
        const __m256 b0 = _mm256_loadu_ps(right);
        const __m256 b1 = _mm256_loadu_ps(right + 8);
#pragma GCC unroll 6
        for (int row = 0; row < height; ++row) {
            const __m256 factor = _mm256_broadcast_ss(left + row * 16);
            sums[row][0] = _mm256_fmadd_ps(factor, b0, sums[row][0]);
            sums[row][1] = _mm256_fmadd_ps(factor, b1, sums[row][1]);
        }
    };
    for (; k >= 16; k -= 16) {
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) {
            step(a + i, panel + i * 16);
        }
        a += kFractal;
        panel += kFractal;
    }
    for (uint32_t i = 0; i < k; ++i) {
        step(a + i, panel + i * 16);
    }
#pragma GCC unroll 6
    for (int row = 0; row < height; ++row) {
        _mm256_storeu_ps(c + row * 16, sums[row][0]);
        _mm256_storeu_ps(c + row * 16 + 8, sums[row][1]);
    }
}

// 16 registers hold 6 rows of 16 sums, two of B and one of A: a row of fractals is 6 + 5 + 5 rows.
void Multiply(const float *a, uint64_t a_pitch, const float *panel, float *c0, float *, uint32_t rows, uint32_t k,
              bool initialises) {
    for (uint32_t row = 0; row < rows; row += 16) {
        const float *left = a + row / 16 * a_pitch;
        float *c = c0 + row * 16;
        MultiplyBlock<6>(left, panel, c, k, initialises);
        MultiplyBlock<5>(left + 6 * 16, panel, c + 6 * 16, k, initialises);
        MultiplyBlock<5>(left + 11 * 16, panel, c + 11 * 16, k, initialises);
    }
}

void Add(float *to, const float *from, uint64_t count) {
    for (uint64_t i = 0; i < count; i += 8) {
        _mm256_storeu_ps(to + i, _mm256_add_ps(_mm256_loadu_ps(to + i), _mm256_loadu_ps(from + i)));
    }
}

}  // namespace

const MicroKernels *Avx2Kernels() {
    static constexpr MicroKernels kernels = {"avx2",
                                             16,
                                             {Widen<Narrow::Half>, Widen<Narrow::Brain>},
                                             {WidenPanel<Narrow::Half>, WidenPanel<Narrow::Brain>},
                                             CopyFractals,
                                             TransposeFractals,
                                             Multiply,
                                             {NarrowTile<Narrow::Half>, NarrowTile<Narrow::Brain>},
                                             CopyToColumns,
                                             Add};
    return &kernels;
}

}  // namespace dovetail

#else

namespace dovetail {
const MicroKernels *Avx2Kernels() { return nullptr; }
}  // namespace dovetail

#endif
