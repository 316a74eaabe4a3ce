// fault: kernel-ends-before-its-stores
// claim: A kernel without a TPipe ends when its last instruction is issued, not when it is complete.
// rules: L2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: unfinished
// seen: with every seed
// names: PipeBarrier<PIPE_ALL>
// fixed by: PipeBarrier<PIPE_ALL>
#include "kernel.h"

KERNEL(kernel_ends_before_its_stores) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(output), x, kWords);  // (1)
#ifdef CORRECTED
    PipeBarrier<PIPE_ALL>();
#endif
}
