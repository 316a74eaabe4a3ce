// fault: counter-before-data
// claim: The counter is a copy like any other: without a barrier of MTE3 it may arrive before the data that it
//        announces.
// rules: P2, W3
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: race
// seen: with every seed
// names: window of rank 0, rank 1, MTE3, MTE2
// fixed by: PipeBarrier<PIPE_MTE3>
#include "kernel.h"

KERNEL(counter_before_data) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    if (windows.Rank() == 1) {
        DataCopy(x, Global<int32_t>(input), kWords);
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(windows.Of(0)[kSlot], x, kWords);  // (1)
#ifdef CORRECTED
        PipeBarrier<PIPE_MTE3>();
#endif
        Post(windows.Of(0)[kArrival], 1);
    } else {
        Await(windows.Of(0)[kArrival], 1);
        DataCopy(x, windows.Of(0)[kSlot], kWords);  // (2)
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(Global<int32_t>(output), x, kWords);
    }
    PipeBarrier<PIPE_ALL>();
}
