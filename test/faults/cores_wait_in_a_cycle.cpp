// fault: cores-wait-in-a-cycle
// claim: The cube core waits for the vector cores, and they for the cube core, before either has set a flag.
// rules: X3, X4
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: hang
// seen: with every seed
// names: AIC, flag 0, AIV 0, AIV 1, flag 1
// fixed by: the vector cores set before they wait
#include "kernel.h"

KERNEL(cores_wait_in_a_cycle) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
#ifdef CORRECTED
        CrossCoreSetFlag<2, PIPE_MTE3>(0);
#endif
        CrossCoreWaitFlag(1);  // (1)
#ifndef CORRECTED
        CrossCoreSetFlag<2, PIPE_MTE3>(0);
#endif
    }
    if ASCEND_IS_AIC {
        CrossCoreWaitFlag(0);  // (2)
        CrossCoreSetFlag<2, PIPE_FIX>(1);
    }
    PipeBarrier<PIPE_ALL>();
}
