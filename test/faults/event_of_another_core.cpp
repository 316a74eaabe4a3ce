// fault: event-of-another-core
// claim: A vector core has neither MTE1 nor an event for it.
// rules: F4
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + 1
// report: flag
// seen: with every seed
// names: MTE2_MTE1, AIV
// fixed by: MTE2_V in place of MTE2_MTE1
#include "kernel.h"

#ifdef CORRECTED
constexpr HardEvent kLoaded = HardEvent::MTE2_V;
#else
constexpr HardEvent kLoaded = HardEvent::MTE2_MTE1;
#endif

KERNEL(event_of_another_core) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    SetFlag<kLoaded>(EVENT_ID0);  // (1)
    WaitFlag<kLoaded>(EVENT_ID0);
    Adds(y, x, 1, kWords);
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, kWords);
    PipeBarrier<PIPE_ALL>();
}
