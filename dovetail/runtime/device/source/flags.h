// The rules of flags, apart from when they take effect: which events exist, and the counters between cores.
#ifndef DOVETAIL_SOURCE_FLAGS_H
#define DOVETAIL_SOURCE_FLAGS_H

#include <functional>

#include "core.h"

namespace dovetail {

// Fails unless `event` exists on this kind of core and `id` is in range.
void CheckEvent(Core &core, AscendC::HardEvent event, int32_t id, Location where);

// The pipe that sets an event and the pipe that waits for it.
struct EventPipes {
    pipe_t from, to;
};
EventPipes PipesOf(AscendC::HardEvent event);

// Fails where an id belongs to the system: 6 and 7 of events, 11 and above of flags between cores.
void CheckReserved(Core &core, AscendC::HardEvent event, int32_t id, Location where);
void CheckCrossCoreFlag(Core &core, uint16_t flag, Location where);

// Cores of the group that set together with `core`, and of those whose counters then go up.
bool SetsTogether(const Core &core, const Core &other, uint8_t mode);
bool Receives(const Core &core, const Core &other, uint8_t mode);

// Calls visit(other) for each core that takes part and has to do with sets of `core` in this mode.
template <typename Visit>
void ForEachOfGroup(const Core &core, uint8_t mode, Visit &&visit) {
    const auto &cores = core.rank->cores;
    const size_t first = mode == 0 ? 0 : core.identity.block * size_t{kCoresOfBlock};
    const size_t last = mode == 0 ? cores.size() : first + kCoresOfBlock;
    for (size_t place = first; place < last; ++place) {
        if (cores[place]->takes_part) {
            visit(*cores[place]);
        }
    }
}

// A set of `flag` by `core` takes effect: once all of its group have set, the counters of those it is for go up and
// cores that wait for them wake. Mode 0: all cores of one kind; 1: the AIVs of a block; 2: an AIC and its AIVs.
// Returns whether they went up.
bool CompleteCrossCoreSet(Core &core, uint8_t mode, uint16_t flag, Location where);

// Whether a core takes part in SyncAll.
bool JoinsMeeting(const Core &core, bool vectors_only);
// Returns once all have come that take part. The last to come calls `met` before the others go on.
void Meet(Core &core, bool vectors_only, Location where, const std::function<void()> &met);

// Nobody may end a launch with flags that were set and never waited for.
void CheckFlagsAtEnd(Core &core);

}  // namespace dovetail

#endif
