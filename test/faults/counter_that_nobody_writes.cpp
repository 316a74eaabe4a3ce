// fault: counter-that-nobody-writes
// claim: The receiver polls another counter than the one that the sender writes, and sees the same value for ever.
// rules: W4
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: hang
// seen: with every seed
// names: rank 0, window of rank 0
// fixed by: one place for both
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kPolled = kArrival;
#else
constexpr uint32_t kPolled = kRelease;
#endif

KERNEL(counter_that_nobody_writes) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    if (windows.Rank() == 1) {
        Post(windows.Of(0)[kArrival], 1);
    } else {
        Await(windows.Of(0)[kPolled], 1);
    }
    PipeBarrier<PIPE_ALL>();
}
