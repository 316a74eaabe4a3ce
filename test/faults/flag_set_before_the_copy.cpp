// fault: flag-set-before-the-copy
// claim: A flag covers what its pipe has been given before it: set too early, it says nothing about this copy.
// rules: F1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + 1
// report: race
// seen: with every seed
// names: UB, MTE2, V
// fixed by: SetFlag<HardEvent::MTE2_V> behind the copy
#include "kernel.h"

KERNEL(flag_set_before_the_copy) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, kWords);
#ifndef CORRECTED
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
#endif
    DataCopy(x, Global<int32_t>(input), kWords);  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
#endif
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);
    Adds(y, x, 1, kWords);  // (2)
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, kWords);
    PipeBarrier<PIPE_ALL>();
}
