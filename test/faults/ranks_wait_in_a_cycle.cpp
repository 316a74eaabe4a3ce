// fault: ranks-wait-in-a-cycle
// claim: Each rank waits for an arrival before it sends its own, so that nobody ever sends.
// rules: W8
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: hang
// seen: with every seed
// names: rank 0, window of rank 0, rank 1, window of rank 1
// fixed by: Post before Await
#include "kernel.h"

KERNEL(ranks_wait_in_a_cycle) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    const uint32_t rank = windows.Rank();
#ifdef CORRECTED
    Post(windows.Of(1 - rank)[kArrival], 1);
#endif
    Await(windows.Of(rank)[kArrival], 1);
#ifndef CORRECTED
    Post(windows.Of(1 - rank)[kArrival], 1);
#endif
    PipeBarrier<PIPE_ALL>();
}
