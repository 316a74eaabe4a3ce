// litmus: cross-core-set-on-another-pipe
// claim: CrossCoreSetFlag waits for the pipe that it names only: set on MTE2 it may pass a store of MTE3.
// rules: X1
// rests on: CrossCore
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0=0 allowed
// fast: r0=4089
// checked: race
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 4096;

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

extern "C" __global__ __aicore__ void cross_core_set_on_another_pipe(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        TPipe pipe;
        TBuf<TPosition::VECIN> buffer;
        pipe.InitBuffer(buffer, kWords * sizeof(int32_t));
        if (GetSubBlockIdx() == 0) {
            Copy(workspace, input, kWords, buffer);
        }
        CrossCoreSetFlag<1, PIPE_MTE2>(0);  // the data leave on MTE3
        CrossCoreWaitFlag(0);
        if (GetSubBlockIdx() == 1) {
            Copy(result, workspace + (kWords - 8) * sizeof(int32_t), 8, buffer);
        }
    }
}
