// The tiling function of AllGatherMatmulV2: which kernel a launch takes, and how that one cuts the work. Both are
// decided by what decides them on a CPU: the table of kernels, and the kernels' own host sources.
#include "aclnn/source/kernels.h"
#include "base/err_msg.h"
#include "dovetail/operator.h"
#include "tiling/hccl/hccl_tiling.h"
#include "tiling/platform/platform_ascendc.h"

#include "all_gather_matmul_v2.h"
#include "all_gather_matmul_tiling.h"

// Their functions have names of C, and one name for all kernels.
#define all_gather_matmul_tiling bfloat16_64x128x256_tiling
#define all_gather_matmul_tiling_bytes bfloat16_64x128x256_tiling_bytes
#include "bfloat16_64x128x256_host.h"
#undef all_gather_matmul_tiling
#undef all_gather_matmul_tiling_bytes

using namespace dovetail;

namespace {

// Keys: types of x1, output, x2Scale; x2 transposed; no gatherOut; no x1Scale. Tiles: rows, columns, rows of a chunk,
// cost.
Kernel kernels[] = {
    {"bfloat16_64x128x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, false, true}), 64, 128, 128, 3491},
    {"bfloat16_no_gather_out_64x128x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, true, true}), 64, 128,
            128, 3491},
    {"bfloat16_x2_transposed_64x128x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, false, true}), 64, 128,
            128, 3491},
    {"bfloat16_x2_transposed_no_gather_out_64x128x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, true, true}),
            64, 128, 128, 3491},
};

Package package("aclnnAllGatherMatmulV2", "ascend910b", "all_gather_matmul",
        "../../op_impl/ai_core/tbe/kernel/ascend910b/all_gather_matmul_v2", kernels, {"x1", "output", "x2Scale"},
        {"x2 transposed", "no gatherOut", "no x1Scale"});

struct Host {
    LoadedKernel::Tiling fill;
    uint64_t (*workspace_bytes)(int64_t blocks);  // null where a launch wants none
};
constexpr Host hosts[] = {
    {bfloat16_64x128x256_tiling, nullptr},
};
constexpr size_t host_of[] = {0, 0, 0, 0};  // each kernel

// Of a tensor that may be absent.
aclDataType TypeOf(const gert::CompileTimeTensorDesc *tensor) {
    return tensor == nullptr ? ACL_DT_UNDEFINED : static_cast<aclDataType>(tensor->GetDataType());
}

ge::graphStatus Fail(const char *message) {
    if (ge::ReportUserDefinedErrMsg != nullptr) {  // its symbol is weak
        ge::ReportUserDefinedErrMsg("EU0001", "AllGatherMatmulV2: %s", message);
    }
    return ge::GRAPH_FAILED;
}

}  // namespace

namespace all_gather_matmul_v2 {

ge::graphStatus Tiling(gert::TilingContext *context) {
    const gert::RuntimeAttrs *attributes = context->GetAttrs();
    auto *tiling = context->GetTilingData<AllGatherMatmulTiling>();
    size_t *workspaces = context->GetWorkspaceSizes(1);
    if (attributes == nullptr || tiling == nullptr || workspaces == nullptr) {
        return Fail("the context of the tiling function is not whole");
    }
    const int64_t sizes[] = {*attributes->GetInt(kM), *attributes->GetInt(kK), *attributes->GetInt(kN)};
    const int64_t ranks = *attributes->GetInt(kRanks);
    const int64_t window = *attributes->GetInt(kWindowBytes);
    const platform_ascendc::PlatformAscendC platform(context->GetPlatformInfo());
    const int64_t blocks = platform.GetCoreNumAic();

    const uint64_t key = Key({TypeOf(context->GetRequiredInputDesc(0)), TypeOf(context->GetOutputDesc(0)),
            TypeOf(context->GetOptionalInputDesc(3))}, {*attributes->GetBool(kX2Transposed),
            *attributes->GetBool(kNoGatherOut), *attributes->GetBool(kNoX1Scale)});
    const Kernel *kernel = LeastCost(package, key, sizes[0], sizes[2], ranks, blocks);
    if (kernel == nullptr) {
        return Fail("there is no kernel for these types");
    }
    const size_t number = static_cast<size_t>(kernel - kernels);
    const Host &host = hosts[host_of[number]];
    char message[512] = "";
    if (host.fill(sizes, ranks, blocks, window, tiling, message, sizeof(message)) != 0) {
        return Fail(message);
    }
    const char *group = attributes->GetStr(kGroup);
    AscendC::Mc2CcTilingConfig config(group, 18, "MultiPut=level0:fullmesh");
    if (config.GetTiling(tiling->mc2InitTiling) != 0 || config.GetTiling(tiling->mc2CcTiling) != 0) {
        return Fail("the communicator cannot be made ready for the kernel");
    }
    const uint64_t own = host.workspace_bytes != nullptr ? host.workspace_bytes(blocks) : 0;
    workspaces[0] = platform.GetLibApiWorkSpaceSize() + own;
    context->SetTilingKey(number + 1);
    context->SetBlockDim(static_cast<uint32_t>(blocks));
    context->SetScheduleMode(1);  // all blocks start together, since they wait for each other
    return ge::GRAPH_SUCCESS;
}

}  // namespace all_gather_matmul_v2
