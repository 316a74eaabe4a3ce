// fault: blocks-set-on-another-pipe
// claim: A flag of mode 0 joins all vector cores, but waits only for the pipe that it names: the store may still be
//        under way.
// rules: X1, X2, X3
// runs: 1 rank, 2 blocks, 1 launch
// input: int32 counting
// output: input[:64]
// report: race
// seen: with every seed
// names: workspace, block 0, block 1, MTE3, MTE2
// fixed by: CrossCoreSetFlag<0, PIPE_MTE3>
#include "kernel.h"

#ifdef CORRECTED
constexpr pipe_t kStored = PIPE_MTE3;
#else
constexpr pipe_t kStored = PIPE_V;
#endif

KERNEL(blocks_set_on_another_pipe) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
        const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
        if (GetBlockIdx() == 0) {
            DataCopy(x, Global<int32_t>(input), kWords);
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(Global<int32_t>(workspace), x, kWords);  // (1)
        }
        CrossCoreSetFlag<0, kStored>(0);
        CrossCoreWaitFlag(0);
        if (GetBlockIdx() == 3) {
            DataCopy(x, Global<int32_t>(workspace), kWords);  // (2)
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(Global<int32_t>(output), x, kWords);
        }
    }
    PipeBarrier<PIPE_ALL>();
}
