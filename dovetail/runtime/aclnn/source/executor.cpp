#include "aclnn/source/executor.h"

#include <string>

#include "acl/source/errors.h"
#include "aclnn/aclnn_base.h"
#include "aclnn/source/tensor.h"

namespace dovetail {

Executors &AllExecutors() {
    static auto *executors = new Executors;  // outlives whatever a program's destructors do
    return *executors;
}

namespace {

aclnnStatus NoExecutor(const char *function, const aclOpExecutor *executor) {
    const std::string name = std::string(function) + ": executor ";
    if (executor == nullptr) {
        return Refuse(ACLNN_ERR_PARAM_NULLPTR, name + "is a null pointer");
    }
    return Refuse(ACLNN_ERR_PARAM_INVALID, name + "has been used or destroyed, or is none");
}

// Moves the index-th tensor that `counts` counts.
template <typename Counts>
aclnnStatus Move(const char *function, const aclOpExecutor *handle, size_t index, const aclTensor *tensor, void *addr,
                 Counts counts) {
    Executor *executor = AllExecutors().Find(handle);
    if (executor == nullptr) {
        return NoExecutor(function, handle);
    }
    const std::string name = function;
    if (tensor == nullptr || addr == nullptr) {
        return Refuse(ACLNN_ERR_PARAM_NULLPTR,
                      name + (tensor == nullptr ? ": tensor" : ": addr") + " is a null pointer");
    }
    if (FindTensor(tensor) == nullptr) {
        return Refuse(ACLNN_ERR_PARAM_INVALID, name + ": the tensor is destroyed, or is none");
    }
    if (!executor->repeatable) {
        return Refuse(ACLNN_ERR_PARAM_INVALID, name + ": the executor is not repeatable");
    }
    size_t counted = 0;
    for (uint32_t i = 0; i < executor->tensors; ++i) {
        const ExecutorTensor &each = executor->tensor[i];
        if (!counts(each.role) || counted++ != index) {
            continue;
        }
        if (each.matrix < 0) {
            return Refuse(ACLNN_ERR_PARAM_INVALID, name + Format(": tensor %zu was not given to stage 1", index));
        }
        executor->regions[each.matrix].address = static_cast<char *>(addr) + each.offset;
        return ACLNN_SUCCESS;
    }
    return Refuse(ACLNN_ERR_PARAM_INVALID, name + Format(": index is %zu; there are %zu", index, counted));
}

}  // namespace

}  // namespace dovetail

using dovetail::AllExecutors;
using dovetail::Tensor;

aclnnStatus aclSetAclOpExecutorRepeatable(aclOpExecutor *executor) {
    dovetail::Executor *object = AllExecutors().Find(executor);
    if (object == nullptr) {
        return dovetail::NoExecutor(__func__, executor);
    }
    object->repeatable = true;
    return ACLNN_SUCCESS;
}

aclnnStatus aclDestroyAclOpExecutor(aclOpExecutor *executor) {
    dovetail::Executor *object = AllExecutors().Claim(executor);
    if (object == nullptr) {
        return dovetail::NoExecutor(__func__, executor);
    }
    AllExecutors().Free(object);
    return ACLNN_SUCCESS;
}

aclnnStatus aclSetInputTensorAddr(aclOpExecutor *executor, const size_t index, aclTensor *tensor, void *addr) {
    return dovetail::Move(__func__, executor, index, tensor, addr,
                          [](Tensor::Role role) { return role == Tensor::Role::kInput; });
}

aclnnStatus aclSetOutputTensorAddr(aclOpExecutor *executor, const size_t index, aclTensor *tensor, void *addr) {
    return dovetail::Move(__func__, executor, index, tensor, addr,
                          [](Tensor::Role role) { return role == Tensor::Role::kOutput; });
}

aclnnStatus aclSetTensorAddr(aclOpExecutor *executor, const size_t index, aclTensor *tensor, void *addr) {
    return dovetail::Move(__func__, executor, index, tensor, addr, [](Tensor::Role) { return true; });
}
