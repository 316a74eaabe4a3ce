// litmus: store-then-load-without-flag
// claim: Program order alone does not carry a store of MTE3 to a later load of MTE2, even at one address.
// rules: P1
// rests on: IntraCore
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0=0 allowed
// fast: r0=4089
// checked: race
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 4096;

__aicore__ inline void Observe(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    GlobalTensor<int32_t> source, target, scratch;
    source.SetGlobalBuffer((__gm__ int32_t *)input);
    target.SetGlobalBuffer((__gm__ int32_t *)result);
    scratch.SetGlobalBuffer((__gm__ int32_t *)workspace);
    TPipe pipe;
    TBuf<TPosition::VECIN> buffer;
    pipe.InitBuffer(buffer, 2 * kWords * sizeof(int32_t));
    LocalTensor<int32_t> x = buffer.GetWithOffset<int32_t>(kWords, 0);
    LocalTensor<int32_t> y = buffer.GetWithOffset<int32_t>(kWords, kWords * sizeof(int32_t));

    DataCopy(x, source, kWords);
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopy(scratch, x, kWords);
    DataCopy(y, scratch[kWords - 8], 8);  // may run before the store
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID1);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID1);
    DataCopy(target, y, 8);
}

extern "C" __global__ __aicore__ void store_then_load_without_flag(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result, workspace);
        }
    }
}
