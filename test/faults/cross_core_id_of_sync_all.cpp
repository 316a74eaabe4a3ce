// fault: cross-core-id-of-sync-all
// claim: SyncAll uses flags 11 to 14 itself: a set of the kernel's own lets a core through before the others are there.
// rules: X5
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: flag
// seen: with every seed
// names: flag 12
// fixed by: a flag from 0 to 10
#include "kernel.h"

#ifdef CORRECTED
constexpr uint16_t kFlag = 10;
#else
constexpr uint16_t kFlag = 12;
#endif

KERNEL(cross_core_id_of_sync_all) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
        CrossCoreSetFlag<1, PIPE_MTE3>(kFlag);  // (1)
        CrossCoreWaitFlag(kFlag);
        SyncAll<true>();
    }
    PipeBarrier<PIPE_ALL>();
}
