// fault: tile-of-too-many-columns
// claim: Fixpipe takes at most 4095 columns.
// rules: M2
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: limit
// seen: with every seed
// names: Fixpipe, nSize, 4096, 4095
// fixed by: the columns of one tile
#include "kernel.h"

#ifdef CORRECTED
constexpr uint16_t kColumns = 16;
#else
constexpr uint16_t kColumns = 4096;
#endif

KERNEL(tile_of_too_many_columns) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    Mmad(l0C, l0A, l0B, FirstProduct());
    Order<HardEvent::M_FIX>();
    const FixpipeParamsV220 tile(kColumns, 16, 16, kColumns, false);
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, tile);  // (1)
    PipeBarrier<PIPE_ALL>();
}
