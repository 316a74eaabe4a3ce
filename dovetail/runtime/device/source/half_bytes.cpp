#include "half_bytes.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "micro_integers.h"

namespace dovetail {

namespace {

constexpr uint32_t kLine = 32;  // bytes of a line of a fractal
constexpr uint32_t kLines = 16;
constexpr uint32_t kFractal = kLines * kLine;

// `sign` is the bit that counts negative, or zero.
inline void SpreadLine(uint8_t *to, const uint8_t *from, uint8_t sign) {
#if defined(__SSE2__)
    const __m128i mask = _mm_set1_epi8(15), signs = _mm_set1_epi8(static_cast<char>(sign));
    const __m128i pairs = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from));
    const __m128i low = _mm_and_si128(pairs, mask), high = _mm_and_si128(_mm_srli_epi16(pairs, 4), mask);
    const __m128i parts[2] = {_mm_unpacklo_epi8(low, high), _mm_unpackhi_epi8(low, high)};
    for (int part = 0; part < 2; ++part) {
        _mm_storeu_si128(reinterpret_cast<__m128i *>(to) + part,
                         _mm_sub_epi8(_mm_xor_si128(parts[part], signs), signs));
    }
#else
    for (uint32_t i = 0; i < kLine / 2; ++i) {
        to[2 * i] = static_cast<uint8_t>(((from[i] & 15) ^ sign) - sign);
        to[2 * i + 1] = static_cast<uint8_t>(((from[i] >> 4) ^ sign) - sign);
    }
#endif
}

}  // namespace

void SpreadHalfBytes(uint8_t *to, const uint8_t *from, uint64_t bytes, bool is_signed) {
    const uint8_t sign = is_signed ? 8 : 0;
    for (uint64_t fractal = 0; fractal < bytes / kFractal; ++fractal) {
        for (uint32_t line = 0; line < kLines; ++line) {
            SpreadLine(to + line * kLine, from, sign);
            SpreadLine(to + kFractal + line * kLine, from + kLine / 2, sign);
            from += kLine;
        }
        to += 2 * kFractal;
    }
}

// Two lines give two squares of 32 bytes: numbers with even places, and those with odd ones, each with the number below
// it. Transposed as bytes, their lines take turns.
void TransposeSquareOfHalfBytes(uint8_t *to, int64_t step, const uint8_t *from) {
    alignas(64) uint8_t parts[2][kLine * kLine], transposed[2][kLine * kLine];
    for (uint32_t pair = 0; pair < kLine; ++pair) {
        const uint8_t *upper = from + 2 * pair * kLine, *lower = upper + kLine;
        for (uint32_t i = 0; i < kLine; ++i) {
            parts[0][pair * kLine + i] = static_cast<uint8_t>((upper[i] & 15) | lower[i] << 4);
            parts[1][pair * kLine + i] = static_cast<uint8_t>(upper[i] >> 4 | (lower[i] & 0xf0));
        }
    }
    Integers().transpose_squares(transposed[0], sizeof(parts[0]), kFractal, parts[0], sizeof(parts[0]), 2);
    for (uint32_t line = 0; line < 2 * kLine; ++line) {
        memcpy(to + line / kLines * step + line % kLines * kLine, transposed[line % 2] + line / 2 * kLine, kLine);
    }
}

}  // namespace dovetail
