// fault: counter-compared-for-equality
// claim: A poll may miss a value: the counter has gone from 0 to 2 meanwhile, and never equals 1 again.
// rules: W4
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: hang
// seen: with some seeds
// names: rank 0, window of rank 0
// fixed by: a comparison by signed difference
#include "kernel.h"

KERNEL(counter_compared_for_equality) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    if (windows.Rank() == 1) {
        Post(windows.Of(0)[kArrival], 1);
        Post(windows.Of(0)[kArrival], 2);
    } else {
#ifdef CORRECTED
        while (Read(windows.Of(0)[kArrival]) - 1 < 0) {
        }
#else
        while (Read(windows.Of(0)[kArrival]) != 1) {
        }
#endif
    }
    PipeBarrier<PIPE_ALL>();
}
