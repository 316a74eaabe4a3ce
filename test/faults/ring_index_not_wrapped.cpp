// fault: ring-index-not-wrapped
// claim: The third round takes a third slot of a ring that has two, and the ring lies at the end of UB.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:192]
// report: out of bounds
// seen: with every seed
// names: UB, 196864, 196608
// fixed by: round % 2
#include "kernel.h"

constexpr uint32_t kEndOfUb = 192 * 1024;

KERNEL(ring_index_not_wrapped) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> ring(TPosition::VECIN, kEndOfUb - 2 * kBytes, 2 * kWords);
    for (uint32_t round = 0; round < 3; ++round) {
#ifdef CORRECTED
        const LocalTensor<int32_t> x = ring[round % 2 * kWords];
#else
        const LocalTensor<int32_t> x = ring[round * kWords];
#endif
        DataCopy(x, Global<int32_t>(input)[round * kWords], kWords);  // (1)
        Order<HardEvent::MTE2_MTE3>();
        DataCopy(Global<int32_t>(output)[round * kWords], x, kWords);
        Order<HardEvent::MTE3_MTE2>();
    }
    PipeBarrier<PIPE_ALL>();
}
