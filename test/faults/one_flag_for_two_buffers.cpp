// fault: one-flag-for-two-buffers
// claim: A flag holds 0 or 1: set again before it has been awaited, it has lost a set.
// rules: F6
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:128] + 1
// report: flag
// seen: with every seed
// names: MTE2_V, SetFlag
// fixed by: a flag number for each buffer
#include "kernel.h"

#ifdef CORRECTED
constexpr int32_t kFlags = 2;
#else
constexpr int32_t kFlags = 1;
#endif

KERNEL(one_flag_for_two_buffers) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 2 * kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, 2 * kBytes, 2 * kWords);
    for (int32_t slot = 0; slot < 2; ++slot) {
        DataCopy(x[slot * kWords], Global<int32_t>(input)[slot * kWords], kWords);
        SetFlag<HardEvent::MTE2_V>(slot % kFlags);  // (1)
    }
    for (int32_t slot = 0; slot < 2; ++slot) {
        WaitFlag<HardEvent::MTE2_V>(slot % kFlags);
        Adds(y[slot * kWords], x[slot * kWords], 1, kWords);
    }
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, 2 * kWords);
    PipeBarrier<PIPE_ALL>();
}
