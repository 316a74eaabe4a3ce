// fault: used-after-free-tensor
// claim: FreeTensor hands the buffer to the next load, which overwrites it while V still reads it.
// rules: Q2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:128] + 1
// report: race
// seen: with every seed
// names: UB, V, MTE2
// fixed by: FreeTensor behind the last use
#include "kernel.h"

KERNEL(used_after_free_tensor) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    TPipe pipe;
    TQue<TPosition::VECIN, 1> loaded;
    TQue<TPosition::VECOUT, 1> ready;
    pipe.InitBuffer(loaded, 1, kBytes);
    pipe.InitBuffer(ready, 1, kBytes);
    for (uint32_t round = 0; round < 2; ++round) {
        LocalTensor<int32_t> incoming = loaded.AllocTensor<int32_t>();
        DataCopy(incoming, Global<int32_t>(input)[round * kWords], kWords);  // (2)
        loaded.EnQue(incoming);
        LocalTensor<int32_t> x = loaded.DeQue<int32_t>();
        LocalTensor<int32_t> y = ready.AllocTensor<int32_t>();
#ifndef CORRECTED
        loaded.FreeTensor(x);
#endif
        Adds(y, x, 1, kWords);  // (1)
#ifdef CORRECTED
        loaded.FreeTensor(x);
#endif
        ready.EnQue(y);
        LocalTensor<int32_t> outgoing = ready.DeQue<int32_t>();
        DataCopy(Global<int32_t>(output)[round * kWords], outgoing, kWords);
        ready.FreeTensor(outgoing);
    }
}
