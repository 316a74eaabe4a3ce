// fault: used-before-dequeued
// claim: Only DeQue waits for the load: V reads the tensor that was put into the queue, and may find the old words in
//        it.
// rules: Q1, Q3
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64] + 1
// report: race
// seen: with every seed
// names: UB, MTE2, V
// fixed by: DeQue before the first use
#include "kernel.h"

KERNEL(used_before_dequeued) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    TPipe pipe;
    TQue<TPosition::VECIN, 1> loaded;
    TQue<TPosition::VECOUT, 1> ready;
    pipe.InitBuffer(loaded, 1, kBytes);
    pipe.InitBuffer(ready, 1, kBytes);
    LocalTensor<int32_t> x = loaded.AllocTensor<int32_t>();
    DataCopy(x, Global<int32_t>(input), kWords);  // (1)
    loaded.EnQue(x);
#ifdef CORRECTED
    x = loaded.DeQue<int32_t>();
#endif
    LocalTensor<int32_t> y = ready.AllocTensor<int32_t>();
    Adds(y, x, 1, kWords);  // (2)
#ifndef CORRECTED
    x = loaded.DeQue<int32_t>();
#endif
    loaded.FreeTensor(x);
    ready.EnQue(y);
    LocalTensor<int32_t> outgoing = ready.DeQue<int32_t>();
    DataCopy(Global<int32_t>(output), outgoing, kWords);
    ready.FreeTensor(outgoing);
}
