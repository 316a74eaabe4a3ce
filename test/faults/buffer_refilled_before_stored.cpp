// fault: buffer-refilled-before-stored
// claim: The second load overwrites x while the first store still takes words from it.
// rules: P1, F2, F6
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:128]
// report: race
// seen: with every seed
// names: UB, MTE3, MTE2
// fixed by: WaitFlag<HardEvent::MTE3_MTE2>
#include "kernel.h"

KERNEL(buffer_refilled_before_stored) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    PipeBarrier<PIPE_MTE2>();  // between the loads; what is missing lies between store and load
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(output), x, kWords);  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
#endif
    DataCopy(x, Global<int32_t>(input)[kWords], kWords);  // (2)
    Order<HardEvent::MTE2_MTE3>(EVENT_ID1);
    DataCopy(Global<int32_t>(output)[kWords], x, kWords);
    PipeBarrier<PIPE_ALL>();
}
