// fault: accumulator-reused-before-fixpipe
// claim: The next product overwrites a tile of L0C that Fixpipe is still taking out.
// rules: M2
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: race
// seen: with every seed
// names: L0C, FIX, M
// fixed by: WaitFlag<HardEvent::FIX_M>
#include "kernel.h"

KERNEL(accumulator_reused_before_fixpipe) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    Mmad(l0C, l0A, l0B, FirstProduct());
    PipeBarrier<PIPE_M>();  // between the products; what is missing lies between Fixpipe and product
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::FIX_M>(EVENT_ID0);
    WaitFlag<HardEvent::FIX_M>(EVENT_ID0);
#endif
    Mmad(l0C, l0A, l0B, FurtherProduct());  // (2)
    Order<HardEvent::M_FIX>(EVENT_ID1);
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(workspace), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
