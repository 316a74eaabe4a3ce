#include <cstdint>
#include <cstdio>

#include "matmul_tiling.h"

// Fills the tiling struct for sizes m, k, n. Returns 0, or 1 with a message that says why not.
extern "C" int32_t matmul_tiling(const int64_t *sizes, int64_t ranks, int64_t blocks, int64_t windowBytes,
        void *tilingBytes, char *message, uint64_t messageSize) {
    (void)windowBytes;
    const int64_t m = sizes[0];
    const int64_t k = sizes[1];
    const int64_t n = sizes[2];
    auto *tiling = static_cast<MatmulTiling *>(tilingBytes);
    if (m < 1) {
        snprintf(message, messageSize, "m is at least 1, not %lld", static_cast<long long>(m));
        return 1;
    }
    tiling->m = m;
    if (k < 1) {
        snprintf(message, messageSize, "k is at least 1, not %lld", static_cast<long long>(k));
        return 1;
    }
    tiling->k = k;
    if (n < 1) {
        snprintf(message, messageSize, "n is at least 1, not %lld", static_cast<long long>(n));
        return 1;
    }
    tiling->n = n;
    if (ranks < 1) {
        snprintf(message, messageSize, "ranks are 1 to 64, not %lld", static_cast<long long>(ranks));
        return 1;
    }
    if (ranks > 64) {
        snprintf(message, messageSize, "ranks are 1 to 64, not %lld", static_cast<long long>(ranks));
        return 1;
    }
    if (blocks < 1) {
        snprintf(message, messageSize, "blocks are 1 to 64, not %lld", static_cast<long long>(blocks));
        return 1;
    }
    if (blocks > 64) {
        snprintf(message, messageSize, "blocks are 1 to 64, not %lld", static_cast<long long>(blocks));
        return 1;
    }
    return 0;
}

extern "C" uint64_t matmul_tiling_bytes() {
    return sizeof(MatmulTiling);
}
