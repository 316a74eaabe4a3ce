// fault: flag-id-of-the-system
// claim: Flags 6 and 7 belong to the system, which may set or clear them at any time.
// rules: F6
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: flag
// seen: with every seed
// names: MTE2_V, 6
// fixed by: flags 0 to 5
#include "kernel.h"

#ifdef CORRECTED
constexpr int32_t kFlag = 5;
#else
constexpr int32_t kFlag = 6;
#endif

KERNEL(flag_id_of_the_system) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    SetFlag<HardEvent::MTE2_V>(kFlag);  // (1)
    WaitFlag<HardEvent::MTE2_V>(kFlag);
    PipeBarrier<PIPE_ALL>();
}
