// fault: workspace-read-before-written
// claim: Nobody sets a workspace to zero: what the kernel has not written to it is what the kernel before has left.
// rules: L1, L3
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: uninitialised
// seen: with every seed
// names: workspace
// fixed by: a store before the load
#include "kernel.h"

KERNEL(workspace_read_before_written) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
#ifdef CORRECTED
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(workspace), x, kWords);
    Order<HardEvent::MTE3_MTE2>();
#endif
    DataCopy(x, Global<int32_t>(workspace), kWords);  // (1)
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(output), x, kWords);
    PipeBarrier<PIPE_ALL>();
}
