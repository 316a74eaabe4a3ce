// fault: missing-m-fix-wait
// claim: Fixpipe takes a tile out of L0C before the product is complete.
// rules: M2
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: race
// seen: with every seed
// names: L0C, M, FIX
// fixed by: WaitFlag<HardEvent::M_FIX>
#include "kernel.h"

KERNEL(missing_m_fix_wait) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    Mmad(l0C, l0A, l0B, FirstProduct());  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::M_FIX>(EVENT_ID0);
    WaitFlag<HardEvent::M_FIX>(EVENT_ID0);
#endif
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));  // (2)
    PipeBarrier<PIPE_ALL>();
}
