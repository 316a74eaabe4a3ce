// fault: data-read-before-arrival
// claim: The receiver reads its window without having seen that the data have arrived.
// rules: W4, W8
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: race
// seen: with every seed
// names: window of rank 0, rank 1, MTE3, MTE2
// fixed by: Await of the arrival
#include "kernel.h"

KERNEL(data_read_before_arrival) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    if (windows.Rank() == 1) {
        DataCopy(x, Global<int32_t>(input), kWords);
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(windows.Of(0)[kSlot], x, kWords);  // (1)
        PipeBarrier<PIPE_MTE3>();
        Post(windows.Of(0)[kArrival], 1);
    } else {
#ifdef CORRECTED
        Await(windows.Of(0)[kArrival], 1);
#endif
        DataCopy(x, windows.Of(0)[kSlot], kWords);  // (2)
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(Global<int32_t>(output), x, kWords);
    }
    PipeBarrier<PIPE_ALL>();
}
