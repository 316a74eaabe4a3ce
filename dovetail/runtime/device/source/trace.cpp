#include "trace.h"

#include <algorithm>
#include <cstring>

namespace dovetail {

void Trace::WriteStart(const CheckedCore &core, Lane lane, uint32_t number, const Clock &clock, uint32_t components) {
    if (to_ == nullptr || to_->clocks == nullptr) {
        return;
    }
    if (to_->clock_count < to_->clock_capacity) {
        uint32_t *row = to_->clocks + to_->clock_count * components;
        if (clock.others) {
            std::copy(clock.others.get(), clock.others.get() + components, row);
        } else {
            std::fill(row, row + components, 0);
        }
        memcpy(row + core.number * kLanes, clock.own, sizeof(clock.own));
    }
    Write({DOVETAIL_STARTED, lane, core.number, 0, number, to_->clock_count++, 0});
}

}  // namespace dovetail
