// fault: product-of-too-many-rows
// claim: A product has at most 4095 rows.
// rules: M1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: limit
// seen: with every seed
// names: Mmad, m is 4096, 4095
// fixed by: the rows of one tile
#include "kernel.h"

#ifdef CORRECTED
constexpr uint16_t kRows = 16;
#else
constexpr uint16_t kRows = 4096;
#endif

KERNEL(product_of_too_many_rows) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    Mmad(l0C, l0A, l0B, MmadParams(kRows, 16, 16, 0, false, true));  // (1)
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
