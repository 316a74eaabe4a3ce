// litmus: queue-hands-over
// claim: EnQue and DeQue are a flag from the producer to the consumer of a buffer, FreeTensor and AllocTensor one
//        back.
// rules: Q1, Q2
// rests on: TPipePrinciple, TQue, AutoSync
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// result: int32 r0, r1
// outcome: r0!=2 forbidden
// outcome: r1!=3074 forbidden
// fast: r0=2 r1=3074
// checked: end
#include "kernel_operator.h"
using namespace AscendC;

constexpr uint32_t kWords = 1024;

__aicore__ inline void Observe(GM_ADDR input, GM_ADDR result) {
    GlobalTensor<int32_t> source, target;
    source.SetGlobalBuffer((__gm__ int32_t *)input);
    target.SetGlobalBuffer((__gm__ int32_t *)result);
    TPipe pipe;
    TQue<TPosition::VECIN, 1> loaded;
    TQue<TPosition::VECOUT, 1> ready;
    pipe.InitBuffer(loaded, 2, kWords * sizeof(int32_t));
    pipe.InitBuffer(ready, 2, kWords * sizeof(int32_t));

    for (uint32_t round = 0; round < 4; round += 1) {
        LocalTensor<int32_t> incoming = loaded.AllocTensor<int32_t>();
        DataCopy(incoming, source[round * kWords], kWords);
        loaded.EnQue(incoming);

        LocalTensor<int32_t> x = loaded.DeQue<int32_t>();
        LocalTensor<int32_t> y = ready.AllocTensor<int32_t>();
        Adds(y, x, 1, kWords);
        loaded.FreeTensor(x);
        ready.EnQue(y);

        LocalTensor<int32_t> outgoing = ready.DeQue<int32_t>();
        if (round % 3 == 0) {
            DataCopy(target[(round / 3) * 8], outgoing, 8);
        }
        ready.FreeTensor(outgoing);
    }
}

extern "C" __global__ __aicore__ void queue_hands_over(GM_ADDR input, GM_ADDR result, GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            Observe(input, result);
        }
    }
}
