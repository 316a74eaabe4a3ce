// fault: product-added-to-nothing
// claim: The first product of a tile adds to what L0C held before.
// rules: L1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: uninitialised
// seen: with every seed
// names: L0C
// fixed by: an initial value of zero
#include "kernel.h"

KERNEL(product_added_to_nothing) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
#ifdef CORRECTED
    const bool first = true;
#else
    const bool first = false;
#endif
    Mmad(l0C, l0A, l0B, MmadParams(16, 16, 16, 0, false, first));  // (1)
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
