// fault: buffer-never-freed
// claim: The queue has one buffer, and the second round asks for it before the first has given it back.
// rules: Q2
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:128]
// report: over capacity
// seen: with every seed
// names: AllocTensor, queue
// fixed by: FreeTensor
#include "kernel.h"

KERNEL(buffer_never_freed) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    TPipe pipe;
    TQue<TPosition::VECIN, 1> loaded;
    TQue<TPosition::VECOUT, 1> ready;
    pipe.InitBuffer(loaded, 1, kBytes);
    pipe.InitBuffer(ready, 1, kBytes);
    for (uint32_t round = 0; round < 2; ++round) {
        LocalTensor<int32_t> x = loaded.AllocTensor<int32_t>();  // (1)
        DataCopy(x, Global<int32_t>(input)[round * kWords], kWords);
        loaded.EnQue(x);
        x = loaded.DeQue<int32_t>();
        LocalTensor<int32_t> y = ready.AllocTensor<int32_t>();
        Adds(y, x, 0, kWords);
#ifdef CORRECTED
        loaded.FreeTensor(x);
#endif
        ready.EnQue(y);
        y = ready.DeQue<int32_t>();
        DataCopy(Global<int32_t>(output)[round * kWords], y, kWords);
        ready.FreeTensor(y);
    }
}
