// fault: flag-set-again-too-early
// claim: Nothing has MTE2 wait until V has taken the flag of the round before: it may be set while it still is.
// rules: F3, F6
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:128] + 1
// report: flag
// seen: with every seed
// names: MTE2_V, SetFlag, WaitFlag
// fixed by: a flag number for each round
#include "kernel.h"

KERNEL(flag_set_again_too_early) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 2 * kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, 2 * kBytes, 2 * kWords);
    for (int32_t round = 0; round < 2; ++round) {
#ifdef CORRECTED
        const int32_t flag = round;
#else
        const int32_t flag = 0;
#endif
        DataCopy(x[round * kWords], Global<int32_t>(input)[round * kWords], kWords);
        SetFlag<HardEvent::MTE2_V>(flag);  // (1)
        WaitFlag<HardEvent::MTE2_V>(flag);
        Adds(y[round * kWords], x[round * kWords], 1, kWords);
    }
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, 2 * kWords);
    PipeBarrier<PIPE_ALL>();
}
