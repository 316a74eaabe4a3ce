// fault: scalar-overwrites-what-is-stored
// claim: SetValue changes the word for the next store while the last one still takes it.
// rules: P4, C1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: [7, 8]
// report: race
// seen: with every seed
// names: UB, MTE3, S
// fixed by: WaitFlag<HardEvent::MTE3_S>
#include "kernel.h"

KERNEL(scalar_overwrites_what_is_stored) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECOUT, 0, 8);
    x.SetValue(0, 7);
    Order<HardEvent::S_MTE3>();
    DataCopyPad(Global<int32_t>(output), x, DataCopyExtParams(1, sizeof(int32_t), 0, 0, 0));  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::MTE3_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_S>(EVENT_ID0);
#endif
    x.SetValue(0, 8);  // (2)
    Order<HardEvent::S_MTE3>(EVENT_ID1);
    DataCopyPad(Global<int32_t>(output)[1], x, DataCopyExtParams(1, sizeof(int32_t), 0, 0, 0));
    PipeBarrier<PIPE_ALL>();
}
