// fault: arrival-forwarded-by-the-wrong-pipe
// claim: A vector core forwards an arrival to the cube core, and its set does not wait for the poll that saw it.
// rules: W5, X1
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: race
// seen: with every seed
// names: window of rank 0, rank 1, MTE3, AIC, MTE2
// fixed by: CrossCoreSetFlag behind the poll
#include "kernel.h"

KERNEL(arrival_forwarded_by_the_wrong_pipe) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    const Windows windows(tiling);
    if ASCEND_IS_AIV {
        if (windows.Rank() == 1 && GetSubBlockIdx() == 0) {
            const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
            DataCopy(x, Global<int32_t>(input), kWords);
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(windows.Of(0)[kSlot], x, kWords);  // (1)
            PipeBarrier<PIPE_MTE3>();
            Post(windows.Of(0)[kArrival], 1);
        }
        if (windows.Rank() == 0) {
#ifndef CORRECTED
            CrossCoreSetFlag<2, PIPE_MTE2>(0);
#endif
            if (GetSubBlockIdx() == 0) {
                Await(windows.Of(0)[kArrival], 1);
            }
#ifdef CORRECTED
            CrossCoreSetFlag<2, PIPE_MTE2>(0);
#endif
        }
    }
    if ASCEND_IS_AIC {
        if (windows.Rank() == 0) {
            const LocalTensor<int32_t> y(TPosition::A1, 0, kWords);
            CrossCoreWaitFlag(0);
            DataCopy(y, windows.Of(0)[kSlot], kWords);  // (2)
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(Global<int32_t>(output), y, kWords);
        }
    }
    PipeBarrier<PIPE_ALL>();
}
