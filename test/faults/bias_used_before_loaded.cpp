// fault: bias-used-before-loaded
// claim: The product starts before the copy from L1 has filled the bias table.
// rules: P1, F2
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square + bias
// report: race
// seen: with every seed
// names: BT, MTE1, M
// fixed by: WaitFlag<HardEvent::MTE1_M>
#include "kernel.h"

constexpr uint32_t kBias = 8192;  // byte of `input`

KERNEL(bias_used_before_loaded) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    const LocalTensor<float> l1(TPosition::C1, 1024, 16), bias(TPosition::C2, 0, 16);
    DataCopy(l1, Global<float>(input + kBias), 16);
    LoadOperands(l0A, l0B, input);
    DataCopy(bias, l1, 16);  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::MTE1_M>(EVENT_ID1);
    WaitFlag<HardEvent::MTE1_M>(EVENT_ID1);
#endif
    Mmad(l0C, l0A, l0B, bias, FirstProduct());  // (2)
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
