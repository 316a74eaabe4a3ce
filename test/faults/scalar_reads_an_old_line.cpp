// fault: scalar-reads-an-old-line
// claim: The second GetValue finds the line in the data cache of the core, as it was before the copy wrote 2.
// rules: C2, C3
// runs: 1 rank, 1 block, 1 launch
// input: int32 counting
// output: [2]
// report: race
// seen: with every seed
// names: GetValue, data cache
// fixed by: DataCacheCleanAndInvalid
#include "kernel.h"

KERNEL(scalar_reads_an_old_line) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    InitSocState();
    const GlobalTensor<int32_t> word = Global<int32_t>(workspace);
    Post(word, 1);
    int32_t value = word.GetValue(0);
    Post(word, 1 + value);
#ifdef CORRECTED
    DataCacheCleanAndInvalid<int32_t, CacheLine::SINGLE_CACHE_LINE, DcciDst::CACHELINE_OUT>(word);
#endif
    value = word.GetValue(0);  // (1)
    Post(Global<int32_t>(output), value);
    PipeBarrier<PIPE_ALL>();
}
