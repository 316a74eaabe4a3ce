#include "parts.h"

namespace dovetail {

namespace {

void Advance(Operand &operand, int64_t bytes) {
    operand.address += static_cast<uint64_t>(bytes);
    operand.extent -= operand.extent == kUnbounded ? 0 : static_cast<uint64_t>(bytes);
}

bool DivideCopy(Instruction &part, Instruction &rest, Random &random) {
    constexpr uint64_t kUnit = 32;
    CopyShape &first = part.copy;
    CopyShape &second = rest.copy;
    if (first.block_count > 1) {
        first.block_count = 1 + random.Below(first.block_count - 1);
        second.block_count -= first.block_count;
        Advance(rest.first, first.block_count * first.source_pitch);
        Advance(rest.destination, first.block_count * first.destination_pitch);
        return true;
    }
    const bool is_padded = first.fills && first.left_bytes + first.right_bytes != 0;
    if (is_padded || first.block_bytes < 2 * kUnit) {
        return false;
    }
    first.block_bytes = kUnit * (1 + random.Below(static_cast<uint32_t>(first.block_bytes / kUnit - 1)));
    second.block_bytes -= first.block_bytes;
    Advance(rest.first, static_cast<int64_t>(first.block_bytes));
    Advance(rest.destination, static_cast<int64_t>(first.block_bytes));
    return true;
}

bool DivideNdToNz(Instruction &part, Instruction &rest, Random &random) {
    constexpr int64_t kRowBytes = 32;
    NdToNzShape &first = part.nd_to_nz;
    if (first.matrices != 1 || first.rows < 2) {
        return false;
    }
    first.rows = static_cast<uint16_t>(1 + random.Below(first.rows - 1u));
    rest.nd_to_nz.rows = static_cast<uint16_t>(rest.nd_to_nz.rows - first.rows);
    Advance(rest.first, static_cast<int64_t>(first.rows) * first.source_row_pitch * first.element_bytes);
    Advance(rest.destination, first.rows * first.row_pitch * kRowBytes);
    return true;
}

}  // namespace

bool TakePart(Instruction &part, Instruction &rest, Random &random) {
    switch (part.operation) {
        case Operation::Copy:
            return DivideCopy(part, rest, random);
        case Operation::CopyNdToNz:
            return DivideNdToNz(part, rest, random);
        default:
            return false;
    }
}

}  // namespace dovetail
