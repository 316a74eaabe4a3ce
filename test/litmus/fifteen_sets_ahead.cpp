// litmus: fifteen-sets-ahead
// claim: A flag counts: fifteen sets may run ahead of their waits, and none of them is lost.
// rules: X2, X6
// rests on: CrossCore
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: hang forbidden
// outcome: error forbidden
// outcome: r0!=1 forbidden
// fast: r0=1
// checked: end
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 8;

constexpr uint32_t kSets = 15;

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

extern "C" __global__ __aicore__ void fifteen_sets_ahead(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIC {
        for (uint32_t set = 0; set < kSets; set += 1) {
            CrossCoreSetFlag<2, PIPE_FIX>(0);
        }
        CrossCoreSetFlag<2, PIPE_FIX>(1);
    }
    if ASCEND_IS_AIV {
        TPipe pipe;
        TBuf<TPosition::VECIN> buffer;
        pipe.InitBuffer(buffer, kWords * sizeof(int32_t));
        CrossCoreWaitFlag(1);
        for (uint32_t set = 0; set < kSets; set += 1) {
            CrossCoreWaitFlag(0);
        }
        if (GetSubBlockIdx() == 0) {
            Copy(result, input, 8, buffer);
        }
    }
}
