// fault: cross-core-flag-not-awaited
// claim: Two sets and one wait leave the counter of the cube core at one, where the next kernel finds it.
// rules: X2, F7
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: unpaired flag
// seen: with every seed
// names: AIC, flag 0
// fixed by: CrossCoreWaitFlag for each set
#include "kernel.h"

KERNEL(cross_core_flag_not_awaited) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
        CrossCoreSetFlag<2, PIPE_MTE3>(0);
        CrossCoreSetFlag<2, PIPE_MTE3>(0);
    }
    if ASCEND_IS_AIC {
        CrossCoreWaitFlag(0);
#ifdef CORRECTED
        CrossCoreWaitFlag(0);
#endif
    }
    PipeBarrier<PIPE_ALL>();
}
