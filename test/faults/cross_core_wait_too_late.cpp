// fault: cross-core-wait-too-late
// claim: The cube core reads what a vector core stores, and waits for its flag only afterwards.
// rules: X3, X4
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: race
// seen: with every seed
// names: workspace, AIV 0, MTE3, AIC, MTE2
// fixed by: CrossCoreWaitFlag before the load
#include "kernel.h"

KERNEL(cross_core_wait_too_late) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
        const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
        if (GetSubBlockIdx() == 0) {
            DataCopy(x, Global<int32_t>(input), kWords);
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(Global<int32_t>(workspace), x, kWords);  // (1)
        }
        CrossCoreSetFlag<2, PIPE_MTE3>(0);
    }
    if ASCEND_IS_AIC {
        const LocalTensor<int32_t> y(TPosition::A1, 0, kWords);
#ifdef CORRECTED
        CrossCoreWaitFlag(0);
#endif
        DataCopy(y, Global<int32_t>(workspace), kWords);  // (2)
#ifndef CORRECTED
        CrossCoreWaitFlag(0);
#endif
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(Global<int32_t>(output), y, kWords);
    }
    PipeBarrier<PIPE_ALL>();
}
