// What follows from what a caller has said of a tensor.
#include <string>

#include "aclnn/source/tensor.h"
#include "aclnn/source/types.h"

namespace dovetail {

namespace {

// Rounded up where elements share bytes; the largest number for more elements than any memory holds.
uint64_t BytesOf(aclDataType type, int64_t elements) {
    int64_t bits = 0;
    return __builtin_mul_overflow(elements, BitsOf(type), &bits) ? UINT64_MAX : (static_cast<uint64_t>(bits) + 7) / 8;
}

}  // namespace

bool Multiply(const int64_t *dims, uint64_t count, int64_t *product) {
    *product = 1;
    bool fits = true;
    for (uint64_t i = 0; i < count; ++i) {
        fits = fits && dims[i] >= 0;
        if (dims[i] == 0) {
            *product = 0;
        }
    }
    for (uint64_t i = 0; fits && i < count; ++i) {
        fits = !__builtin_mul_overflow(*product, dims[i], product);
    }
    return fits;
}

bool Span(TensorFacts &facts) {
    int64_t first = facts.offset, last = facts.offset;
    for (uint64_t i = 0; i < facts.dimensions && !facts.IsEmpty(); ++i) {
        int64_t reach = 0;
        int64_t &bound = facts.strides[i] < 0 ? first : last;
        if (__builtin_mul_overflow(facts.view[i] - 1, facts.strides[i], &reach) ||
            __builtin_add_overflow(bound, reach, &bound)) {
            return false;
        }
    }
    facts.first = first;
    return !__builtin_add_overflow(last, facts.IsEmpty() ? 0 : 1, &facts.end);
}

bool TensorFacts::IsContiguous() const {
    int64_t expected = 1;
    for (uint64_t i = IsEmpty() ? 0 : dimensions; i-- > 0;) {
        if (view[i] != 1 && strides[i] != expected) {
            return false;
        }
        expected *= view[i];
    }
    return true;
}

bool TensorFacts::IsTransposed() const {
    return dimensions == 2 &&
           (IsEmpty() || ((view[0] == 1 || strides[0] == 1) && (view[1] == 1 || strides[1] == view[0])));
}

uint64_t TensorFacts::OffsetBytes() const { return BytesOf(type, first); }
uint64_t TensorFacts::Bytes() const { return BytesOf(type, end - first); }

std::string List(const int64_t *numbers, uint64_t count) {
    std::string text = "[";
    for (uint64_t i = 0; i < count; ++i) {
        text += (i > 0 ? ", " : "") + std::to_string(numbers[i]);
    }
    return text + "]";
}

}  // namespace dovetail
