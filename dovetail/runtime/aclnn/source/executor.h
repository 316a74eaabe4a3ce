// What stands between the stages of an operator: everything that a launch needs.
#ifndef DOVETAIL_ACLNN_EXECUTOR_H
#define DOVETAIL_ACLNN_EXECUTOR_H

#include <cstdint>

#include "aclnn/acl_meta.h"
#include "aclnn/source/pool.h"
#include "dovetail/kernels.h"
#include "dovetail/operator.h"

namespace dovetail {

// A tensor among the operator's arguments.
struct ExecutorTensor {
    Tensor::Role role;
    int matrix;       // which of the kernel's it is, or -1
    uint64_t offset;  // bytes from the start of its storage to that of the view
};

struct Executor {
    static constexpr uint32_t kMostMatrices = 12;
    static constexpr uint32_t kMostTensors = 16;
    static constexpr uint64_t kMostTilingBytes = 1024;
    static constexpr uint64_t kMostDescription = 384;

    const Package *package;
    bool repeatable;
    HcclComm communicator;
    void *entry;
    uint32_t blocks;
    uint32_t matrices;
    DovetailRegion regions[kMostMatrices + 1];  // of the matrices, and of the workspace
    uint32_t tensors;
    ExecutorTensor tensor[kMostTensors];
    uint64_t workspace_bytes;
    uint64_t tiling_bytes;
    alignas(8) char tiling[kMostTilingBytes];
    char description[kMostDescription];
};

using Executors = Pool<Executor, 1 << 17>;
Executors &AllExecutors();

// Device memory that a launch wants at least, also where its kernel needs none: callers take a size of 0 for nothing to
// do.
constexpr uint64_t kLeastWorkspaceBytes = 512;

}  // namespace dovetail

#endif
