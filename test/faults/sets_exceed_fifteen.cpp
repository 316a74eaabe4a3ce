// fault: sets-exceed-fifteen
// claim: The counter of a flag ends at 15, and nothing keeps this producer from running further ahead of its consumers.
// rules: X6
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: flag
// seen: with every seed
// names: AIC, flag 0, 15
// fixed by: an answer from the consumers
#include "kernel.h"

constexpr uint32_t kTiles = 64;

KERNEL(sets_exceed_fifteen) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    for (uint32_t tile = 0; tile < kTiles; ++tile) {
        if ASCEND_IS_AIC {
            CrossCoreSetFlag<2, PIPE_FIX>(0);  // (1)
#ifdef CORRECTED
            CrossCoreWaitFlag(1);
#endif
        }
        if ASCEND_IS_AIV {
            CrossCoreWaitFlag(0);
#ifdef CORRECTED
            CrossCoreSetFlag<2, PIPE_MTE3>(1);
#endif
        }
    }
    PipeBarrier<PIPE_ALL>();
}
