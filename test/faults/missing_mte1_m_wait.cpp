// fault: missing-mte1-m-wait
// claim: The product starts before LoadData has filled L0A.
// rules: F2, M5
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: race
// seen: with every seed
// names: L0A, MTE1, M
// fixed by: WaitFlag<HardEvent::MTE1_M>
#include "kernel.h"

KERNEL(missing_mte1_m_wait) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l1(TPosition::A1, 0, kFractal);
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    DataCopy(l1, Global<half>(input), Rows(16));
    Order<HardEvent::MTE2_MTE1>();
    LoadData(l0B, l1, Transposed());
    Order<HardEvent::MTE1_M>();
    LoadData(l0A, l1, Fractal());  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::MTE1_M>(EVENT_ID1);
    WaitFlag<HardEvent::MTE1_M>(EVENT_ID1);
#endif
    Mmad(l0C, l0A, l0B, FirstProduct());  // (2)
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
