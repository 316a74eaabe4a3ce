// fault: stale-counter-on-second-launch
// claim: The second launch finds the counter as the first has left it, and takes that for an arrival of its own.
// rules: L4
// runs: 2 ranks, 1 block, 2 launches
// input: int32 counting
// output: input[:64]
// report: race
// seen: with some seeds
// names: window of rank 0, rank 1, MTE3, MTE2
// fixed by: counters that grow from a base in the window
#include "kernel.h"

KERNEL(stale_counter_on_second_launch) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const GlobalTensor<int32_t> base = windows.Of(windows.Rank())[kBase];
#ifdef CORRECTED
    const int32_t launch = Read(base);
#else
    const int32_t launch = 0;
#endif
    if (windows.Rank() == 1) {
        Await(windows.Of(1)[kRelease], launch);
        DataCopy(x, Global<int32_t>(input), kWords);
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(windows.Of(0)[kSlot], x, kWords);  // (1)
        PipeBarrier<PIPE_MTE3>();
        Post(windows.Of(0)[kArrival], launch + 1);
    } else {
        Await(windows.Of(0)[kArrival], launch + 1);
        DataCopy(x, windows.Of(0)[kSlot], kWords);  // (2)
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(Global<int32_t>(output), x, kWords);
        Post(windows.Of(1)[kRelease], launch + 1);
    }
    Post(base, launch + 1);
    PipeBarrier<PIPE_ALL>();
}
