// fault: rows-of-a-tile-overlap
// claim: The rows of the output are eight elements apart and have sixteen: each writes over a half of the one before.
// rules: P2
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: overlap
// seen: with every seed
// names: output
// fixed by: dstStride = 16
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kPitch = 16;
#else
constexpr uint32_t kPitch = 8;
#endif

KERNEL(rows_of_a_tile_overlap) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    Mmad(l0C, l0A, l0B, FirstProduct());
    Order<HardEvent::M_FIX>();
    const FixpipeParamsV220 tile(16, 16, 16, kPitch, false);
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, tile);  // (1)
    PipeBarrier<PIPE_ALL>();
}
