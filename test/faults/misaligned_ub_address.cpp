// fault: misaligned-ub-address
// claim: Vector instructions work on whole blocks of UB: an address that is no multiple of 32 is none.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[8:64] + 1
// report: misaligned
// seen: with every seed
// names: UB, 32
// fixed by: a distance of 8 words
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kFirst = 8;
#else
constexpr uint32_t kFirst = 1;
#endif

KERNEL(misaligned_ub_address) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, kWords);
    const LocalTensor<int32_t> y(TPosition::VECOUT, kBytes, kWords);
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_V>();
    Adds(y, x[kFirst], 1, kWords - kFirst);  // (1)
    Order<HardEvent::V_MTE3>();
    DataCopy(Global<int32_t>(output), y, 56);
    PipeBarrier<PIPE_ALL>();
}
