// litmus: vector-chain-without-barrier
// claim: On architecture 2201 a dependent vector instruction without a barrier may read the old value.
// rules: P2, P6
// rests on: PipeBarrier, AutoSync
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0=1 allowed
// fast: r0=4091
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
    pipe.InitBuffer(buffer, 2 * kWords * sizeof(int32_t));
    LocalTensor<int32_t> x = buffer.GetWithOffset<int32_t>(kWords, 0);
    LocalTensor<int32_t> y = buffer.GetWithOffset<int32_t>(kWords, kWords * sizeof(int32_t));

    DataCopy(x, source, kWords);
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);
    Duplicate(y, 0, kWords);
    PipeBarrier<PIPE_V>();
    Adds(y, x, 1, kWords);
    Adds(x, y, 1, kWords);
    SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
    DataCopy(target, x[kWords - 8], 8);
}

extern "C" __global__ __aicore__ void vector_chain_without_barrier(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result);
        }
    }
}
