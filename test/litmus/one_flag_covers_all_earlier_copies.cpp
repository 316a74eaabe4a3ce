// litmus: one-flag-covers-all-earlier-copies
// claim: SetFlag waits for every earlier instruction of its pipe, not only for the last one.
// rules: F1
// rests on: SetFlag
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0, r1
// outcome: r0!=4089 forbidden
// outcome: r1!=8 forbidden
// fast: r0=4089 r1=8
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

    DataCopy(x, source, kWords);
    DataCopy(y, source[7], 8);
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopy(target, x[kWords - 8], 8);
    DataCopy(target[8], y, 8);
}

extern "C" __global__ __aicore__ void one_flag_covers_all_earlier_copies(GM_ADDR input, GM_ADDR result,
                                                                         GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result);
        }
    }
}
