// litmus: atomic-adds-of-all-cores
// claim: Copies under SetAtomicAdd add up, whichever core they come from and in whatever order.
// rules: D1
// rests on: SetAtomicAdd, Determinism, SyncAll
// runs: 1 rank, 2 blocks, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0!=4 forbidden
// fast: r0=4
// checked: end
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 8;

// Each vector core adds 1 to every word of the sum.
__aicore__ inline void AddOne(GM_ADDR sum, TBuf<TPosition::VECIN> &buffer) {
    GlobalTensor<int32_t> target;
    target.SetGlobalBuffer((__gm__ int32_t *)sum);
    LocalTensor<int32_t> one = buffer.Get<int32_t>();
    Duplicate(one, 1, kWords);
    SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
    SetAtomicAdd<int32_t>();
    DataCopy(target, one, kWords);
    SetAtomicNone();
}

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

extern "C" __global__ __aicore__ void atomic_adds_of_all_cores(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        TPipe pipe;
        TBuf<TPosition::VECIN> buffer;
        pipe.InitBuffer(buffer, kWords * sizeof(int32_t));
        AddOne(workspace, buffer);
        SyncAll<true>();
        if (GetBlockIdx() == 0) {
            Copy(result, workspace, 8, buffer);
        }
    }
}
