// Which bytes an instruction reads and which it writes.
#ifndef DOVETAIL_SOURCE_FOOTPRINT_H
#define DOVETAIL_SOURCE_FOOTPRINT_H

#include <cstdint>
#include <vector>

#include "dovetail/instruction.h"

namespace dovetail {

// Runs of bytes in up to three nested loops, the innermost last. Pitches go from start to start, in bytes.
struct Strip {
    struct Loop {
        int64_t pitch = 0;
        uint32_t count = 1;
    };
    const Operand *operand;
    uint64_t offset, bytes;  // of the first run, from the operand's address
    Loop loops[3];

    // From the first to behind the last byte, counted from the operand's address.
    struct Span {
        int64_t begin, end;
    };
    Span AllRuns() const {
        Span span = {static_cast<int64_t>(offset), static_cast<int64_t>(offset + bytes)};
        for (const Loop &loop : loops) {
            const int64_t reach = loop.pitch * (loop.count - 1);
            (reach < 0 ? span.begin : span.end) += reach;
        }
        return span;
    }

    // Whether some pitch is less than what lies within it.
    bool MayOverlapItself() const {
        auto inner = static_cast<int64_t>(bytes);
        for (int i = 2; i >= 0; --i) {
            if (loops[i].count > 1) {
                if (loops[i].pitch < inner) {
                    return true;
                }
                inner += loops[i].pitch * (loops[i].count - 1);
            }
        }
        return false;
    }
};

// What an Mmad ignores (beyond m, n and k in the last fractals) is not in it: that may be undefined.
struct Footprint {
    std::vector<Strip> reads, writes;
};

// The strips point into `instruction`. `footprint` is overwritten: its memory is used again.
void DescribeFootprint(const Instruction &instruction, Footprint &footprint);

// Of elements that have whole ones.
uint32_t BytesOf(Element element);
// Two of them share a byte.
bool IsHalfByte(Element element);
// In a row of a fractal, 32 bytes.
uint32_t ElementsOfRow(Element element);

// Calls visit(operand, offset, bytes) for each run of bytes; runs that touch are one.
template <typename Visit>
void ForEachRun(const std::vector<Strip> &strips, Visit &&visit) {
    for (const Strip &strip : strips) {
        uint64_t bytes = strip.bytes;
        uint32_t inner = strip.loops[2].count;
        if (strip.loops[2].pitch == static_cast<int64_t>(bytes)) {
            bytes *= inner;
            inner = 1;
        }
        for (uint32_t i = 0; i < strip.loops[0].count; ++i) {
            for (uint32_t j = 0; j < strip.loops[1].count; ++j) {
                for (uint32_t k = 0; k < inner; ++k) {
                    const int64_t moved =
                        i * strip.loops[0].pitch + j * strip.loops[1].pitch + k * strip.loops[2].pitch;
                    visit(*strip.operand, strip.offset + static_cast<uint64_t>(moved), bytes);
                }
            }
        }
    }
}

}  // namespace dovetail

#endif
