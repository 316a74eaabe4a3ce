// fault: too-many-matrices
// claim: A copy from ND to NZ takes at most 4095 matrices.
// rules: P1
// runs: 1 rank, 1 block, 1 launch
// input: float16 digits
// output: input[:256]
// report: limit
// seen: with every seed
// names: ndNum, 4096, 4095
// fixed by: two copies
#include "kernel.h"

#ifdef CORRECTED
constexpr uint16_t kMatrices = 2048;
#else
constexpr uint16_t kMatrices = 4096;
#endif

// Matrices of one row and 16 columns.
KERNEL(too_many_matrices) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    InitSocState();
    const LocalTensor<half> l1(TPosition::A1, 0, 4096 * 16);
    for (uint32_t first = 0; first < 4096; first += kMatrices) {
        const Nd2NzParams matrices(kMatrices, 1, 16, 16, 16, 1, 1, 16);
        DataCopy(l1[first * 16], Global<half>(input)[first * 16], matrices);  // (1)
    }
    Order<HardEvent::MTE2_MTE3>();
    DataCopy(Global<half>(output), l1, kFractal);
    PipeBarrier<PIPE_ALL>();
}
