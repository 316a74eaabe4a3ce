// fault: flag-holds-back-another-pipe
// claim: A wait holds back the pipe that its event names and no other: MTE3 waits here, and V does not.
// rules: F2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + 1
// report: race
// seen: with every seed
// names: UB, MTE2, V
// fixed by: MTE2_V in place of MTE2_MTE3
#include "kernel.h"

#ifdef CORRECTED
constexpr HardEvent kLoaded = HardEvent::MTE2_V;
#else
constexpr HardEvent kLoaded = HardEvent::MTE2_MTE3;
#endif

KERNEL(flag_holds_back_another_pipe) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);  // (1)
    SetFlag<kLoaded>(EVENT_ID0);
    WaitFlag<kLoaded>(EVENT_ID0);
    Adds(y, x, 1, kWords);  // (2)
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, kWords);
    PipeBarrier<PIPE_ALL>();
}
