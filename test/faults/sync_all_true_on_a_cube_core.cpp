// fault: sync-all-true-on-a-cube-core
// claim: SyncAll<true> joins the vector cores only; a cube core has no place in it.
// rules: S1, S2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: flag
// seen: with every seed
// names: SyncAll<true>, AIC
// fixed by: SyncAll<false>
#include "kernel.h"

#ifdef CORRECTED
constexpr bool kVectorsOnly = false;
#else
constexpr bool kVectorsOnly = true;
#endif

KERNEL(sync_all_true_on_a_cube_core) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    SyncAll<kVectorsOnly>();  // (1)
    PipeBarrier<PIPE_ALL>();
}
