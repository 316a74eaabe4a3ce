// litmus: message-passing-with-flag
// claim: What MTE2 wrote before SetFlag<MTE2_V> is what V reads after WaitFlag<MTE2_V>.
// rules: F1, F2
// rests on: SetFlag, IntraCore
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0!=4090 forbidden
// fast: r0=4090
// checked: end
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 4096;

__aicore__ inline void Observe(GM_ADDR input, GM_ADDR result) {
    GlobalTensor<int32_t> source, target;
    source.SetGlobalBuffer((__gm__ int32_t *)input);
    target.SetGlobalBuffer((__gm__ int32_t *)result);
    TPipe pipe;
    TBuf<TPosition::VECIN> buffer;
    pipe.InitBuffer(buffer, 2 * kWords * sizeof(int32_t));
    LocalTensor<int32_t> x = buffer.GetWithOffset<int32_t>(kWords, 0);
    LocalTensor<int32_t> y = buffer.GetWithOffset<int32_t>(kWords, kWords * sizeof(int32_t));

    DataCopy(x, source, kWords);
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);
    Adds(y, x, 1, kWords);
    SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
    DataCopy(target, y[kWords - 8], 8);
}

extern "C" __global__ __aicore__ void message_passing_with_flag(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result);
        }
    }
}
