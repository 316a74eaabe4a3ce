// Micro-kernels for AVX-512 (F, BW, VL, DQ). Compiled with those switched on, called only where they exist.
#include "micro_kernels.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)

#include <immintrin.h>

#include <cstring>

#include "transpose_avx2.h"

namespace dovetail {

namespace {

template <Narrow type>
inline __m512 Widened(__m256i bits) {
    if (type == Narrow::Half) {
        return _mm512_cvtph_ps(bits);
    }
    // Each number into the upper half of 32 bits, over zeros.
    const __m512i places = _mm512_set_epi16(15, 0, 14, 0, 13, 0, 12, 0, 11, 0, 10, 0, 9, 0, 8, 0, 7, 0, 6, 0, 5, 0, 4,
                                            0, 3, 0, 2, 0, 1, 0, 0, 0);
    return _mm512_castsi512_ps(_mm512_maskz_permutexvar_epi16(0xaaaaaaaa, places, _mm512_castsi256_si512(bits)));
}

template <Narrow type>
void WidenPanel(float *to, uint32_t pitch, const uint16_t *from, uint64_t step, uint32_t count) {
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
        PrefetchFractal(from + step);
#pragma GCC unroll 2
        for (int part = 0; part < 2; ++part) {
            __m256i columns[8];
            EightColumns(columns, from + part * 8);
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) {
                _mm512_store_ps(to + (part * 8 + i) * pitch, Widened<type>(columns[i]));
            }
        }
        to += 16 * pitch;
        from += step;
    }
}

// ---- widths ------------------------------------------------------------------------------------------------------

template <Narrow type>
void Widen(float *to, const uint16_t *from, uint64_t count) {
    for (uint64_t i = 0; i < count; i += 16) {
        const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + i));
        _mm512_storeu_ps(to + i, Widened<type>(bits));
    }
}

template <Narrow type>
inline __m256i Narrowed(__m512 value, bool clamps) {
    if (clamps) {
        value = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_GT_OQ), value);
    }
    if (type == Narrow::Half) {
        return _mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }
    const __m512i bits = _mm512_castps_si512(value);
    const __m512i upper = _mm512_srli_epi32(bits, 16);
    const __m512i odd = _mm512_and_si512(upper, _mm512_set1_epi32(1));
    const __m512i rounded =
        _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd), 16);
    const __mmask16 is_nan = _mm512_cmp_ps_mask(value, value, _CMP_UNORD_Q);
    return _mm512_cvtepi32_epi16(_mm512_mask_or_epi32(rounded, is_nan, upper, _mm512_set1_epi32(0x40)));
}

// Eight rows of two columns of fractals at a time: 512 contiguous bytes are read, and whole cache lines written.
template <Narrow type>
void NarrowTile(uint16_t *to, uint64_t to_pitch, const float *from, uint64_t column_pitch, uint32_t rows,
                uint32_t columns, bool clamps) {
    for (uint32_t band = 0; band < rows; band += 8) {
        const uint32_t end = band + 8 < rows ? band + 8 : rows;
        uint32_t column = 0;
        for (; column + 32 <= columns; column += 32) {
            const float *first = from + column / 16 * column_pitch;
            for (uint32_t row = band; row < end; ++row) {
                const __m256i left = Narrowed<type>(_mm512_loadu_ps(first + row * 16), clamps);
                const __m256i right = Narrowed<type>(_mm512_loadu_ps(first + column_pitch + row * 16), clamps);
                _mm512_storeu_si512(to + row * to_pitch + column,
                                    _mm512_inserti64x4(_mm512_castsi256_si512(left), right, 1));
            }
        }
        for (; column < columns; column += 16) {
            const uint32_t left = columns - column;
            const __mmask16 inside = left >= 16 ? 0xffff : static_cast<__mmask16>((1u << left) - 1);
            const float *first = from + column / 16 * column_pitch;
            for (uint32_t row = band; row < end; ++row) {
                _mm256_mask_storeu_epi16(to + row * to_pitch + column, inside,
                                         Narrowed<type>(_mm512_loadu_ps(first + row * 16), clamps));
            }
        }
    }
}

// ---- copies ------------------------------------------------------------------------------------------------------

void CopyFractals(uint8_t *to, int64_t to_step, const uint8_t *from, int64_t from_step, uint32_t count) {
    for (uint32_t fractal = 0; fractal < count; ++fractal) {
        PrefetchFractal(from + from_step);
        __m512i lines[8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
            lines[i] = _mm512_loadu_si512(from + i * 64);
        }
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
            _mm512_storeu_si512(to + i * 64, lines[i]);
        }
        to += to_step;
        from += from_step;
    }
}

// In bands of 8 rows by 64 bytes: rows that lie a power of two apart share few sets of the cache, and 256 contiguous
// bytes are written at a time. Rows further down are fetched ahead, into the second level: the first has too few ways.
void CopyToColumns(uint8_t *to, uint64_t column_pitch, const uint8_t *from, uint64_t row_pitch, uint32_t rows,
                   uint64_t bytes) {
    uint32_t row = 0;
    for (; row + 8 <= rows; row += 8) {
        const uint8_t *band = from + row * row_pitch;
        const uint64_t ahead = row + 24 <= rows ? 16 * row_pitch : 0;
        uint8_t *target = to + row * 32;
        uint64_t offset = 0;
        for (; offset + 64 <= bytes; offset += 64) {
            uint8_t *left = target + offset / 32 * column_pitch;
            uint8_t *right = left + column_pitch;
#pragma GCC unroll 4
            for (int pair = 0; pair < 4; ++pair) {
                const uint8_t *source = band + 2 * pair * row_pitch + offset;
                _mm_prefetch(reinterpret_cast<const char *>(source + ahead), _MM_HINT_T1);
                _mm_prefetch(reinterpret_cast<const char *>(source + row_pitch + ahead), _MM_HINT_T1);
                const __m512i upper = _mm512_loadu_si512(source);
                const __m512i lower = _mm512_loadu_si512(source + row_pitch);
                _mm512_storeu_si512(left + pair * 64, _mm512_shuffle_i64x2(upper, lower, 0x44));
                _mm512_storeu_si512(right + pair * 64, _mm512_shuffle_i64x2(upper, lower, 0xee));
            }
        }
        if (offset < bytes) {
            uint8_t *last = target + offset / 32 * column_pitch;
            for (int i = 0; i < 8; ++i) {
                memcpy(last + i * 32, band + i * row_pitch + offset, 32);
            }
        }
    }
    for (; row < rows; ++row) {
        for (uint64_t offset = 0; offset < bytes; offset += 32) {
            memcpy(to + offset / 32 * column_pitch + row * 32, from + row * row_pitch + offset, 32);
        }
    }
}

// ---- multiplication ----------------------------------------------------------------------------------------------

// `height` rows by `width` registers of C stay in registers while k runs.
template <int height, int width>
inline void MultiplyBlock(const float *a, const float *next_a, const float *panel, float *const c[2], uint32_t k,
                          bool initialises) {
    __m512 sums[height][width];
#pragma GCC unroll 16
    for (int row = 0; row < height; ++row) {
#pragma GCC unroll 2
        for (int column = 0; column < width; ++column) {
            sums[row][column] = initialises ? _mm512_setzero_ps() : _mm512_load_ps(c[column] + row * 16);
        }
    }
    // What comes next is fetched ahead: A and C lie in the second level of the caches.
#pragma GCC unroll 16
    for (int row = 0; row < height; ++row) {
#pragma GCC unroll 2
        for (int column = 0; column < width; ++column) {
            _mm_prefetch(reinterpret_cast<const char *>(c[column] + (row + height) * 16), _MM_HINT_T0);
        }
    }
    const auto step = [&](const float *left, const float *right) __attribute__((always_inline)) {
        __m512 b[width];
#pragma GCC unroll 2
        for (int column = 0; column < width; ++column) {
            b[column] = _mm512_load_ps(right + column * 16);
        }
#pragma GCC unroll 16
        for (int row = 0; row < height; ++row) {
            const __m512 factor = _mm512_set1_ps(left[row * 16]);
#pragma GCC unroll 2
            for (int column = 0; column < width; ++column) {
                sums[row][column] = _mm512_fmadd_ps(factor, b[column], sums[row][column]);
            }
        }
    };
    for (; k >= 16; k -= 16) {
#pragma GCC unroll 16
        for (int row = 0; row < height; ++row) {
            _mm_prefetch(reinterpret_cast<const char *>(next_a + row * 16), _MM_HINT_T0);
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) {
            step(a + i, panel + i * 16 * width);
        }
        a += kFractal;
        next_a += kFractal;
        panel += 16 * 16 * width;
    }
    for (uint32_t i = 0; i < k; ++i) {
        step(a + i, panel + i * 16 * width);
    }
#pragma GCC unroll 16
    for (int row = 0; row < height; ++row) {
#pragma GCC unroll 2
        for (int column = 0; column < width; ++column) {
            _mm512_store_ps(c[column] + row * 16, sums[row][column]);
        }
    }
}

void Multiply(const float *a, uint64_t a_pitch, const float *panel, float *c0, float *c1, uint32_t rows, uint32_t k,
              bool initialises) {
    for (uint32_t row = 0; row < rows; row += 16) {
        const float *left = a + row / 16 * a_pitch;
        const float *below = row + 16 < rows ? left + a_pitch : a;
        if (c1 == nullptr) {
            float *const c[2] = {c0 + row * 16, nullptr};
            MultiplyBlock<16, 1>(left, below, panel, c, k, initialises);
            continue;
        }
        float *const upper[2] = {c0 + row * 16, c1 + row * 16};
        float *const lower[2] = {c0 + (row + 8) * 16, c1 + (row + 8) * 16};
        MultiplyBlock<8, 2>(left, left + 8 * 16, panel, upper, k, initialises);
        MultiplyBlock<8, 2>(left + 8 * 16, below, panel, lower, k, initialises);
    }
}

void Add(float *to, const float *from, uint64_t count) {
    for (uint64_t i = 0; i < count; i += 16) {
        _mm512_storeu_ps(to + i, _mm512_add_ps(_mm512_loadu_ps(to + i), _mm512_loadu_ps(from + i)));
    }
}

}  // namespace

const MicroKernels *Avx512Kernels() {
    static constexpr MicroKernels kernels = {"avx512",
                                             32,
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
const MicroKernels *Avx512Kernels() { return nullptr; }
}  // namespace dovetail

#endif
