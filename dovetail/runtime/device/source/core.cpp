#include "core.h"

namespace dovetail {

int WindowOwner(const Launch &launch, uint64_t address) {
    const DovetailLaunch &request = *launch.request;
    for (uint32_t rank = 0; request.windows != nullptr && rank < request.ranks; ++rank) {
        const uint64_t window = reinterpret_cast<uint64_t>(request.windows[rank]);
        if (window != 0 && address >= window && address < window + request.window_bytes) {
            return static_cast<int>(rank);
        }
    }
    return -1;
}

}  // namespace dovetail
