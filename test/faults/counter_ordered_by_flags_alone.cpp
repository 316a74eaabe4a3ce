// fault: counter-ordered-by-flags-alone
// claim: Flags bring MTE3 behind its copy to the peer, but only a barrier waits for bytes that are on their way there.
// rules: W3
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: arrival
// seen: with every seed
// names: rank 1, PipeBarrier<PIPE_MTE3>
// fixed by: PipeBarrier<PIPE_MTE3>
#include "kernel.h"

KERNEL(counter_ordered_by_flags_alone) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    if (windows.Rank() == 1) {
        DataCopy(x, Global<int32_t>(input), kWords);
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(windows.Of(0)[kSlot], x, kWords);  // (1)
        Order<HardEvent::MTE3_S>();
#ifdef CORRECTED
        PipeBarrier<PIPE_MTE3>();
#endif
        Post(windows.Of(0)[kArrival], 1);
    } else {
        Await(windows.Of(0)[kArrival], 1);
        DataCopy(x, windows.Of(0)[kSlot], kWords);
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(Global<int32_t>(output), x, kWords);
    }
    PipeBarrier<PIPE_ALL>();
}
