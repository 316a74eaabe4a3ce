// fault: two-loads-into-one-buffer
// claim: Two loads into the same bytes overlap on MTE2, so that those of the first may land last.
// rules: P2, P7
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[64:128]
// report: race
// seen: with every seed
// names: UB, MTE2
// fixed by: PipeBarrier<PIPE_MTE2>
#include "kernel.h"

KERNEL(two_loads_into_one_buffer) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);  // (1)
#ifdef CORRECTED
    PipeBarrier<PIPE_MTE2>();
#endif
    DataCopy(x, Global<int32_t>(input)[kWords], kWords);  // (2)
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(output), x, kWords);
    PipeBarrier<PIPE_ALL>();
}
