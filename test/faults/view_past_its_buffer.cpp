// fault: view-past-its-buffer
// claim: The view starts in the buffer and ends behind it.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:64]
// report: out of bounds
// seen: with every seed
// names: GetWithOffset, 544, 512
// fixed by: an offset that leaves room for the view
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kOffset = kBytes;
#else
constexpr uint32_t kOffset = kBytes + 32;
#endif

KERNEL(view_past_its_buffer) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    TPipe pipe;
    TBuf<TPosition::VECCALC> buffer;
    pipe.InitBuffer(buffer, 2 * kBytes);
    LocalTensor<int32_t> x = buffer.GetWithOffset<int32_t>(kWords, kOffset);  // (1)
    DataCopy(x, Global<int32_t>(input), kWords);
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<int32_t>(output), x, kWords);
}
