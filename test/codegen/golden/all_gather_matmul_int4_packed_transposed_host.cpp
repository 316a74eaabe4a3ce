#include <cstdint>
#include <cstdio>

#include "all_gather_matmul_tiling.h"

// Fills the tiling struct for sizes m, k, n. Returns 0, or 1 with a message that says why not.
extern "C" int32_t all_gather_matmul_tiling(const int64_t *sizes, int64_t ranks, int64_t blocks, int64_t windowBytes,
        void *tilingBytes, char *message, uint64_t messageSize) {
    const int64_t m = sizes[0];
    const int64_t k = sizes[1];
    const int64_t n = sizes[2];
    auto *tiling = static_cast<AllGatherMatmulTiling *>(tilingBytes);
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
    if (k % 2 != 0) {
        snprintf(message, messageSize, "k is even where two elements share a byte, not %lld",
                static_cast<long long>(k));
        return 1;
    }
    const int64_t rowBytes = ranks * k / 2;
    const int64_t available = windowBytes - 264192 > 0 ? windowBytes - 264192 : 0;
    const int64_t fittingRows = available / rowBytes;
    if (fittingRows < 1) {
        snprintf(message, messageSize,
                "the window is too small: %lld MB are needed, and it has %lld MB; HCCL_BUFFSIZE sets its size in MB",
                static_cast<long long>((rowBytes + 1312767) / 1048576), static_cast<long long>(windowBytes / 1048576));
        return 1;
    }
    const int64_t wantedRows = m < 128 ? m : 128;
    const int64_t leastSlots = wantedRows == m ? 1 : 2;
    const int64_t sharedRows = fittingRows / leastSlots;
    const int64_t shrunkRows = sharedRows >= 16 ? sharedRows / 16 * 16 : (fittingRows < 16 ? fittingRows : 16);
    const bool enough = sharedRows >= wantedRows;
    const int64_t chunkRows = enough ? wantedRows : (wantedRows < shrunkRows ? wantedRows : shrunkRows);
    const int64_t chunks = (m + chunkRows - 1) / chunkRows;
    const int64_t fittingChunks = fittingRows / chunkRows;
    const int64_t heldChunks = fittingChunks < 8 ? fittingChunks : 8;
    const int64_t lanes = blocks < 8 ? blocks : 8;
    const int64_t slots = heldChunks < chunks ? heldChunks : chunks;
    tiling->chunkRows = chunkRows;
    tiling->chunks = chunks;
    tiling->slots = slots;
    tiling->lanes = lanes;
    return 0;
}

extern "C" uint64_t all_gather_matmul_tiling_bytes() {
    return sizeof(AllGatherMatmulTiling);
}
