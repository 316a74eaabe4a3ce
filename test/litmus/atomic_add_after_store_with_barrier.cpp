// litmus: atomic-add-after-store-with-barrier
// claim: Between a plain store and an atomic add to the same place PipeBarrier<PIPE_MTE3> keeps the store first.
// rules: D2, B1
// rests on: Determinism, PipeBarrier
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0!=101 forbidden
// fast: r0=101
// checked: end
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 8;

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
    DataCopy(y, source[99], kWords);
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopy(target, x, kWords);
    PipeBarrier<PIPE_MTE3>();
    SetAtomicAdd<int32_t>();
    DataCopy(target, y, kWords);
    SetAtomicNone();
}

extern "C" __global__ __aicore__ void atomic_add_after_store_with_barrier(GM_ADDR input, GM_ADDR result,
                                                                          GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result);
        }
    }
}
