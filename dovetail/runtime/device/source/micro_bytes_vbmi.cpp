// Fractals of 8-bit floating-point numbers into fractals of halves, for AVX-512 with VBMI: 64 codes at a time are
// looked up in registers, the upper and the lower bytes of their halves apart.
#include "micro_bytes.h"

#if defined(__AVX512VBMI__) && defined(__AVX512BW__)

#include <immintrin.h>

namespace dovetail {

namespace {

// A byte of the half of each of 128 codes, in two registers.
struct Bytes128 {
    __m512i lower, upper;
    explicit Bytes128(const uint8_t *bytes) : lower(_mm512_load_si512(bytes)), upper(_mm512_load_si512(bytes + 64)) {}
    __m512i Of(__m512i codes) const { return _mm512_permutex2var_epi8(lower, codes, upper); }
};

void Widen(uint16_t *to, const uint8_t *from, const Halves &table) {
    const Bytes128 low(table.low), high(table.high), negative_low(table.low + 128), negative_high(table.high + 128);
    // Of lines of 32 codes, unpacked within lanes of 16: the first halves of two lines, and their second halves.
    const __m512i first = _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0);
    const __m512i second = _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2);
    for (int pair = 0; pair < 8; ++pair) {
        const __m512i codes = _mm512_loadu_si512(from + pair * 64);
        const __mmask64 signs = _mm512_movepi8_mask(codes);  // vpermi2b takes seven bits of a code
        const __m512i lows = _mm512_mask_mov_epi8(low.Of(codes), signs, negative_low.Of(codes));
        const __m512i highs = _mm512_mask_mov_epi8(high.Of(codes), signs, negative_high.Of(codes));
        const __m512i left = _mm512_unpacklo_epi8(lows, highs);
        const __m512i right = _mm512_unpackhi_epi8(lows, highs);
        _mm512_storeu_si512(to + pair * 32, _mm512_permutex2var_epi64(left, first, right));
        _mm512_storeu_si512(to + 256 + pair * 32, _mm512_permutex2var_epi64(left, second, right));
    }
}

}  // namespace

WidenBytes VbmiBytesToHalves() { return Widen; }

}  // namespace dovetail

#else

namespace dovetail {
WidenBytes VbmiBytesToHalves() { return nullptr; }
}  // namespace dovetail

#endif
