// fault: operand-replaced-while-multiplied
// claim: LoadData fills L0B for the next product while the last one still reads it.
// rules: F2, M5
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: race
// seen: with every seed
// names: L0B, M, MTE1
// fixed by: WaitFlag<HardEvent::M_MTE1>
#include "kernel.h"

KERNEL(operand_replaced_while_multiplied) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l1(TPosition::A1, 0, kFractal);
    const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
    const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
    LoadOperands(l0A, l0B, input);
    PipeBarrier<PIPE_MTE1>();             // between the loads; what is missing lies between product and load
    Mmad(l0C, l0A, l0B, FirstProduct());  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::M_MTE1>(EVENT_ID0);
#endif
    LoadData(l0B, l1, Fractal());  // (2)
    Order<HardEvent::M_FIX>();
    Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(output), l0C, Tile(16));
    PipeBarrier<PIPE_ALL>();
}
