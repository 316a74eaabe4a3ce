// fault: tensor-placed-beyond-l1
// claim: The tensor is placed where L1 ends before it does.
// rules: L1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: over capacity
// seen: with every seed
// names: L1
// fixed by: a place within L1
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kPlace = 256 * 1024;
#else
constexpr uint32_t kPlace = 512 * 1024 - 256;
#endif

KERNEL(tensor_placed_beyond_l1) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l1(TPosition::A1, kPlace, kFractal);
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    DataCopy(l1, Global<half>(input), Rows(16));  // (1)
    Order<HardEvent::MTE2_MTE1>();
    LoadData(l0A, l1, Fractal());
    LoadData(l0B, l1, Transposed());
    Order<HardEvent::MTE1_M>();
    Mmad(l0C, l0A, l0B, FirstProduct());
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
