// fault: flag-of-the-other-slot
// claim: Of two slots with a flag each, the one is used when only the flag of the other has been awaited.
// rules: F1, F6
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:128] + 1
// report: race
// seen: with every seed
// names: UB, MTE2, V
// fixed by: the flag of the slot itself
#include "kernel.h"

KERNEL(flag_of_the_other_slot) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 2 * kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, 2 * kBytes, 2 * kWords);
    for (uint32_t slot = 0; slot < 2; ++slot) {
        DataCopy(x[slot * kWords], Global<int32_t>(input)[slot * kWords], kWords);  // (1)
        SetFlag<HardEvent::MTE2_V>(slot);
    }
    for (uint32_t flag = 0; flag < 2; ++flag) {
#ifdef CORRECTED
        const uint32_t slot = flag;
#else
        const uint32_t slot = 1 - flag;
#endif
        WaitFlag<HardEvent::MTE2_V>(flag);
        Adds(y[slot * kWords], x[slot * kWords], 1, kWords);  // (2)
    }
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, 2 * kWords);
    PipeBarrier<PIPE_ALL>();
}
