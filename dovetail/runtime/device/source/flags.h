// The rules of flags, apart from when they take effect: which events exist, and the counters between cores.
#ifndef DOVETAIL_SOURCE_FLAGS_H
#define DOVETAIL_SOURCE_FLAGS_H

#include "core.h"

namespace dovetail {

// Fails unless `event` exists on this kind of core and `id` is in range.
void CheckEvent(Core &core, AscendC::HardEvent event, int32_t id, Location where);

// A set of `flag` by `core` takes effect: once all of its group have set, the counters of those it is for go up and
// cores that wait for them wake. Mode 0: all cores of one kind; 1: the AIVs of a block; 2: an AIC and its AIVs.
void CompleteCrossCoreSet(Core &core, uint8_t mode, uint16_t flag, Location where);

// Nobody may end a launch with flags that were set and never waited for.
void CheckFlagsAtEnd(Core &core);

}  // namespace dovetail

#endif
