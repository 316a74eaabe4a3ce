// fault: window-slot-overwritten
// claim: The sender fills the slot again without having seen that the receiver is done with what lies there.
// rules: W6, W8
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: input[:128]
// report: race
// seen: with some seeds
// names: window of rank 0, rank 1, MTE3, MTE2
// fixed by: Await of the release
#include "kernel.h"

KERNEL(window_slot_overwritten) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    for (int32_t chunk = 0; chunk < 2; ++chunk) {
        if (windows.Rank() == 1) {
#ifdef CORRECTED
            Await(windows.Of(1)[kRelease], chunk);
#endif
            DataCopy(x, Global<int32_t>(input)[chunk * kWords], kWords);
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(windows.Of(0)[kSlot], x, kWords);  // (2)
            PipeBarrier<PIPE_MTE3>();
            Post(windows.Of(0)[kArrival], chunk + 1);
        } else {
            Await(windows.Of(0)[kArrival], chunk + 1);
            DataCopy(x, windows.Of(0)[kSlot], kWords);  // (1)
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(Global<int32_t>(output)[chunk * kWords], x, kWords);
            Post(windows.Of(1)[kRelease], chunk + 1);
        }
        Order<HardEvent::MTE3_MTE2>();  // before x is filled again
    }
    PipeBarrier<PIPE_ALL>();
}
