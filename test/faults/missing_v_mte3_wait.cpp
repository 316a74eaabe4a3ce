// fault: missing-v-mte3-wait
// claim: The store starts before V is complete, and takes what y held before.
// rules: P1, F2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + 1
// report: race
// seen: with every seed
// names: UB, V, MTE3
// fixed by: WaitFlag<HardEvent::V_MTE3>
#include "kernel.h"

KERNEL(missing_v_mte3_wait) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_V>();
    Adds(y, x, 1, kWords);  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
#endif
    DataCopy(Global<int32_t>(output), y, kWords);  // (2)
    PipeBarrier<PIPE_ALL>();
}
