// fault: two-stores-to-one-place
// claim: Two stores to the same bytes of global memory overlap on MTE3, so that those of the first may land last.
// rules: P2, P7
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[64:128]
// report: race
// seen: with every seed
// names: output, MTE3
// fixed by: PipeBarrier<PIPE_MTE3>
#include "kernel.h"

KERNEL(two_stores_to_one_place) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 2 * kWords);
    DataCopy(x, Global<int32_t>(input), 2 * kWords);
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(output), x, kWords);  // (1)
#ifdef CORRECTED
    PipeBarrier<PIPE_MTE3>();
#endif
    DataCopy(Global<int32_t>(output), x[kWords], kWords);  // (2)
    PipeBarrier<PIPE_ALL>();
}
