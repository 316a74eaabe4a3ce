#ifndef MATMUL_TILING_H
#define MATMUL_TILING_H

#include <cstddef>
#include <cstdint>

struct MatmulTiling {
    int64_t m;
    int64_t k;
    int64_t n;
};

#endif  // MATMUL_TILING_H
