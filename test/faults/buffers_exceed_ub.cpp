// fault: buffers-exceed-ub
// claim: The queue asks for two buffers of 100 KB, and UB has 192 KB.
// rules: Q4
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: nothing
// report: over capacity
// seen: with every seed
// names: InitBuffer, UB
// fixed by: smaller buffers
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kLength = 80 * 1024;
#else
constexpr uint32_t kLength = 100 * 1024;
#endif

KERNEL(buffers_exceed_ub) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    TPipe pipe;
    TQue<TPosition::VECIN, 1> loaded;
    pipe.InitBuffer(loaded, 2, kLength);  // (1)
}
