// fault: too-many-blocks
// claim: A copy has at most 4095 blocks.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: input[:1]
// report: limit
// seen: with every seed
// names: blockCount, 4096, 4095
// fixed by: two copies
#include "kernel.h"

#ifdef CORRECTED
constexpr uint16_t kBlocks = 2048;
#else
constexpr uint16_t kBlocks = 4096;
#endif

// One word to each block of UB.
KERNEL(too_many_blocks) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 4096 * 8);
    const DataCopyExtParams blocks(kBlocks, sizeof(int32_t), 0, 0, 0);
    for (uint32_t first = 0; first < 4096; first += kBlocks) {
        DataCopyPad(x[first * 8], Global<int32_t>(input)[first], blocks, DataCopyPadExtParams<int32_t>());  // (1)
    }
    Order<HardEvent::MTE2_MTE3>();
    DataCopyPad(Global<int32_t>(output), x, DataCopyExtParams(1, sizeof(int32_t), 0, 0, 0));
    PipeBarrier<PIPE_ALL>();
}
