// fault: row-stride-narrowed
// claim: The distance of rows has 16 bits: one of 65552 elements becomes 16, and the copy takes the wrong row.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: numpy.concatenate([input[:16], input[65552:65568]])
// report: limit
// seen: with every seed
// names: srcDValue, 65552
// fixed by: a copy for each row
#include "kernel.h"

KERNEL(row_stride_narrowed) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    uint32_t pitch = 65552;
    const LocalTensor<half> l1(TPosition::A1, 0, kFractal);
#ifdef CORRECTED
    for (uint32_t row = 0; row < 2; ++row) {
        DataCopy(l1[row * 16], Global<half>(input)[row * pitch], Rows(1));
    }
#else
    DataCopy(l1, Global<half>(input), Nd2NzParams(1, 2, 16, 0, pitch, 16, 1, 0));  // (1)
#endif
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<half>(output), l1, 32);
    PipeBarrier<PIPE_ALL>();
}
