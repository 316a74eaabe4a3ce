// fault: copy-past-the-end-by-one-element
// claim: The global tensor was said to have 64 elements; the copy writes a 65th.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: out of bounds
// seen: with every seed
// names: output, 260, 256
// fixed by: the number of elements of the tensor
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kCount = kWords;
#else
constexpr uint32_t kCount = kWords + 1;
#endif

KERNEL(copy_past_the_end_by_one_element) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 2 * kWords);
    GlobalTensor<int32_t> target;
    target.SetGlobalBuffer((__gm__ int32_t *)output, kWords);
    DataCopy(x, Global<int32_t>(input), 2 * kWords);
    Order<HardEvent::MTE2_MTE3>();
    DataCopyPad(target, x, DataCopyExtParams(1, kCount * sizeof(int32_t), 0, 0, 0));  // (1)
    PipeBarrier<PIPE_ALL>();
}
