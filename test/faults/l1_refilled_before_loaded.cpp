// fault: l1-refilled-before-loaded
// claim: The next copy from global memory overwrites L1 while LoadData still takes the last matrix from there.
// rules: F2, M5
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: race
// seen: with every seed
// names: L1, MTE1, MTE2
// fixed by: WaitFlag<HardEvent::MTE1_MTE2>
#include "kernel.h"

KERNEL(l1_refilled_before_loaded) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l1(TPosition::A1, 0, kFractal);
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    DataCopy(l1, Global<half>(input), Rows(16));
    PipeBarrier<PIPE_MTE2>();  // between the copies; what is missing lies between LoadData and copy
    Order<HardEvent::MTE2_MTE1>();
    LoadData(l0A, l1, Fractal());     // (1)
    LoadData(l0B, l1, Transposed());  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
#endif
    DataCopy(l1, Global<half>(input)[kFractal], Rows(16));  // (2)
    Order<HardEvent::MTE1_M>();
    Mmad(l0C, l0A, l0B, FirstProduct());
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
