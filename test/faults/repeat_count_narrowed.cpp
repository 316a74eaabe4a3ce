// fault: repeat-count-narrowed
// claim: The number of repeats has eight bits: 256 becomes 0, and nothing is loaded.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: input[65280:65536]
// report: limit
// seen: with every seed
// names: repeatTimes, 256
// fixed by: two loads
#include "kernel.h"

#ifdef CORRECTED
constexpr uint32_t kRepeats = 128;
#else
constexpr uint32_t kRepeats = 256;
#endif

KERNEL(repeat_count_narrowed) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l1(TPosition::A1, 0, 256 * kFractal);
    uint32_t repeats = kRepeats;
    for (uint32_t first = 0; first < 256; first += repeats) {
        const LoadData2DParams fractals(0, repeats, 1, 0, 0, false, 0);                   // (1)
        LoadData(l1[first * kFractal], Global<half>(input)[first * kFractal], fractals);  // (1)
    }
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<half>(output), l1[255 * kFractal], kFractal);
    PipeBarrier<PIPE_ALL>();
}
