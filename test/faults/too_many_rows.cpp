// fault: too-many-rows
// claim: A copy from ND to NZ takes at most 16384 rows.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: input[:256]
// report: limit
// seen: with every seed
// names: nValue, 16385, 16384
// fixed by: the rows of one tile
#include "kernel.h"

#ifdef CORRECTED
constexpr uint16_t kRows = 16;
#else
constexpr uint16_t kRows = 16385;
#endif

KERNEL(too_many_rows) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l1(TPosition::A1, 0, kFractal);
    DataCopy(l1, Global<half>(input), Rows(kRows));  // (1)
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<half>(output), l1, kFractal);
    PipeBarrier<PIPE_ALL>();
}
