// fault: unit-flag-on-one-side-only
// claim: A product with a unit flag orders nothing when Fixpipe has none: it takes the tile before the product is
//        complete.
// rules: M3
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: race
// seen: with every seed
// names: L0C, M, FIX
// fixed by: unit flag 3 of Fixpipe
#include "kernel.h"

KERNEL(unit_flag_on_one_side_only) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    FixpipeParamsV220 tile = Tile(16);
#ifdef CORRECTED
    tile.unitFlag = 3;
#endif
    Mmad(l0C, l0A, l0B, MmadParams(16, 16, 16, 3, false, true));             // (1)
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, tile);  // (2)
    PipeBarrier<PIPE_ALL>();
}
