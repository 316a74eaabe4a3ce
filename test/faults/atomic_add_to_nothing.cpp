// fault: atomic-add-to-nothing
// claim: An atomic copy reads what it adds to, and nobody has written the output before.
// rules: D1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: 2 * input[:64]
// report: uninitialised
// seen: with every seed
// names: output
// fixed by: a plain copy first
#include "kernel.h"

KERNEL(atomic_add_to_nothing) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_MTE3>();
#ifdef CORRECTED
    DataCopy(Global<int32_t>(output), x, kWords);
    PipeBarrier<PIPE_MTE3>();
#endif
    SetAtomicAdd<int32_t>();
    DataCopy(Global<int32_t>(output), x, kWords);  // (1)
    DisableDmaAtomic();
    PipeBarrier<PIPE_ALL>();
}
