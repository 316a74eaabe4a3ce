// fault: scalar-reads-before-loaded
// claim: GetValue returns what x held before, because nothing has the scalar unit wait for the load.
// rules: P4, C1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + input[7]
// report: race
// seen: with every seed
// names: UB, MTE2, S
// fixed by: WaitFlag<HardEvent::MTE2_S>
#include "kernel.h"

KERNEL(scalar_reads_before_loaded) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);  // (1)
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
#ifdef CORRECTED
    SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
#endif
    const int32_t addend = x.GetValue(7);  // (2)
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);
    Adds(y, x, addend, kWords);
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, kWords);
    PipeBarrier<PIPE_ALL>();
}
