// Gathers the rows of x1 of all ranks and multiplies them by x2.
//
// Stage 1 checks a call, says how much device memory stage 2 wants, and makes the executor that stage 2 launches. It
// returns 0, ACLNN_ERR_PARAM_NULLPTR, ACLNN_ERR_PARAM_INVALID or an error of what lies below; then aclGetRecentErrMsg
// names each argument at fault, with what was given and what is allowed.
//
//   x1             this rank's rows of the left matrix
//   x2             the right matrix
//   bias           added to each row of the product; may be null
//   x1Scale        scales of x1, where x1 is quantised; may be null
//   x2Scale        scales of x2, where x2 is quantised; may be null
//   quantScale     scale of a quantised output; may be null
//   blockSize      extents of the blocks in which the output is quantised
//   group          the communicator's name, from HcclGetCommName
//   gatherIndex    which matrix is gathered: 0 is the left one
//   commTurn       in how many turns to communicate; 0 leaves it to the operator
//   streamMode     mode of the stream
//   groupSize      how many elements share a scale: along k, along n << 16, along m << 32
//   commMode       which engine communicates
//   output         the product of all ranks' rows with x2
//   gatherOut      x1 of all ranks, one behind the other; may be null
//   amaxOut        the largest value of the product; may be null
//   workspaceSize  receives the bytes of device memory that stage 2 wants
//   executor       receives what stage 2 launches
#ifndef ACLNN_ALL_GATHER_MATMUL_V2_H
#define ACLNN_ALL_GATHER_MATMUL_V2_H

#include "acl/acl.h"
#include "aclnn/aclnn_base.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

aclnnStatus aclnnAllGatherMatmulV2GetWorkspaceSize(const aclTensor *x1, const aclTensor *x2, const aclTensor *bias,
        const aclTensor *x1Scale, const aclTensor *x2Scale, const aclTensor *quantScale, int64_t blockSize,
        const char *group, int64_t gatherIndex, int64_t commTurn, int64_t streamMode, int64_t groupSize,
        const char *commMode, aclTensor *output, aclTensor *gatherOut, aclTensor *amaxOut, uint64_t *workspaceSize,
        aclOpExecutor **executor);

// Stage 2 queues the launch on the stream and returns. What fails later reaches the next synchronisation.
aclnnStatus aclnnAllGatherMatmulV2(void *workspace, uint64_t workspaceSize, aclOpExecutor *executor,
        aclrtStream stream);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif  // ACLNN_ALL_GATHER_MATMUL_V2_H
