// fault: blocks-exchange-without-sync-all
// claim: Blocks run when they like: a vector core reads what one of another block has not stored yet.
// rules: S1
// runs: 1 rank, 2 blocks, 1 launch
// input: int32 counting
// output: input[:64]
// report: race
// seen: with every seed
// names: workspace, block 0, block 1, MTE3, MTE2
// fixed by: SyncAll<true>
#include "kernel.h"

KERNEL(blocks_exchange_without_sync_all) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
        const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
        if (GetBlockIdx() == 0) {
            DataCopy(x, Global<int32_t>(input), kWords);
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(Global<int32_t>(workspace), x, kWords);  // (1)
        }
#ifdef CORRECTED
        SyncAll<true>();
#endif
        if (GetBlockIdx() == 3) {
            DataCopy(x, Global<int32_t>(workspace), kWords);  // (2)
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(Global<int32_t>(output), x, kWords);
        }
    }
    PipeBarrier<PIPE_ALL>();
}
