#include "checked_core.h"

namespace dovetail {

void PipeState::Clear() {
    PipeState cleared;
    while (!queue.empty()) {
        queue.pop_front();
    }
    in_flight.clear();
    sets.clear();
    learnt.clear();
    std::swap(cleared.queue, queue);
    std::swap(cleared.in_flight, in_flight);
    std::swap(cleared.sets, sets);
    std::swap(cleared.learnt, learnt);
    *this = std::move(cleared);
}

void CheckedCore::Clear() {
    for (PipeState &pipe : pipes) {
        pipe.Clear();
    }
    flags.clear();
    buffer_indices.clear();
    buffers.clear();
    for (auto &sets_of_mode : cross_core_sets) {
        for (std::vector<Clock> &sets : sets_of_mode) {
            sets.clear();
        }
    }
    for (std::vector<SharedCounts> &arrivals : cross_core_arrivals) {
        arrivals.clear();
    }
    for (CrossCoreWaits &waits : cross_core_waits) {
        waits = {};
    }
    cache.clear();
    polling_stack.clear();
    for (std::vector<uint32_t> &numbers : counters_read) {
        numbers.clear();
    }
    static_cast<Progress &>(*this) = {};
}

}  // namespace dovetail
