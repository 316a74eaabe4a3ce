// fault: stored-before-the-scalar-wrote
// claim: The store takes a word that SetValue has not written yet.
// rules: P4, C1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: [7]
// report: race
// seen: with every seed
// names: UB, S, MTE3
// fixed by: WaitFlag<HardEvent::S_MTE3>
#include "kernel.h"

KERNEL(stored_before_the_scalar_wrote) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECOUT, 0, 8);
    x.SetValue(0, 7);  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::S_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE3>(EVENT_ID0);
#endif
    DataCopyPad(Global<int32_t>(output), x, DataCopyExtParams(1, sizeof(int32_t), 0, 0, 0));  // (2)
    PipeBarrier<PIPE_ALL>();
}
