#include <cstdint>
#include <cstdio>
#include "gather_tiling.h"

extern "C" uint64_t gather_tiling_bytes(void) { return sizeof(GatherTiling); }

extern "C" int32_t gather_tiling(const int64_t *sizes, int64_t ranks, int64_t blocks, int64_t window_bytes,
                                 void *tiling, char *message, uint64_t message_size) {
    GatherTiling *made = static_cast<GatherTiling *>(tiling);
    made->m = sizes[0];
    made->k = sizes[1];
    const int64_t needed = 8192 + 2 * ranks * made->m * made->k;
    if (needed > window_bytes) {
        std::snprintf(message, message_size, "the window needs %lld bytes and has %lld", static_cast<long long>(needed),
                      static_cast<long long>(window_bytes));
        return 1;
    }
    return 0;
}
