// fault: product-of-rows-never-copied
// claim: Eight rows lie in L1, and the product takes sixteen: the others are whatever L1 held.
// rules: L1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square[:8]
// report: uninitialised
// seen: with every seed
// names: L0A, 256
// fixed by: m = 8
#include "kernel.h"

#ifdef CORRECTED
constexpr uint16_t kRows = 8;
#else
constexpr uint16_t kRows = 16;
#endif

KERNEL(product_of_rows_never_copied) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> left(TPosition::A1, 0, kFractal), right(TPosition::B1, 512, kFractal);
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    DataCopy(left, Global<half>(input), Rows(8));
    DataCopy(right, Global<half>(input), Rows(16));
    Order<HardEvent::MTE2_MTE1>();
    LoadData(l0A, left, Fractal());
    LoadData(l0B, right, Transposed());
    Order<HardEvent::MTE1_M>();
    Mmad(l0C, l0A, l0B, MmadParams(kRows, 16, 16, 0, false, true));  // (1)
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(8));
    PipeBarrier<PIPE_ALL>();
}
