// fault: load-overwrites-what-the-scalar-reads
// claim: That the scalar unit has issued GetValue first holds back no load: the next one changes x before it is read.
// rules: P4
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[64:128] + input[0]
// report: race
// seen: with every seed
// names: UB, S, MTE2
// fixed by: WaitFlag<HardEvent::S_MTE2>
#include "kernel.h"

KERNEL(load_overwrites_what_the_scalar_reads) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_S>();
    PipeBarrier<PIPE_MTE2>();              // between the loads; what is missing lies between GetValue and load
    const int32_t addend = x.GetValue(0);  // (1)
#ifdef CORRECTED
    SetFlag<HardEvent::S_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE2>(EVENT_ID0);
#endif
    DataCopy(x, Global<int32_t>(input)[kWords], kWords);  // (2)
    Order<HardEvent::MTE2_V>();
    Adds(y, x, addend, kWords);
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, kWords);
    PipeBarrier<PIPE_ALL>();
}
