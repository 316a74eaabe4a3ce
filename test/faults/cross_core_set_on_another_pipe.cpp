// fault: cross-core-set-on-another-pipe
// claim: The set waits for the pipe that it names, MTE2, and not for the store on MTE3: the cube core reads old words.
// rules: X1, X3
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: race
// seen: with every seed
// names: workspace, AIV 0, MTE3, AIC, MTE2
// fixed by: CrossCoreSetFlag<2, PIPE_MTE3>
#include "kernel.h"

#ifdef CORRECTED
constexpr pipe_t kStored = PIPE_MTE3;
#else
constexpr pipe_t kStored = PIPE_MTE2;
#endif

KERNEL(cross_core_set_on_another_pipe) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
        const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
        if (GetSubBlockIdx() == 0) {
            DataCopy(x, Global<int32_t>(input), kWords);
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(Global<int32_t>(workspace), x, kWords);  // (1)
        }
        CrossCoreSetFlag<2, kStored>(0);
    }
    if ASCEND_IS_AIC {
        const LocalTensor<int32_t> y(TPosition::A1, 0, kWords);
        CrossCoreWaitFlag(0);
        DataCopy(y, Global<int32_t>(workspace), kWords);  // (2)
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(Global<int32_t>(output), y, kWords);
    }
    PipeBarrier<PIPE_ALL>();
}
