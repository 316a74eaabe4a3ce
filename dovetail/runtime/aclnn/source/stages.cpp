// The end of the first stage, which makes an executor, and the second stage, which launches it.
#include <cstdio>
#include <cstring>
#include <string>

#include "acl/source/errors.h"
#include "aclnn/aclnn_base.h"
#include "aclnn/source/executor.h"
#include "aclnn/source/kernels.h"
#include "aclnn/source/tensor.h"

namespace dovetail {

namespace {

constexpr uint64_t kMessageBytes = 512;

// "aclnnX float16_128x256x256: m = 1, k = 256, n = 16"
void Describe(Executor &executor, const char *kernel, std::initializer_list<Size> sizes) {
    char *to = executor.description;
    char *const end = to + Executor::kMostDescription;
    const auto append = [&](const char *text) {
        while (*text != '\0' && to + 1 < end) {
            *to++ = *text++;
        }
    };
    append(executor.package->operator_name);
    append(" ");
    append(kernel);
    const char *separator = ": ";
    for (const Size &size : sizes) {
        char digits[24];
        char *digit = digits + sizeof(digits) - 1;
        *digit = '\0';
        for (int64_t rest = size.value; digit == digits + sizeof(digits) - 1 || rest > 0; rest /= 10) {
            *--digit = static_cast<char>('0' + rest % 10);
        }
        append(separator);
        append(size.name);
        append(" = ");
        append(digit);
        separator = ", ";
    }
    *to = '\0';
}

}  // namespace

aclnnStatus Call::Prepare(std::initializer_list<Size> sizes, std::initializer_list<const Tensor *> tensors) {
    if (device_ < 0) {
        return ACLNN_ERR_RUNTIME_ERROR;  // CurrentDevice has said why
    }
    const auto fail = [this](aclnnStatus code, const std::string &message) {
        return dovetail::Refuse(code, std::string(package_.operator_name) + "GetWorkspaceSize: " + message);
    };
    std::string fault;
    const LoadedKernel *loaded = Load(package_, *kernel_, &fault);
    if (loaded == nullptr) {
        return fail(ACLNN_ERR_INNER_FIND_KERNEL_ERROR, "the kernel cannot be loaded: " + fault);
    }
    Executor *executor = AllExecutors().Take();
    if (executor == nullptr) {
        return fail(ACLNN_ERR_INNER_CREATE_EXECUTOR,
                    "too many executors exist; stage 2 and aclDestroyAclOpExecutor give them back");
    }
    bool has_work = false;
    for (size_t i = 0; i < tensor_count_; ++i) {
        const Tensor &tensor = *tensors_[i];
        has_work = has_work || (tensor.role_ == Tensor::Role::kOutput && tensor.IsGiven() && !tensor.facts_->IsEmpty());
    }
    int64_t values[kMostTensors];
    int64_t *value = values;
    for (const Size &size : sizes) {
        *value++ = size.value;
    }
    char message[kMessageBytes] = "";
    if (has_work && loaded->fill(values, ranks_, cores_, static_cast<int64_t>(window_), executor->tiling, message,
                                 kMessageBytes) != 0) {
        AllExecutors().Free(executor);
        return fail(ACLNN_ERR_PARAM_INVALID, message);
    }
    executor->package = &package_;
    executor->repeatable = false;
    executor->communicator = communicator_;
    executor->entry = has_work ? loaded->entry : nullptr;
    executor->blocks = cores_;
    executor->tiling_bytes = loaded->tiling_bytes;
    executor->matrices = 0;
    executor->tensors = 0;
    for (size_t i = 0; i < tensor_count_; ++i) {
        const Tensor &tensor = *tensors_[i];
        executor->tensor[executor->tensors++] = {tensor.role_, -1, 0};
    }
    for (const Tensor *tensor : tensors) {
        if (!tensor->IsGiven()) {
            continue;
        }
        const TensorFacts &facts = *tensor->facts_;
        const uint32_t matrix = executor->matrices++;
        executor->regions[matrix] = {
            tensor->name(), facts.data + facts.OffsetBytes(), facts.Bytes(),
            tensor->role_ == Tensor::Role::kOutput ? uint32_t{DOVETAIL_OUTPUT} : uint32_t{DOVETAIL_INPUT}};
        for (size_t i = 0; i < tensor_count_; ++i) {
            if (tensors_[i] == tensor) {
                executor->tensor[i].matrix = static_cast<int>(matrix);
                executor->tensor[i].offset = facts.OffsetBytes();
            }
        }
    }
    Describe(*executor, kernel_->name, sizes);
    const uint64_t wanted = loaded->workspace_bytes != nullptr ? loaded->workspace_bytes(cores_) : 0;
    executor->workspace_bytes = wanted > kLeastWorkspaceBytes ? wanted : kLeastWorkspaceBytes;
    *workspace_size_ = executor->workspace_bytes;
    *executor_ = static_cast<aclOpExecutor *>(AllExecutors().Publish(executor));
    return ACLNN_SUCCESS;
}

namespace {

aclnnStatus Submit(const Executor &executor, void *workspace, aclrtStream stream) {
    if (executor.entry == nullptr) {
        return ACLNN_SUCCESS;
    }
    void *arguments[Executor::kMostMatrices + 1];
    DovetailRegion regions[Executor::kMostMatrices + 1];
    for (uint32_t i = 0; i < executor.matrices; ++i) {
        regions[i] = executor.regions[i];
        arguments[i] = const_cast<void *>(regions[i].address);
    }
    regions[executor.matrices] = {"workspace", workspace, executor.workspace_bytes, DOVETAIL_OUTPUT};
    arguments[executor.matrices] = workspace;

    DovetailKernelLaunch launch = {};
    launch.struct_size = sizeof(launch);
    launch.name = executor.package->operator_name;
    launch.description = executor.description;
    launch.entry = executor.entry;
    launch.arguments = arguments;
    launch.argument_count = executor.matrices + 1;
    launch.tiling = executor.tiling;
    launch.tiling_bytes = executor.tiling_bytes;
    launch.blocks = executor.blocks;
    launch.regions = regions;
    launch.region_count = executor.matrices + 1;
    return dovetail_launch_kernel(executor.communicator, &launch, stream) == ACL_SUCCESS ? ACLNN_SUCCESS
                                                                                         : ACLNN_ERR_RUNTIME_ERROR;
}

// 0 if the arguments of the second stage are right.
aclnnStatus Check(const Package &package, const Executor &executor, const void *workspace, uint64_t workspace_size) {
    const std::string &name = package.operator_name;
    if (executor.package != &package) {
        return Refuse(ACLNN_ERR_PARAM_INVALID, name + ": executor is one of " + executor.package->operator_name);
    }
    if (workspace == nullptr) {
        return Refuse(
            ACLNN_ERR_PARAM_NULLPTR,
            name + Format(": workspace is a null pointer; needed are %llu bytes of device memory, as stage 1 said",
                          static_cast<unsigned long long>(executor.workspace_bytes)));
    }
    if (workspace_size < executor.workspace_bytes) {
        return Refuse(ACLNN_ERR_PARAM_INVALID,
                      name + Format(": workspaceSize is %llu; needed are %llu bytes, as stage 1 said",
                                    static_cast<unsigned long long>(workspace_size),
                                    static_cast<unsigned long long>(executor.workspace_bytes)));
    }
    return ACLNN_SUCCESS;
}

aclnnStatus NoExecutor(const Package &package, const aclOpExecutor *handle) {
    const std::string name = package.operator_name;
    if (handle == nullptr) {
        return Refuse(ACLNN_ERR_PARAM_NULLPTR, name + ": executor is a null pointer; stage 1 makes one");
    }
    return Refuse(ACLNN_ERR_PARAM_INVALID,
                  name + (AllExecutors().IsInRange(handle)
                              ? ": executor has been used or destroyed; it serves one launch, unless "
                                "aclSetAclOpExecutorRepeatable was called"
                              : ": executor is none that stage 1 has made"));
}

}  // namespace

aclnnStatus Launch(const Package &package, void *workspace, uint64_t workspace_size, aclOpExecutor *handle,
                   aclrtStream stream) {
    Executor *executor = AllExecutors().Find(handle);
    if (executor != nullptr && executor->repeatable) {
        const aclnnStatus status = Check(package, *executor, workspace, workspace_size);
        return status != ACLNN_SUCCESS ? status : Submit(*executor, workspace, stream);
    }
    // Of several threads with one executor, one has it.
    executor = AllExecutors().Claim(handle);
    if (executor == nullptr) {
        return NoExecutor(package, handle);
    }
    aclnnStatus status = Check(package, *executor, workspace, workspace_size);
    if (status == ACLNN_SUCCESS) {
        status = Submit(*executor, workspace, stream);
    }
    // What was refused may be tried again.
    if (status == ACLNN_SUCCESS) {
        AllExecutors().Free(executor);
    } else {
        AllExecutors().Publish(executor);
    }
    return status;
}

}  // namespace dovetail
