// litmus: cross-core-mode-0
// claim: Mode 0 is a rendezvous of all vector cores of the launch.
// rules: X2, X3
// rests on: CrossCore, CrossCoreDetail
// runs: 1 rank, 2 blocks, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0!=4089 forbidden
// fast: r0=4089
// checked: end
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

extern "C" __global__ __aicore__ void cross_core_mode_0(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        TPipe pipe;
        TBuf<TPosition::VECIN> buffer;
        pipe.InitBuffer(buffer, kWords * sizeof(int32_t));
        if (GetBlockIdx() == 0) {
            Copy(workspace, input, kWords, buffer);
        }
        CrossCoreSetFlag<0, PIPE_MTE3>(0);
        CrossCoreWaitFlag(0);
        if (GetBlockIdx() == 3) {  // a vector core of the other block
            Copy(result, workspace + (kWords - 8) * sizeof(int32_t), 8, buffer);
        }
    }
}
