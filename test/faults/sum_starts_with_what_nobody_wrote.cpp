// fault: sum-starts-with-what-nobody-wrote
// claim: The first Add reads a sum that nobody has set to zero.
// rules: L1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + input[64:128]
// report: uninitialised
// seen: with every seed
// names: UB
// fixed by: Duplicate before the loop
#include "kernel.h"

KERNEL(sum_starts_with_what_nobody_wrote) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 2 * kWords);
    const LocalTensor<int32_t> sum(TPosition::VECOUT, 2 * kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), 2 * kWords);
    Order<HardEvent::MTE2_V>();
#ifdef CORRECTED
    Duplicate(sum, 0, kWords);
#endif
    for (uint32_t part = 0; part < 2; ++part) {
        PipeBarrier<PIPE_V>();
        Add(sum, sum, x[part * kWords], kWords);  // (1)
    }
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), sum, kWords);
    PipeBarrier<PIPE_ALL>();
}
