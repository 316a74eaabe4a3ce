// fault: tile-with-rows-never-computed
// claim: The product has eight rows, and Fixpipe takes sixteen out of L0C.
// rules: L1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square[:8]
// report: uninitialised
// seen: with every seed
// names: L0C, 512
// fixed by: mSize = 8
#include "kernel.h"

#ifdef CORRECTED
constexpr uint16_t kRows = 8;
#else
constexpr uint16_t kRows = 16;
#endif

KERNEL(tile_with_rows_never_computed) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    Mmad(l0C, l0A, l0B, MmadParams(8, 16, 16, 0, false, true));
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(kRows));  // (1)
    PipeBarrier<PIPE_ALL>();
}
