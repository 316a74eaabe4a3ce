// What cores issue and what becomes of it, written down for a judge outside of the checker.
#ifndef DOVETAIL_SOURCE_TRACE_H
#define DOVETAIL_SOURCE_TRACE_H

#include "checked_core.h"
#include "dovetail/launch.h"

namespace dovetail {

class Trace {
public:
    // Null: nothing is written.
    explicit Trace(DovetailTrace *to) : to_(to) {}

    bool IsOn() const { return to_ != nullptr; }

    void Write(const DovetailEvent &event) {
        if (to_ != nullptr) {
            if (to_->event_count < to_->event_capacity) {
                to_->events[to_->event_count] = event;
            }
            ++to_->event_count;
        }
    }
    // An instruction has started, and the checker knows this much of all components.
    void WriteStart(const CheckedCore &core, Lane lane, uint32_t number, const Clock &clock, uint32_t components);

private:
    DovetailTrace *const to_;
};

}  // namespace dovetail

#endif
