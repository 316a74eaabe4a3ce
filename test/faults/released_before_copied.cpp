// fault: released-before-copied
// claim: The receiver releases the slot when it has issued its copy, not when that is complete: the next chunk
//        overtakes it.
// rules: W6
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: input[:128]
// report: race
// seen: with every seed
// names: window of rank 0, rank 1, MTE3, MTE2
// fixed by: WaitFlag<HardEvent::MTE2_MTE3> before the release
#include "kernel.h"

KERNEL(released_before_copied) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    for (int32_t chunk = 0; chunk < 2; ++chunk) {
        if (windows.Rank() == 1) {
            Await(windows.Of(1)[kRelease], chunk);
            DataCopy(x, Global<int32_t>(input)[chunk * kWords], kWords);
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(windows.Of(0)[kSlot], x, kWords);  // (2)
            PipeBarrier<PIPE_MTE3>();
            Post(windows.Of(0)[kArrival], chunk + 1);
        } else {
            Await(windows.Of(0)[kArrival], chunk + 1);
            DataCopy(x, windows.Of(0)[kSlot], kWords);  // (1)
#ifndef CORRECTED
            Post(windows.Of(1)[kRelease], chunk + 1);
#endif
            Order<HardEvent::MTE2_MTE3>();
#ifdef CORRECTED
            Post(windows.Of(1)[kRelease], chunk + 1);
#endif
            DataCopy(Global<int32_t>(output)[chunk * kWords], x, kWords);
        }
        Order<HardEvent::MTE3_MTE2>();  // before x is filled again
    }
    PipeBarrier<PIPE_ALL>();
}
