// fault: cross-core-id-out-of-range
// claim: There are cross-core flags 0 to 15.
// rules: X5
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: flag
// seen: with every seed
// names: flag 16
// fixed by: a flag from 0 to 10
#include "kernel.h"

#ifdef CORRECTED
constexpr uint16_t kFlag = 10;
#else
constexpr uint16_t kFlag = 16;
#endif

KERNEL(cross_core_id_out_of_range) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
        CrossCoreSetFlag<1, PIPE_MTE3>(kFlag);  // (1)
        CrossCoreWaitFlag(kFlag);
    }
    PipeBarrier<PIPE_ALL>();
}
