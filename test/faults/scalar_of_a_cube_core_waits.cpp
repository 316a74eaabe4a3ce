// fault: scalar-of-a-cube-core-waits
// claim: On a cube core the scalar unit may not wait for a pipe: no event there leads to S.
// rules: F5
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: flag
// seen: with every seed
// names: MTE2_S, AIC
// fixed by: PipeBarrier<PIPE_ALL>
#include "kernel.h"

KERNEL(scalar_of_a_cube_core_waits) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
#ifdef CORRECTED
    PipeBarrier<PIPE_ALL>();
#else
    SetFlag<HardEvent::MTE2_S>(EVENT_ID0);  // (1)
    WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
#endif
    Mmad(l0C, l0A, l0B, FirstProduct());
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
