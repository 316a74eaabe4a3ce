// The kernels of a package: shared objects that are loaded when they are first used.
#ifndef DOVETAIL_ACLNN_KERNELS_H
#define DOVETAIL_ACLNN_KERNELS_H

#include <cstdint>
#include <string>

#include "dovetail/operator.h"

namespace dovetail {

// The entry of a kernel, and its functions for the host.
struct LoadedKernel {
    using Tiling = int32_t (*)(const int64_t *sizes, int64_t ranks, int64_t blocks, int64_t window, void *tiling,
                               char *message, uint64_t message_size);
    void *entry;
    Tiling fill;
    uint64_t tiling_bytes;
    uint64_t (*workspace_bytes)(int64_t blocks);  // null where a launch wants none
};

// Null, with the fault, if the object is missing or is no kernel. Objects stay loaded.
const LoadedKernel *Load(const Package &package, Kernel &kernel, std::string *fault);

// The kernel of this key whose tiles take least time; null if there is none.
//
// A rank's rows are divided apart from the other ranks', but where a tile does not divide them and they travel in one
// piece: then its own rows are one group and those of all others another. The tiles go round the cores in waves, and a
// tile costs the same whether it is full or not:
//
//     row tiles = ranks * ceil(m / rows), or ceil(m / rows) + ceil((ranks - 1) * m / rows)
//     cost = ceil(row tiles * ceil(n / columns) / cores) * cost of a tile
Kernel *LeastCost(const Package &package, uint64_t key, int64_t m, int64_t n, int64_t ranks, int64_t cores);

// What a message about the type of an argument adds: " (this package holds kernels for A, B)", or nothing if kernels do
// not differ in its type.
std::string HeldTypes(const Package &package, const char *argument);

}  // namespace dovetail

#endif
