// The entry of AllGatherMatmulV2. The toolkit compiles this file once for each tiling key; the tiling function says
// which one a launch has.
#include "kernel_operator.h"
#include "lib/hccl/hccl.h"
#include "all_gather_matmul_tiling.h"

// Each kernel is the file that runs on a CPU, as it is. Their entries have one name, which is one of C: here each has a
// name of its own.
#define all_gather_matmul Key1
namespace key1 {
#include "bfloat16_64x128x256.h"
}
#undef all_gather_matmul
#define all_gather_matmul Key2
namespace key2 {
#include "bfloat16_no_gather_out_64x128x256.h"
}
#undef all_gather_matmul
#define all_gather_matmul Key3
namespace key3 {
#include "bfloat16_x2_transposed_64x128x256.h"
}
#undef all_gather_matmul
#define all_gather_matmul Key4
namespace key4 {
#include "bfloat16_x2_transposed_no_gather_out_64x128x256.h"
}
#undef all_gather_matmul

extern "C" __global__ __aicore__ void all_gather_matmul_v2(GM_ADDR x1Address, GM_ADDR x2Address, GM_ADDR x1ScaleAddress,
        GM_ADDR x2ScaleAddress, GM_ADDR outputAddress, GM_ADDR gatherOutAddress, GM_ADDR workspace,
        GM_ADDR tilingAddress) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    REGISTER_TILING_DEFAULT(AllGatherMatmulTiling);
    if (TILING_KEY_IS(1)) {
        key1::Key1(x1Address, x2Address, outputAddress, gatherOutAddress, workspace, tilingAddress);
    } else if (TILING_KEY_IS(2)) {
        key2::Key2(x1Address, x2Address, outputAddress, workspace, tilingAddress);
    } else if (TILING_KEY_IS(3)) {
        key3::Key3(x1Address, x2Address, outputAddress, gatherOutAddress, workspace, tilingAddress);
    } else if (TILING_KEY_IS(4)) {
        key4::Key4(x1Address, x2Address, outputAddress, workspace, tilingAddress);
    }
}
