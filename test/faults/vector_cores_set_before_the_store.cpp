// fault: vector-cores-set-before-the-store
// claim: Mode 1 orders what both vector cores have issued before they set: a store behind the set is not waited for.
// rules: X1, X2, X3
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[64:128]
// report: race
// seen: with every seed
// names: workspace, AIV 1, MTE3, AIV 0, MTE2
// fixed by: CrossCoreSetFlag<1, PIPE_MTE3> behind the store
#include "kernel.h"

KERNEL(vector_cores_set_before_the_store) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIV {
        const uint32_t own = GetSubBlockIdx() * kWords;
        const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords), y(TPosition::VECIN, kBytes, kWords);
        DataCopy(x, Global<int32_t>(input)[own], kWords);
        Order<HardEvent::MTE2_MTE3>();
#ifndef CORRECTED
        CrossCoreSetFlag<1, PIPE_MTE3>(0);
#endif
        DataCopy(Global<int32_t>(workspace)[own], x, kWords);  // (1)
#ifdef CORRECTED
        CrossCoreSetFlag<1, PIPE_MTE3>(0);
#endif
        CrossCoreWaitFlag(0);
        if (GetSubBlockIdx() == 0) {
            DataCopy(y, Global<int32_t>(workspace)[kWords], kWords);  // (2)
            Order<HardEvent::MTE2_MTE3>(EVENT_ID1);
            DataCopy(Global<int32_t>(output), y, kWords);
        }
    }
    PipeBarrier<PIPE_ALL>();
}
