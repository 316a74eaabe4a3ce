// fault: misaligned-l0a-address
// claim: L0A holds whole fractals: an address that is no multiple of 512 is none.
// rules: M5
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: misaligned
// seen: with every seed
// names: L0A, 512
// fixed by: a distance of one fractal
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kPlace = 512;
#else
constexpr uint32_t kPlace = 256;
#endif

KERNEL(misaligned_l0a_address) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l1(TPosition::A1, 0, kFractal);
    const LocalTensor<half> l0A(TPosition::A2, kPlace, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    DataCopy(l1, Global<half>(input), Rows(16));
    Order<HardEvent::MTE2_MTE1>();
    LoadData(l0A, l1, Fractal());  // (1)
    LoadData(l0B, l1, Transposed());
    Order<HardEvent::MTE1_M>();
    Mmad(l0C, l0A, l0B, FirstProduct());
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
