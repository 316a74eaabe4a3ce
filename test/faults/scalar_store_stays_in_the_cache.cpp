// fault: scalar-store-stays-in-the-cache
// claim: What SetValue writes to global memory stays in the data cache of the core; the load takes the old word.
// rules: C2, C3
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: [7]
// report: race
// seen: with every seed
// names: SetValue, data cache
// fixed by: DataCacheCleanAndInvalid, DataSyncBarrier<MemDsbT::DDR>
#include "kernel.h"

KERNEL(scalar_store_stays_in_the_cache) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const LocalTensor<int32_t> x(TPosition::VECIN, 0, 8);
    GlobalTensor<int32_t> word = Global<int32_t>(workspace);
    word.SetValue(0, 7);  // (1)
#ifdef CORRECTED
    DataCacheCleanAndInvalid<int32_t, CacheLine::SINGLE_CACHE_LINE, DcciDst::CACHELINE_OUT>(word);
    DataSyncBarrier<MemDsbT::DDR>();
#endif
    Order<HardEvent::S_MTE2>();
    DataCopyPad(x, word, DataCopyExtParams(1, sizeof(int32_t), 0, 0, 0), DataCopyPadExtParams<int32_t>());  // (2)
    Order<HardEvent::MTE2_MTE3>();
    DataCopyPad(Global<int32_t>(output), x, DataCopyExtParams(1, sizeof(int32_t), 0, 0, 0));
    PipeBarrier<PIPE_ALL>();
}
