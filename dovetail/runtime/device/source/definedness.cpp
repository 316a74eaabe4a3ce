#include "definedness.h"

#include <algorithm>

namespace dovetail {

namespace {

constexpr uint64_t kWord = 64;

uint64_t Mask(uint64_t count) { return count >= kWord ? ~uint64_t{0} : (uint64_t{1} << count) - 1; }

}  // namespace

uint64_t Definedness::Get(uint64_t begin) const {
    const uint64_t shift = begin % kWord;
    const uint64_t low = bits_[begin / kWord] >> shift;
    return shift == 0 ? low : low | bits_[begin / kWord + 1] << (kWord - shift);
}

void Definedness::Assign(uint64_t word, uint64_t bits) {
    bits_[word] = bits;
    const uint64_t mark = uint64_t{1} << word % kWord;
    uint64_t &whole = whole_[word / kWord];
    whole = bits == ~uint64_t{0} ? whole | mark : whole & ~mark;
}

void Definedness::Put(uint64_t begin, uint64_t bits, uint64_t count) {
    const uint64_t word = begin / kWord, shift = begin % kWord;
    const uint64_t mask = Mask(count);
    Assign(word, (bits_[word] & ~(mask << shift)) | (bits & mask) << shift);
    if (shift + count > kWord) {
        Assign(word + 1, (bits_[word + 1] & ~(mask >> (kWord - shift))) | (bits & mask) >> (kWord - shift));
    }
}

void Definedness::Set(uint64_t begin, uint64_t bytes, bool defined) {
    const uint64_t value = defined ? ~uint64_t{0} : 0;
    for (uint64_t at = begin, end = begin + bytes; at < end;) {
        const uint64_t inside = kWord - at % kWord;
        const uint64_t count = end - at < inside ? end - at : inside;
        if (count == kWord) {
            // As many words as lie in one word of `whole_`.
            const uint64_t word = at / kWord;
            const uint64_t words = std::min((end - at) / kWord, kWord - word % kWord);
            const uint64_t mask = Mask(words) << word % kWord;
            uint64_t &whole = whole_[word / kWord];
            whole = defined ? whole | mask : whole & ~mask;
            std::fill_n(bits_.begin() + static_cast<std::ptrdiff_t>(word), words, value);
            at += words * kWord;
            continue;
        }
        Put(at, value, count);
        at += count;
    }
}

uint64_t Definedness::FirstUndefined(uint64_t begin, uint64_t bytes) const {
    for (uint64_t at = begin, end = begin + bytes; at < end;) {
        const uint64_t inside = kWord - at % kWord;
        const uint64_t count = end - at < inside ? end - at : inside;
        if (count == kWord) {
            const uint64_t word = at / kWord;
            const uint64_t missing = ~(whole_[word / kWord] >> word % kWord);
            const uint64_t whole = missing == 0 ? kWord : static_cast<uint64_t>(__builtin_ctzll(missing));
            if (whole != 0) {
                at += std::min(whole, kWord - word % kWord) * kWord;  // maybe beyond the end
                continue;
            }
        }
        const uint64_t missing = ~(bits_[at / kWord] >> at % kWord) & Mask(count);
        if (missing != 0) {
            const uint64_t first = at + static_cast<uint64_t>(__builtin_ctzll(missing));
            return first < end ? first : end;
        }
        at += count;
    }
    return begin + bytes;
}

void Definedness::Copy(uint64_t begin, const Definedness *from, uint64_t from_begin, uint64_t bytes) {
    if (from == nullptr) {
        Set(begin, bytes, true);
        return;
    }
    for (uint64_t done = 0; done < bytes; done += kWord) {
        const uint64_t count = bytes - done < kWord ? bytes - done : kWord;
        Put(begin + done, from->Get(from_begin + done), count);
    }
}

}  // namespace dovetail
