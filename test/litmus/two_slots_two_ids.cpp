// litmus: two-slots-two-ids
// claim: Two slots with one event id each: every slot is loaded, stored and loaded again in order.
// rules: F2, F6, F7
// rests on: SetFlag
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0, r1
// outcome: r0!=1025 forbidden
// outcome: r1!=3073 forbidden
// fast: r0=1025 r1=3073
// checked: end
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 16;

__aicore__ inline void Observe(GM_ADDR input, GM_ADDR result) {
    GlobalTensor<int32_t> source, target;
    source.SetGlobalBuffer((__gm__ int32_t *)input);
    target.SetGlobalBuffer((__gm__ int32_t *)result);
    TPipe pipe;
    TBuf<TPosition::VECIN> buffer;
    pipe.InitBuffer(buffer, kWords * sizeof(int32_t));
    LocalTensor<int32_t> x = buffer.GetWithOffset<int32_t>(kWords, 0);

    for (int32_t slot = 0; slot < 2; slot += 1) {
        SetFlag<HardEvent::MTE3_MTE2>(slot);  // both slots start out free
    }
    for (int32_t round = 0; round < 4; round += 1) {
        int32_t slot = round % 2;
        WaitFlag<HardEvent::MTE3_MTE2>(slot);
        DataCopy(x[slot * 8], source[round * 1024], 8);
        SetFlag<HardEvent::MTE2_MTE3>(slot);
        WaitFlag<HardEvent::MTE2_MTE3>(slot);
        if (slot == 1) {
            DataCopy(target[(round / 2) * 8], x[slot * 8], 8);
        }
        SetFlag<HardEvent::MTE3_MTE2>(slot);
    }
    for (int32_t slot = 0; slot < 2; slot += 1) {
        WaitFlag<HardEvent::MTE3_MTE2>(slot);  // sets and waits pair up before the kernel ends
    }
}

extern "C" __global__ __aicore__ void two_slots_two_ids(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result);
        }
    }
}
