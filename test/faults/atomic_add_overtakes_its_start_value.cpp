// fault: atomic-add-overtakes-its-start-value
// claim: An atomic copy is ordered by nothing but a barrier: it adds to the old bytes, and then the start value lands.
// rules: D2, D3
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: 2 * input[:64]
// report: race
// seen: with every seed
// names: output, MTE3
// fixed by: PipeBarrier<PIPE_MTE3>
#include "kernel.h"

KERNEL(atomic_add_overtakes_its_start_value) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(output), x, kWords);  // (1)
#ifdef CORRECTED
    PipeBarrier<PIPE_MTE3>();
#endif
    SetAtomicAdd<int32_t>();
    DataCopy(Global<int32_t>(output), x, kWords);  // (2)
    DisableDmaAtomic();
    PipeBarrier<PIPE_ALL>();
}
