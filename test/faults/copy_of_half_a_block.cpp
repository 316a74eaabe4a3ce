// fault: copy-of-half-a-block
// claim: DataCopy moves whole blocks of 32 bytes, and leaves out what does not fill one.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:12]
// report: limit
// seen: with every seed
// names: DataCopy, 48, 32
// fixed by: DataCopyPad
#include "kernel.h"

KERNEL(copy_of_half_a_block) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_MTE3>();
#ifdef CORRECTED
    DataCopyPad(Global<int32_t>(output), x, DataCopyExtParams(1, 12 * sizeof(int32_t), 0, 0, 0));
#else
    DataCopy(Global<int32_t>(output), x, 12);  // (1)
#endif
    PipeBarrier<PIPE_ALL>();
}
