// fault: first-wait-without-set
// claim: The first round waits for a flag that only the end of a round sets: MTE2 stands still.
// rules: F2, F7
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:128] + 1
// report: hang
// seen: with every seed
// names: AIV 0, MTE2, V_MTE2
// fixed by: SetFlag before the loop and WaitFlag behind it
#include "kernel.h"

KERNEL(first_wait_without_set) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, 2 * kWords);
#ifdef CORRECTED
    SetFlag<HardEvent::V_MTE2>(EVENT_ID0);
#endif
    for (uint32_t round = 0; round < 2; ++round) {
        WaitFlag<HardEvent::V_MTE2>(EVENT_ID0);  // (1)
        DataCopy(x, Global<int32_t>(input)[round * kWords], kWords);
        Order<HardEvent::MTE2_V>();
        Adds(y[round * kWords], x, 1, kWords);
        SetFlag<HardEvent::V_MTE2>(EVENT_ID0);
    }
#ifdef CORRECTED
    WaitFlag<HardEvent::V_MTE2>(EVENT_ID0);
#endif
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, 2 * kWords);
    PipeBarrier<PIPE_ALL>();
}
