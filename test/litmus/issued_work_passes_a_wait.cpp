// litmus: issued-work-passes-a-wait
// claim: CrossCoreWaitFlag stops the issue of later instructions; what was issued before it goes on and completes.
// rules: X4
// rests on: CrossCore
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: hang forbidden
// outcome: r0!=1 forbidden
// fast: r0=1
// checked: end
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 8;

// Copies through UB; the store is issued, not complete, when this returns.
__aicore__ inline void Copy(GM_ADDR to, GM_ADDR from, uint32_t words, TBuf<TPosition::VECIN> &buffer) {
    GlobalTensor<int32_t> source, target;
    source.SetGlobalBuffer((__gm__ int32_t *)from);
    target.SetGlobalBuffer((__gm__ int32_t *)to);
    LocalTensor<int32_t> x = buffer.Get<int32_t>();
    DataCopy(x, source, words);
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopy(target, x, words);
}

__aicore__ inline void Post(GM_ADDR word, GM_ADDR value, TBuf<TPosition::VECIN> &buffer) {
    GlobalTensor<int32_t> source, counter;
    source.SetGlobalBuffer((__gm__ int32_t *)value);
    counter.SetGlobalBuffer((__gm__ int32_t *)word);
    LocalTensor<int32_t> posted = buffer.Get<int32_t>();
    DataCopy(posted, source, 8);
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopyPad(counter, posted, DataCopyExtParams(1, sizeof(int32_t), 0, 0, 0));
}

__aicore__ inline void Await(GM_ADDR word, TBuf<TPosition::VECIN> &buffer) {
    GlobalTensor<int32_t> counter;
    counter.SetGlobalBuffer((__gm__ int32_t *)word);
    LocalTensor<int32_t> seen = buffer.Get<int32_t>();
    int32_t value = 0;
    while (value == 0) {
        DataCopy(seen, counter, 8);
        SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
        WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
        value = seen.GetValue(0);
        SetFlag<HardEvent::S_MTE2>(EVENT_ID0);
        WaitFlag<HardEvent::S_MTE2>(EVENT_ID0);
    }
}

extern "C" __global__ __aicore__ void issued_work_passes_a_wait(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        TPipe pipe;
        TBuf<TPosition::VECIN> buffer;
        pipe.InitBuffer(buffer, kWords * sizeof(int32_t));
        if (GetSubBlockIdx() == 0) {
            Post(workspace, input, buffer);
            CrossCoreSetFlag<1, PIPE_V>(0);  // V is idle: this set does not wait for the store
            CrossCoreWaitFlag(0);
        } else {
            Await(workspace, buffer);  // ends only when the store of the waiting core has arrived
            CrossCoreSetFlag<1, PIPE_MTE2>(0);
            CrossCoreWaitFlag(0);
            Copy(result, workspace, 8, buffer);
        }
    }
}
