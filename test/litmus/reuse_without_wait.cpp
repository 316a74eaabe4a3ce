// litmus: reuse-without-wait
// claim: Without MTE3_MTE2 the next load may overwrite a buffer that a store is still reading.
// rules: P1
// rests on: SetFlag, IntraCore
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0, r1
// outcome: r0=8185 allowed
// fast: r0=4089 r1=8185
// checked: race
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 4096;

__aicore__ inline void Observe(GM_ADDR input, GM_ADDR result) {
    GlobalTensor<int32_t> source, target;
    source.SetGlobalBuffer((__gm__ int32_t *)input);
    target.SetGlobalBuffer((__gm__ int32_t *)result);
    TPipe pipe;
    TBuf<TPosition::VECIN> buffer;
    pipe.InitBuffer(buffer, kWords * sizeof(int32_t));
    LocalTensor<int32_t> x = buffer.GetWithOffset<int32_t>(kWords, 0);

    for (uint32_t round = 0; round < 2; round += 1) {
        DataCopy(x, source[round * kWords], kWords);  // the second round does not wait for the first store
        SetFlag<HardEvent::MTE2_MTE3>(round);
        WaitFlag<HardEvent::MTE2_MTE3>(round);
        DataCopy(target[round * 8], x[kWords - 8], 8);
    }
}

extern "C" __global__ __aicore__ void reuse_without_wait(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result);
        }
    }
}
