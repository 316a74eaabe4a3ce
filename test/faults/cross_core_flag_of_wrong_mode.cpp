// fault: cross-core-flag-of-wrong-mode
// claim: Mode 1 joins the two vector cores and tells the cube core nothing, which waits for ever.
// rules: X2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: hang
// seen: with every seed
// names: AIC, flag 0
// fixed by: CrossCoreSetFlag<2, PIPE_MTE3>
#include "kernel.h"

#ifdef CORRECTED
constexpr uint8_t kMode = 2;
#else
constexpr uint8_t kMode = 1;
#endif

KERNEL(cross_core_flag_of_wrong_mode) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
        CrossCoreSetFlag<kMode, PIPE_MTE3>(0);
    }
    if ASCEND_IS_AIC {
        CrossCoreWaitFlag(0);  // (1)
    }
    PipeBarrier<PIPE_ALL>();
}
