// fault: two-writers-of-one-counter
// claim: Two ranks write to one counter, one over the other: the receiver counts on two arrivals and may see one for
//        ever.
// rules: W7
// runs: 3 ranks, 1 block, 1 launch
// input: int32 counting
// output: numpy.tile(input[:64], 2)
// report: race
// seen: with every seed
// names: window of rank 0, rank 1, rank 2, MTE3
// fixed by: SetAtomicAdd<int32_t>
#include "kernel.h"

KERNEL(two_writers_of_one_counter) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const Windows windows(tiling);
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 2 * kWords);
    const uint32_t rank = windows.Rank();
    if (rank > 0) {
        DataCopy(x, Global<int32_t>(input), kWords);
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(windows.Of(0)[kSlot + (rank - 1) * kWords], x, kWords);
        PipeBarrier<PIPE_MTE3>();
#ifdef CORRECTED
        SetAtomicAdd<int32_t>();
#endif
        Post(windows.Of(0)[kArrival], 1);
        DisableDmaAtomic();
    } else {
        Await(windows.Of(0)[kArrival], 2);
        DataCopy(x, windows.Of(0)[kSlot], 2 * kWords);
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(Global<int32_t>(output), x, 2 * kWords);
    }
    PipeBarrier<PIPE_ALL>();
}
