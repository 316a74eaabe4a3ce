// Which of the kernels that fit a call is the quickest.
#include "aclnn/source/kernels.h"

namespace dovetail {

namespace {

int64_t CeilDivide(int64_t a, int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

}  // namespace

Kernel *LeastCost(const Package &package, uint64_t key, int64_t m, int64_t n, int64_t ranks, int64_t cores) {
    Kernel *best = nullptr;
    int64_t least = 0;
    for (size_t i = 0; i < package.count; ++i) {
        Kernel &kernel = package.kernels[i];
        if (kernel.key != key) {
            continue;
        }
        const bool apart = m > kernel.chunk || m % kernel.rows == 0;
        const int64_t row_tiles = apart ? ranks * CeilDivide(m, kernel.rows)
                                        : CeilDivide(m, kernel.rows) + CeilDivide((ranks - 1) * m, kernel.rows);
        const int64_t waves = CeilDivide(row_tiles * CeilDivide(n, kernel.columns), cores);
        if (best == nullptr || waves * kernel.tile_cost < least) {
            best = &kernel;
            least = waves * kernel.tile_cost;
        }
    }
    return best;
}

}  // namespace dovetail
