// fault: sync-all-leaves-out-the-cube-core
// claim: SyncAll<true> is a matter of the vector cores: one of them reads a tile that a cube core has not stored yet.
// rules: S1, S2
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: square
// report: race
// seen: with every seed
// names: workspace, AIC, FIX, AIV 0, MTE2
// fixed by: SyncAll<false> in every core
#include "kernel.h"

KERNEL(sync_all_leaves_out_the_cube_core) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    if ASCEND_IS_AIC {
        const LocalTensor<half> l0A(TPosition::A2, 0, kFractal), l0B(TPosition::B2, 0, kFractal);
        const LocalTensor<float> l0C(TPosition::CO1, 0, kFractal);
        LoadOperands(l0A, l0B, input);
        Mmad(l0C, l0A, l0B, FirstProduct());
        Order<HardEvent::M_FIX>();
        Fixpipe<float, float, CFG_ROW_MAJOR>(Global<float>(workspace), l0C, Tile(16));  // (1)
#ifdef CORRECTED
        SyncAll<false>();
#endif
    }
    if ASCEND_IS_AIV {
        const LocalTensor<float> x(TPosition::VECIN, 0, kFractal);
#ifdef CORRECTED
        SyncAll<false>();
#else
        SyncAll<true>();
#endif
        if (GetSubBlockIdx() == 0) {
            DataCopy(x, Global<float>(workspace), kFractal);  // (2)
            Order<HardEvent::MTE2_MTE3>();
            DataCopy(Global<float>(output), x, kFractal);
        }
    }
    PipeBarrier<PIPE_ALL>();
}
