// fault: past-the-end-of-a-window
// claim: The copy writes one element behind the window of the peer.
// rules: W1
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: out of bounds
// seen: with every seed
// names: window of rank 1, 4100, 4096
// fixed by: a place that leaves room for all elements
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kPlace = kWindowWords - kWords;
#else
constexpr uint32_t kPlace = kWindowWords - kWords + 1;
#endif

KERNEL(past_the_end_of_a_window) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    if (windows.Rank() == 0) {
        const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
        DataCopy(x, Global<int32_t>(input), kWords);
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(windows.Of(1)[kPlace], x, kWords);  // (1)
    }
    PipeBarrier<PIPE_ALL>();
}
