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

aclnnStatus Copy(const int64_t *numbers, uint64_t count, int64_t **values, uint64_t *number) {
    *values = new int64_t[count];
    std::copy_n(numbers, count, *values);
    *number = count;
    return ACLNN_SUCCESS;
}

}  // namespace

const TensorFacts *FindTensor(const aclTensor *tensor) { return AllTensors().Find(tensor); }
bool WasTensor(const aclTensor *tensor) { return AllTensors().IsInRange(tensor); }

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
    int64_t below = 1;  // elements; without elements it may wrap, and then means nothing
    for (uint64_t i = viewDimsNum; i-- > 0;) {
        facts.strides[i] = stride != nullptr ? stride[i] : below;
        (void)__builtin_mul_overflow(below, facts.view[i], &below);
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
