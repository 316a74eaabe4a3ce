#include "definedness.h"

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

void Definedness::Put(uint64_t begin, uint64_t bits, uint64_t count) {
    const uint64_t shift = begin % kWord;
    const uint64_t mask = Mask(count);
    uint64_t &low = bits_[begin / kWord];
    low = (low & ~(mask << shift)) | (bits & mask) << shift;
    if (shift + count > kWord) {
        uint64_t &high = bits_[begin / kWord + 1];
        high = (high & ~(mask >> (kWord - shift))) | (bits & mask) >> (kWord - shift);
    }
}

void Definedness::Set(uint64_t begin, uint64_t bytes, bool defined) {
    const uint64_t value = defined ? ~uint64_t{0} : 0;
    for (uint64_t done = 0; done < bytes;) {
        const uint64_t at = begin + done;
        const uint64_t inside = kWord - at % kWord;
        const uint64_t count = bytes - done < inside ? bytes - done : inside;
        Put(at, value, count);
        done += count;
    }
}

uint64_t Definedness::FirstUndefined(uint64_t begin, uint64_t bytes) const {
    for (uint64_t done = 0; done < bytes;) {
        const uint64_t at = begin + done;
        const uint64_t inside = kWord - at % kWord;
        const uint64_t count = bytes - done < inside ? bytes - done : inside;
        const uint64_t missing = ~(bits_[at / kWord] >> at % kWord) & Mask(count);
        if (missing != 0) {
            return at + static_cast<uint64_t>(__builtin_ctzll(missing));
        }
        done += count;
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
