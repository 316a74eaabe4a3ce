#ifndef ALL_GATHER_MATMUL_TILING_H
#define ALL_GATHER_MATMUL_TILING_H

#include <cstddef>
#include <cstdint>

#include "kernel_tiling/kernel_tiling.h"

struct AllGatherMatmulTiling {
    Mc2InitTiling mc2InitTiling;
    Mc2CcTiling mc2CcTiling;
    int64_t m;
    int64_t k;
    int64_t n;
    int64_t chunkRows;
    int64_t chunks;
    int64_t slots;
    int64_t lanes;
};

#endif  // ALL_GATHER_MATMUL_TILING_H
