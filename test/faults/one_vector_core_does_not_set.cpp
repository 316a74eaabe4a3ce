// fault: one-vector-core-does-not-set
// claim: Mode 2 counts a set of each of the two vector cores; the idle one has set nothing, and the cube core waits for
//        ever.
// rules: X2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: hang
// seen: with every seed
// names: AIC, flag 0
// fixed by: CrossCoreSetFlag in both vector cores
#include "kernel.h"

KERNEL(one_vector_core_does_not_set) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
#ifdef CORRECTED
        CrossCoreSetFlag<2, PIPE_MTE3>(0);
#else
        if (GetSubBlockIdx() == 0) {
            CrossCoreSetFlag<2, PIPE_MTE3>(0);
        }
#endif
    }
    if ASCEND_IS_AIC {
        CrossCoreWaitFlag(0);  // (1)
    }
    PipeBarrier<PIPE_ALL>();
}
