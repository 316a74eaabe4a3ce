// fault: misaligned-l0c-address
// claim: A product goes to an address of L0C that is a multiple of 1024.
// rules: M1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: misaligned
// seen: with every seed
// names: L0C, 1024
// fixed by: a distance of one fractal of float
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kPlace = 1024;
#else
constexpr uint32_t kPlace = 512;
#endif

KERNEL(misaligned_l0c_address) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, kPlace, kFractal);
    LoadOperands(l0A, l0B, input);
    Mmad(l0C, l0A, l0B, FirstProduct());  // (1)
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
