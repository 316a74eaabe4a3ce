// fault: missing-mte2-mte1-wait
// claim: LoadData takes a fractal from L1 that the copy from global memory has not filled yet.
// rules: F2, M5
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: race
// seen: with every seed
// names: L1, MTE2, MTE1
// fixed by: WaitFlag<HardEvent::MTE2_MTE1>
#include "kernel.h"

KERNEL(missing_mte2_mte1_wait) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l1(TPosition::A1, 0, kFractal);
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    DataCopy(l1, Global<half>(input), Rows(16));  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
#endif
    LoadData(l0A, l1, Fractal());     // (2)
    LoadData(l0B, l1, Transposed());  // (2)
    Order<HardEvent::MTE1_M>();
    Mmad(l0C, l0A, l0B, FirstProduct());
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
