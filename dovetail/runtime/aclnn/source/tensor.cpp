#include "aclnn/source/tensor.h"

#include <algorithm>

#include "acl/source/errors.h"
#include "aclnn/aclnn_base.h"
#include "aclnn/source/pool.h"
#include "aclnn/source/types.h"

namespace dovetail {

namespace {

using Tensors = Pool<TensorFacts, 1 << 20>;

Tensors &AllTensors() {
    static auto *tensors = new Tensors;  // outlives whatever a program's destructors do
    return *tensors;
}

// The product of the dimensions. False if it, or one of them, is no size.
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

// Says which elements of the storage the view spans. False if that is more than can be counted.
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

// Rounded up where elements share bytes; the largest number for more elements than any memory holds.
uint64_t BytesOf(aclDataType type, int64_t elements) {
    int64_t bits = 0;
    return __builtin_mul_overflow(elements, BitsOf(type), &bits) ? UINT64_MAX : (static_cast<uint64_t>(bits) + 7) / 8;
}

aclnnStatus Copy(const int64_t *numbers, uint64_t count, int64_t **values, uint64_t *number) {
    *values = new int64_t[count];
    std::copy_n(numbers, count, *values);
    *number = count;
    return ACLNN_SUCCESS;
}

}  // namespace

bool TensorFacts::IsContiguous() const {
    int64_t expected = 1;
    for (uint64_t i = dimensions; i-- > 0;) {
        if (view[i] != 1 && strides[i] != expected) {
            return IsEmpty();
        }
        expected *= view[i];
    }
    return true;
}

bool TensorFacts::IsTransposed() const {
    return dimensions == 2 && (view[0] == 1 || strides[0] == 1) && (view[1] == 1 || strides[1] == view[0]);
}

uint64_t TensorFacts::OffsetBytes() const { return BytesOf(type, first); }
uint64_t TensorFacts::Bytes() const { return BytesOf(type, end - first); }

const TensorFacts *FindTensor(const aclTensor *tensor) { return AllTensors().Find(tensor); }
bool WasTensor(const aclTensor *tensor) { return AllTensors().IsInRange(tensor); }

std::string List(const int64_t *numbers, uint64_t count) {
    std::string text = "[";
    for (uint64_t i = 0; i < count; ++i) {
        text += (i > 0 ? ", " : "") + std::to_string(numbers[i]);
    }
    return text + "]";
}

}  // namespace dovetail

using dovetail::AllTensors;
using dovetail::Format;
using dovetail::Refuse;
using dovetail::TensorFacts;

aclTensor *aclCreateTensor(const int64_t *viewDims, uint64_t viewDimsNum, aclDataType dataType, const int64_t *stride,
                           int64_t offset, aclFormat format, const int64_t *storageDims, uint64_t storageDimsNum,
                           void *tensorData) {
    const auto refuse = [](const std::string &message) -> aclTensor * {
        Refuse(ACLNN_ERR_PARAM_INVALID, "aclCreateTensor: " + message);
        return nullptr;
    };
    if ((viewDims == nullptr && viewDimsNum > 0) || (storageDims == nullptr && storageDimsNum > 0)) {
        return refuse(viewDims == nullptr ? "viewDims is a null pointer" : "storageDims is a null pointer");
    }
    if (viewDimsNum > dovetail::kMostDimensions || storageDimsNum > dovetail::kMostDimensions) {
        return refuse(Format("%llu dimensions; allowed are up to %llu",
                             static_cast<unsigned long long>(std::max(viewDimsNum, storageDimsNum)),
                             static_cast<unsigned long long>(dovetail::kMostDimensions)));
    }
    TensorFacts facts = {};
    facts.type = dataType;
    facts.format = format;
    facts.dimensions = viewDimsNum;
    facts.storage_dimensions = storageDimsNum;
    facts.offset = offset;
    facts.data = static_cast<char *>(tensorData);
    std::copy_n(viewDims, viewDimsNum, facts.view);
    std::copy_n(storageDims, storageDimsNum, facts.storage);
    if (!dovetail::Multiply(facts.view, viewDimsNum, &facts.elements)) {
        return refuse("viewDims is " + dovetail::List(viewDims, viewDimsNum) + ", which is no shape");
    }
    if (!dovetail::Multiply(facts.storage, storageDimsNum, &facts.storage_elements)) {
        return refuse("storageDims is " + dovetail::List(storageDims, storageDimsNum) + ", which is no shape");
    }
    for (uint64_t i = viewDimsNum; i-- > 0;) {
        const bool is_last = i + 1 == viewDimsNum;
        facts.strides[i] = stride != nullptr ? stride[i] : is_last ? 1 : facts.strides[i + 1] * facts.view[i + 1];
    }
    if (offset < 0) {
        return refuse(Format("offset is %lld; allowed is 0 or more", static_cast<long long>(offset)));
    }
    if (!dovetail::Span(facts)) {
        return refuse("stride is " + dovetail::List(facts.strides, viewDimsNum) +
                      ", which leads beyond what can be counted");
    }
    TensorFacts *object = AllTensors().Take();
    if (object == nullptr) {
        return refuse("too many tensors exist; aclDestroyTensor gives them back");
    }
    *object = facts;
    return static_cast<aclTensor *>(AllTensors().Publish(object));
}

aclnnStatus aclDestroyTensor(const aclTensor *tensor) {
    if (tensor == nullptr) {
        return Refuse(ACLNN_ERR_PARAM_NULLPTR, "aclDestroyTensor: tensor is a null pointer");
    }
    TensorFacts *object = AllTensors().Claim(tensor);
    if (object == nullptr) {
        return Refuse(ACLNN_ERR_PARAM_INVALID, "aclDestroyTensor: the tensor is destroyed already, or is none");
    }
    AllTensors().Free(object);
    return ACLNN_SUCCESS;
}

namespace {

// The tensor, if the results have places to go.
const TensorFacts *Ask(const char *function, const aclTensor *tensor, bool has_places, aclnnStatus *status) {
    *status = ACLNN_SUCCESS;
    if (tensor == nullptr || !has_places) {
        *status = Refuse(ACLNN_ERR_PARAM_NULLPTR, std::string(function) + ": an argument is a null pointer");
        return nullptr;
    }
    const TensorFacts *facts = dovetail::FindTensor(tensor);
    if (facts == nullptr) {
        *status = Refuse(ACLNN_ERR_PARAM_INVALID, std::string(function) + ": the tensor is destroyed, or is none");
    }
    return facts;
}

}  // namespace

aclnnStatus aclGetViewShape(const aclTensor *tensor, int64_t **viewDims, uint64_t *viewDimsNum) {
    aclnnStatus status;
    const TensorFacts *facts = Ask(__func__, tensor, viewDims != nullptr && viewDimsNum != nullptr, &status);
    return facts == nullptr ? status : dovetail::Copy(facts->view, facts->dimensions, viewDims, viewDimsNum);
}

aclnnStatus aclGetStorageShape(const aclTensor *tensor, int64_t **storageDims, uint64_t *storageDimsNum) {
    aclnnStatus status;
    const TensorFacts *facts = Ask(__func__, tensor, storageDims != nullptr && storageDimsNum != nullptr, &status);
    return facts == nullptr ? status
                            : dovetail::Copy(facts->storage, facts->storage_dimensions, storageDims, storageDimsNum);
}

aclnnStatus aclGetViewStrides(const aclTensor *tensor, int64_t **stridesValue, uint64_t *stridesNum) {
    aclnnStatus status;
    const TensorFacts *facts = Ask(__func__, tensor, stridesValue != nullptr && stridesNum != nullptr, &status);
    return facts == nullptr ? status : dovetail::Copy(facts->strides, facts->dimensions, stridesValue, stridesNum);
}

aclnnStatus aclGetViewOffset(const aclTensor *tensor, int64_t *offset) {
    aclnnStatus status;
    const TensorFacts *facts = Ask(__func__, tensor, offset != nullptr, &status);
    if (facts != nullptr) {
        *offset = facts->offset;
    }
    return status;
}

aclnnStatus aclGetFormat(const aclTensor *tensor, aclFormat *format) {
    aclnnStatus status;
    const TensorFacts *facts = Ask(__func__, tensor, format != nullptr, &status);
    if (facts != nullptr) {
        *format = facts->format;
    }
    return status;
}

aclnnStatus aclGetDataType(const aclTensor *tensor, aclDataType *dataType) {
    aclnnStatus status;
    const TensorFacts *facts = Ask(__func__, tensor, dataType != nullptr, &status);
    if (facts != nullptr) {
        *dataType = facts->type;
    }
    return status;
}

aclnnStatus aclGetRawTensorAddr(const aclTensor *tensor, void **addr) {
    aclnnStatus status;
    const TensorFacts *facts = Ask(__func__, tensor, addr != nullptr, &status);
    if (facts != nullptr) {
        *addr = facts->data;
    }
    return status;
}

aclnnStatus aclSetRawTensorAddr(aclTensor *tensor, void *addr) {
    aclnnStatus status;
    const TensorFacts *facts = Ask(__func__, tensor, true, &status);
    if (facts != nullptr) {
        const_cast<TensorFacts *>(facts)->data = static_cast<char *>(addr);
    }
    return status;
}
