// fault: last-flag-not-awaited
// claim: Each round tells the next that x is free, and nobody takes the flag of the last: the next kernel finds it set.
// rules: F7
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:128] + 1
// report: unpaired flag
// seen: with every seed
// names: V_MTE2, SetFlag
// fixed by: no SetFlag in the last round
#include "kernel.h"

KERNEL(last_flag_not_awaited) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, 2 * kWords);
    for (uint32_t round = 0; round < 2; ++round) {
        if (round > 0) {
            WaitFlag<HardEvent::V_MTE2>(EVENT_ID0);
        }
        DataCopy(x, Global<int32_t>(input)[round * kWords], kWords);
        Order<HardEvent::MTE2_V>();
        Adds(y[round * kWords], x, 1, kWords);
#ifdef CORRECTED
        const bool is_awaited = round < 1;
#else
        const bool is_awaited = true;
#endif
        if (is_awaited) {
            SetFlag<HardEvent::V_MTE2>(EVENT_ID0);  // (1)
        }
    }
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, 2 * kWords);
    PipeBarrier<PIPE_ALL>();
}
