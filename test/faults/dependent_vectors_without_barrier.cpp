// fault: dependent-vectors-without-barrier
// claim: The second instruction of V starts before the first one is complete, and reads what y held before.
// rules: P2, P6
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: 2 * (input[:64] + 1)
// report: race
// seen: with every seed
// names: UB, V
// fixed by: PipeBarrier<PIPE_V>
#include "kernel.h"

KERNEL(dependent_vectors_without_barrier) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECCALC, kBytes, kWords);
    const LocalTensor<int32_t> z(TPosition::VECOUT, 2 * kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_V>();
    Adds(y, x, 1, kWords);  // (1)
#ifdef CORRECTED
    PipeBarrier<PIPE_V>();
#endif
    Muls(z, y, 2, kWords);  // (2)
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), z, kWords);
    PipeBarrier<PIPE_ALL>();
}
