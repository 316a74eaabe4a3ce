// litmus: cross-core-mode-2
// claim: A chain of mode 2 flags (both vector cores to the cube core, the cube core to both) carries what one vector
//        core stored to the other.
// rules: X1, X2, X3
// rests on: CrossCore, CrossCoreDetail
// runs: 1 rank, 1 block, 1 launch
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

extern "C" __global__ __aicore__ void cross_core_mode_2(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIC {
        CrossCoreWaitFlag(0);
        CrossCoreSetFlag<2, PIPE_FIX>(1);
    }
    if ASCEND_IS_AIV {
        TPipe pipe;
        TBuf<TPosition::VECIN> buffer;
        pipe.InitBuffer(buffer, kWords * sizeof(int32_t));
        if (GetSubBlockIdx() == 0) {
            Copy(workspace, input, kWords, buffer);
        }
        CrossCoreSetFlag<2, PIPE_MTE3>(0);  // after all earlier instructions of MTE3
        CrossCoreWaitFlag(1);
        if (GetSubBlockIdx() == 1) {
            Copy(result, workspace + (kWords - 8) * sizeof(int32_t), 8, buffer);
        }
    }
}
