// fault: load-waits-for-fixpipe
// claim: FIX_MTE2 is an event without a use: MTE2 may not wait for FIX by a flag.
// rules: F5
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: flag
// seen: with every seed
// names: FIX_MTE2
// fixed by: PipeBarrier<PIPE_ALL>
#include "kernel.h"

KERNEL(load_waits_for_fixpipe) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal), y(TPosition::A1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    Mmad(l0C, l0A, l0B, FirstProduct());
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(workspace), l0C, Tile(16));
#ifdef CORRECTED
    PipeBarrier<PIPE_ALL>();
#else
    SetFlag<HardEvent::FIX_MTE2>(EVENT_ID0);  // (1)
    WaitFlag<HardEvent::FIX_MTE2>(EVENT_ID0);
#endif
    DataCopy(y, Global<float>(workspace), kFractal);
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<float>(output), y, kFractal);
    PipeBarrier<PIPE_ALL>();
}
