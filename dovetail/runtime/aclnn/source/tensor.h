// What a caller has said of a tensor.
#ifndef DOVETAIL_ACLNN_TENSOR_H
#define DOVETAIL_ACLNN_TENSOR_H

#include <cstdint>
#include <string>

#include "aclnn/acl_meta.h"

namespace dovetail {

constexpr uint64_t kMostDimensions = 8;

struct TensorFacts {
    aclDataType type;
    aclFormat format;
    uint64_t dimensions, storage_dimensions;
    int64_t view[kMostDimensions];
    int64_t strides[kMostDimensions];  // in elements
    int64_t storage[kMostDimensions];
    int64_t offset;      // of the view, in elements
    int64_t elements;    // of the view
    int64_t first, end;  // elements of the storage that the view spans: first <= e < end
    int64_t storage_elements;
    char *data;  // of the storage

    bool IsEmpty() const { return elements == 0; }
    bool IsContiguous() const;
    // Of two dimensions, column after column.
    bool IsTransposed() const;
    uint64_t OffsetBytes() const;
    // That the view spans.
    uint64_t Bytes() const;
};

// Null if there is no tensor of this handle.
const TensorFacts *FindTensor(const aclTensor *tensor);
bool WasTensor(const aclTensor *tensor);

// The product of the dimensions. False if it, or one of them, is no size.
bool Multiply(const int64_t *dims, uint64_t count, int64_t *product);
// Says which elements of the storage the view spans. False if that is more than can be counted.
bool Span(TensorFacts &facts);

// "[2, 3]"
std::string List(const int64_t *numbers, uint64_t count);

}  // namespace dovetail

#endif
