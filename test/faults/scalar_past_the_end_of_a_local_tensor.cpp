// fault: scalar-past-the-end-of-a-local-tensor
// claim: Element 64 of a tensor of 64 elements is the first one of its neighbour.
// rules: C1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + input[63]
// report: out of bounds
// seen: with every seed
// names: UB
// fixed by: the index of the last element
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kLast = kWords - 1;
#else
constexpr uint32_t kLast = kWords;
#endif

KERNEL(scalar_past_the_end_of_a_local_tensor) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECIN, kBytes, kWords);
    const LocalTensor<int32_t> z(TPosition::VECOUT, 2 * kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    DataCopy(y, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_S>();
    const int32_t last = x.GetValue(kLast);  // (1)
    Order<HardEvent::MTE2_V>();
    Adds(z, y, last, kWords);
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), z, kWords);
    PipeBarrier<PIPE_ALL>();
}
