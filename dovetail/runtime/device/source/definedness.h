// Which bytes somebody has written: one bit for each byte of a memory.
#ifndef DOVETAIL_SOURCE_DEFINEDNESS_H
#define DOVETAIL_SOURCE_DEFINEDNESS_H

#include <cstdint>
#include <vector>

namespace dovetail {

class Definedness {
public:
    Definedness() = default;
    // Nothing is defined.
    explicit Definedness(uint64_t bytes) : bits_(bytes / 64 + 2), whole_(bits_.size() / 64 + 1) {}

    void Set(uint64_t begin, uint64_t bytes, bool defined);
    // The first byte of [begin, begin + bytes) that is not defined, or begin + bytes.
    uint64_t FirstUndefined(uint64_t begin, uint64_t bytes) const;
    // [begin, begin + bytes) becomes what [from_begin, ...) of `from` is; null is a memory in which all is defined.
    void Copy(uint64_t begin, const Definedness *from, uint64_t from_begin, uint64_t bytes);

private:
    // Up to 64 bits from byte `begin` on.
    uint64_t Get(uint64_t begin) const;
    void Put(uint64_t begin, uint64_t bits, uint64_t count);
    void Assign(uint64_t word, uint64_t bits);

    std::vector<uint64_t> bits_;
    std::vector<uint64_t> whole_;  // a bit for each word of `bits_` of which all bits are set
};

}  // namespace dovetail

#endif
