// fault: small-products-without-barrier
// claim: Of products with fewer than ten fractals, the second starts before L0C has the first, and adds to old numbers.
// rules: M1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: 2 * square
// report: race
// seen: with every seed
// names: L0C, M
// fixed by: PipeBarrier<PIPE_M>
#include "kernel.h"

KERNEL(small_products_without_barrier) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    Mmad(l0C, l0A, l0B, FirstProduct());  // (1)
#ifdef CORRECTED
    PipeBarrier<PIPE_M>();
#endif
    Mmad(l0C, l0A, l0B, FurtherProduct());  // (2)
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
