// litmus: scalar-reads-after-flag
// claim: GetValue of a local tensor after WaitFlag<MTE2_S> reads what the copy brought.
// rules: C1, F2
// rests on: SetFlag, Cache, AutoSync
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0!=4089 forbidden
// fast: r0=4089
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

    Duplicate(y, 0, 8);
    SetFlag<HardEvent::V_S>(EVENT_ID0);
    WaitFlag<HardEvent::V_S>(EVENT_ID0);
    Duplicate(x, 0, kWords);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE2>(EVENT_ID0);
    DataCopy(x, source, kWords);
    SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
    y.SetValue(0, x.GetValue(kWords - 8));
    SetFlag<HardEvent::S_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE3>(EVENT_ID0);
    DataCopy(target, y, 8);
}

extern "C" __global__ __aicore__ void scalar_reads_after_flag(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result);
        }
    }
}
