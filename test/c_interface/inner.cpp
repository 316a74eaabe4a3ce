// Stands for what the toolkit generates, and for the parts of its libraries that a source package asks: says, as the
// recent message, what the entry points hand over.
#include <cstdarg>
#include <cstdio>
#include <string>

#include "acl/acl.h"
#include "acl/source/errors.h"
#include "aclnn/acl_meta.h"
#include "aclnnInner_all_gather_matmul_v2.h"
#include "dovetail/kernels.h"
#include "hccl/hccl.h"

namespace ge {

int32_t ReportUserDefinedErrMsg(const char *, const char *format, ...) {
    char text[4096];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    dovetail::Refuse(1, text);
    return 0;
}

}  // namespace ge

extern "C" HcclResult HcomGetCommHandleByGroup(const char *group, HcclComm *communicator) {
    int32_t device = -1, others = 0;
    if (aclrtGetDevice(&device) != ACL_SUCCESS) {
        return HCCL_E_PARA;
    }
    *communicator = dovetail_comm_find(group, device, &others);
    return *communicator == nullptr ? HCCL_E_PARA : HCCL_SUCCESS;
}

// What arrives, and what leaves.
extern "C" HcclResult HcclGetHcclBuffer(HcclComm communicator, void **buffer, uint64_t *size) {
    DovetailCommFacts facts = {};
    const HcclResult result = dovetail_comm_facts(communicator, &facts);
    *buffer = nullptr;
    *size = 2 * facts.window_bytes;
    return result;
}

aclnnStatus aclnnInnerAllGatherMatmulV2GetWorkspaceSize(
    const aclTensor *x1, const aclTensor *x2, const aclTensor *x1_scale, const aclTensor *x2_scale, int64_t block_size,
    char *group, int64_t gather_index, int64_t comm_turn, int64_t stream_mode, int64_t group_size, char *comm_mode,
    bool x2_transposed, bool no_gather_out, bool, int64_t m, int64_t k, int64_t n, int64_t ranks, int64_t window_bytes,
    const aclTensor *output, const aclTensor *gather_out, uint64_t *, aclOpExecutor **) {
    std::string given;
    for (const aclTensor *tensor : {x1, x2, x1_scale, x2_scale, output, gather_out}) {
        given += tensor != nullptr ? 'x' : '-';
    }
    char text[512];
    snprintf(text, sizeof(text),
             "%s %s %lld %lld %lld %lld %lld %s transposed %d absent %d sizes %lld %lld %lld of %lld in %lld",
             given.c_str(), group != nullptr && *group != '\0' ? "group" : "no group",
             static_cast<long long>(block_size), static_cast<long long>(gather_index),
             static_cast<long long>(comm_turn), static_cast<long long>(stream_mode), static_cast<long long>(group_size),
             comm_mode, x2_transposed, no_gather_out, static_cast<long long>(m), static_cast<long long>(k),
             static_cast<long long>(n), static_cast<long long>(ranks), static_cast<long long>(window_bytes >> 20));
    return dovetail::Refuse(4242, text);
}

aclnnStatus aclnnInnerAllGatherMatmulV2(void *, uint64_t, aclOpExecutor *, aclrtStream) {
    return dovetail::Refuse(4243, "launched");
}
