// fault: past-the-end-of-an-argument
// claim: The copy writes one element behind the memory that the kernel was given, to whatever lies there.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: out of bounds
// seen: with every seed
// names: output, 163844, 163840
// fixed by: a place that leaves room for all elements
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kPlace = kArgumentWords - kWords;
#else
constexpr uint32_t kPlace = kArgumentWords - kWords + 1;
#endif

KERNEL(past_the_end_of_an_argument) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(output)[kPlace], x, kWords);  // (1)
    PipeBarrier<PIPE_ALL>();
}
