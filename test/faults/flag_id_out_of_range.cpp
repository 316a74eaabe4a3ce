// fault: flag-id-out-of-range
// claim: There are flags 0 to 7 of an event; this loop has a ninth slot, and no flag for it.
// rules: F6
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: flag
// seen: with every seed
// names: MTE2_V, 8
// fixed by: as many slots as flags
#include "kernel.h"

#ifdef CORRECTED
constexpr int32_t kFlag = 5;
#else
constexpr int32_t kFlag = 8;
#endif

KERNEL(flag_id_out_of_range) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    SetFlag<HardEvent::MTE2_V>(kFlag);  // (1)
    WaitFlag<HardEvent::MTE2_V>(kFlag);
    PipeBarrier<PIPE_ALL>();
}
