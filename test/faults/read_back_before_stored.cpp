// fault: read-back-before-stored
// claim: A load of the same core overtakes the store that should have brought its words to global memory.
// rules: P1, F2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: race
// seen: with every seed
// names: workspace, MTE3, MTE2
// fixed by: WaitFlag<HardEvent::MTE3_MTE2>
#include "kernel.h"

KERNEL(read_back_before_stored) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords), y(TPosition::VECIN, kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(workspace), x, kWords);  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
#endif
    DataCopy(y, Global<int32_t>(workspace), kWords);  // (2)
    Order<HardEvent::MTE2_MTE3>(EVENT_ID1);
    DataCopy(Global<int32_t>(output), y, kWords);
    PipeBarrier<PIPE_ALL>();
}
