// fault: missing-mte2-v-wait
// claim: V starts before the load is complete, and adds to what x held before.
// rules: P1, F2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + 1
// report: race
// seen: with every seed
// names: UB, MTE2, V
// fixed by: WaitFlag<HardEvent::MTE2_V>
#include "kernel.h"

KERNEL(missing_mte2_v_wait) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);
#endif
    Adds(y, x, 1, kWords);  // (2)
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, kWords);
    PipeBarrier<PIPE_ALL>();
}
