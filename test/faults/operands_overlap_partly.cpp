// fault: operands-overlap-partly
// claim: The instruction writes words that it has still to read, eight elements further on.
// rules: P2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + 1
// report: overlap
// seen: with every seed
// names: UB
// fixed by: a result in the place of the operand, or beside it
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kDistance = 0;
#else
constexpr uint32_t kDistance = 8;
#endif

KERNEL(operands_overlap_partly) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 2 * kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_V>();
    Adds(x[kDistance], x, 1, kWords);  // (1)
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), x[kDistance], kWords);
    PipeBarrier<PIPE_ALL>();
}
