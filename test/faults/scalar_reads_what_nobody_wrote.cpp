// fault: scalar-reads-what-nobody-wrote
// claim: UB holds anything when a kernel starts: a counter in it is not zero.
// rules: L1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + 1
// report: uninitialised
// seen: with every seed
// names: UB
// fixed by: SetValue before GetValue
#include "kernel.h"

KERNEL(scalar_reads_what_nobody_wrote) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords), count(TPosition::VECCALC, kBytes, 8);
    const LocalTensor<int32_t> y(TPosition::VECOUT, 2 * kBytes, kWords);
#ifdef CORRECTED
    count.SetValue(0, 0);
#endif
    const int32_t counted = count.GetValue(0) + 1;  // (1)
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_V>();
    Adds(y, x, counted, kWords);
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, kWords);
    PipeBarrier<PIPE_ALL>();
}
