#ifndef ALL_GATHER_TWO_MATMULS_TILING_H
#define ALL_GATHER_TWO_MATMULS_TILING_H

#include <cstddef>
#include <cstdint>

#include "kernel_tiling/kernel_tiling.h"

struct AllGatherTwoMatmulsTiling {
    Mc2InitTiling mc2InitTiling;
    Mc2CcTiling mc2CcTiling;
    int64_t m;
    int64_t k;
    int64_t query_size;
    int64_t key_size;
    int64_t chunkRows;
    int64_t chunks;
    int64_t slots;
    int64_t lanes;
};

#endif  // ALL_GATHER_TWO_MATMULS_TILING_H
