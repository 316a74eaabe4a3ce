// fault: past-the-end-of-a-local-tensor
// claim: The instruction writes one element more than y has, the first one of what lies behind it in UB.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + 1
// report: out of bounds
// seen: with every seed
// names: UB, 260, 256
// fixed by: the number of elements of y
#include "kernel.h"

#ifdef CORRECTED
constexpr int32_t kCount = kWords;
#else
constexpr int32_t kCount = kWords + 1;
#endif

KERNEL(past_the_end_of_a_local_tensor) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 2 * kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, 2 * kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), 2 * kWords);
    Order<HardEvent::MTE2_V>();
    Adds(y, x, 1, kCount);  // (1)
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, kWords);
    PipeBarrier<PIPE_ALL>();
}
