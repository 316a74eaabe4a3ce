// litmus: scalar-store-with-clean
// claim: SetValue to GM reaches a later load after DataCacheCleanAndInvalid, DataSyncBarrier and S_MTE2, in this
//        order.
// rules: C3
// rests on: Cache, CacheCleanAndInvalid, DataSyncBarrier
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0!=7 forbidden
// fast: r0=7
// checked: end
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 8;

__aicore__ inline void Observe(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    GlobalTensor<int32_t> source, target, scratch;
    source.SetGlobalBuffer((__gm__ int32_t *)input);
    target.SetGlobalBuffer((__gm__ int32_t *)result);
    scratch.SetGlobalBuffer((__gm__ int32_t *)workspace);
    TPipe pipe;
    TBuf<TPosition::VECIN> buffer;
    pipe.InitBuffer(buffer, kWords * sizeof(int32_t));
    LocalTensor<int32_t> x = buffer.GetWithOffset<int32_t>(kWords, 0);

    scratch.SetValue(0, 7);
    DataCacheCleanAndInvalid<int32_t, CacheLine::SINGLE_CACHE_LINE, DcciDst::CACHELINE_OUT>(scratch);
    DataSyncBarrier<MemDsbT::DDR>();
    SetFlag<HardEvent::S_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE2>(EVENT_ID0);
    DataCopy(x, scratch, 8);
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopy(target, x, 8);
}

extern "C" __global__ __aicore__ void scalar_store_with_clean(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result, workspace);
        }
    }
}
