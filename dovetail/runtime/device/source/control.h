// What the workers of a launch share, within one process or between several: progress, idleness, the first failure.
#ifndef DOVETAIL_SOURCE_CONTROL_H
#define DOVETAIL_SOURCE_CONTROL_H

#include <atomic>
#include <cstdint>

#include "dovetail/launch.h"

namespace dovetail {

// Lies in shared memory, so it holds no pointers; all zero is its initial state. `progress` counts the events that can
// wake somebody: writes to global memory, flags between cores, cores that end. A rank publishes the count at which all
// its cores had been found waiting; when every rank has published the current count, nobody can ever move again.
struct Control {
    struct Rank {
        std::atomic<uint64_t> started;   // launches begun
        std::atomic<uint64_t> finished;  // launches ended
        std::atomic<uint64_t> idle_at;   // 1 + progress at which this rank was found idle; 0 while it can move
    };

    std::atomic<uint64_t> progress;
    std::atomic<uint32_t> failing;  // set by the first rank to fail, which then writes `message`
    std::atomic<uint32_t> failed;   // `message` can be read
    Rank ranks[DOVETAIL_MAX_RANKS];
    char message[2048];
    char waiting[DOVETAIL_MAX_RANKS][160];  // what a rank waits for, valid while it is idle

    bool Failed() const { return failed.load(std::memory_order_relaxed) != 0; }
    // Keeps the first message for good; later ones are dropped.
    void Fail(const char *text);
    void Advance() { progress.fetch_add(1, std::memory_order_relaxed); }
    // Whether every one of `count` ranks has ended launch `launch` or is idle at the current count of progress.
    bool AllIdle(uint32_t count, uint64_t launch) const;
};
static_assert(sizeof(Control) <= DOVETAIL_CONTROL_BYTES, "the control block outgrew its size");

}  // namespace dovetail

#endif
