// litmus: wait-on-another-pipe
// claim: A flag holds back only the pipe that it names: MTE2_V does not order MTE3 after MTE2.
// rules: F2
// rests on: SetFlag
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0=0 allowed
// fast: r0=4089
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

    Duplicate(x, 0, kWords);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE2>(EVENT_ID0);
    DataCopy(x, source, kWords);
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);  // V waits; MTE3 does not
    DataCopy(target, x[kWords - 8], 8);
}

extern "C" __global__ __aicore__ void wait_on_another_pipe(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result);
        }
    }
}
