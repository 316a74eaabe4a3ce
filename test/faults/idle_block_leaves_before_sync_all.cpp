// fault: idle-block-leaves-before-sync-all
// claim: A block that has nothing to do returns early, and the others wait for it in SyncAll for ever.
// rules: S1
// runs: 1 rank, 2 blocks, 1 launch
// input: int32 counting
// output: nothing
// report: hang
// seen: with every seed
// names: block 0, AIV 0, SyncAll
// fixed by: SyncAll<true> in every vector core
#include "kernel.h"

KERNEL(idle_block_leaves_before_sync_all) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
#ifndef CORRECTED
        if (GetBlockIdx() / GetTaskRation() == 1) {
            return;
        }
#endif
        SyncAll<true>();  // (1)
    }
    PipeBarrier<PIPE_ALL>();
}
