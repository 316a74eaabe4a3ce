// fault: input-overwritten
// claim: The kernel writes to a tensor that it was given to read, and which others may be reading.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: out of bounds
// seen: with every seed
// names: input
// fixed by: output as the destination
#include "kernel.h"

KERNEL(input_overwritten) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_MTE3>();
#ifdef CORRECTED
    DataCopy(Global<int32_t>(output), x, kWords);
#else
    DataCopy(Global<int32_t>(input), x, kWords);  // (1)
#endif
    PipeBarrier<PIPE_ALL>();
}
