// What is known to be complete: vector clocks over all pipes of all cores of all ranks.
//
// Every instruction of a pipe has a number, counted from 1 over all launches of a communicator. Flags and barriers wait
// for all earlier instructions of a pipe, never for one alone, so what happens before an instruction is a number for
// each pipe: everything up to it is complete before the instruction starts.
#ifndef DOVETAIL_SOURCE_VECTOR_CLOCK_H
#define DOVETAIL_SOURCE_VECTOR_CLOCK_H

#include <cstdint>
#include <memory>
#include <vector>

#include "dovetail/instruction.h"

namespace dovetail {

// Pipes of a core, counted without gaps.
enum Lane : uint32_t { kScalar, kVector, kCube, kMte1, kMte2, kMte3, kFixpipe, kLanes };

constexpr Lane LaneOf(pipe_t pipe) { return pipe == PIPE_FIX ? kFixpipe : static_cast<Lane>(pipe); }
constexpr pipe_t PipeOf(uint32_t lane) { return lane == kFixpipe ? PIPE_FIX : static_cast<pipe_t>(lane); }

constexpr uint32_t kCoresOfBlock = 3;  // an AIC and two AIVs

// A pipe of a core of a rank: (core of the communicator) * kLanes + lane.
using Component = uint32_t;

// One number for each component.
using SharedCounts = std::shared_ptr<const uint32_t[]>;

// The clock of something that happens on one core. Most joins are between pipes of one core, and touch only `own`.
struct Clock {
    uint32_t own[kLanes] = {};
    SharedCounts others;  // of all cores; null = nothing. What it says of this core's pipes is in `own` too.
};

// Clocks of one communicator. Joins of the same two `others` are made once.
class Clocks {
public:
    explicit Clocks(uint32_t components) : components_(components) {}

    uint32_t components() const { return components_; }

    // A copy of components() numbers.
    std::shared_ptr<uint32_t[]> Copy(const uint32_t *numbers) const;
    // `into` learns what `from`, of the same core, knows.
    void Join(Clock &into, const Clock &from);
    // `into`, of core `core` of the communicator, learns what another core knows.
    void Learn(Clock &into, uint32_t core, const SharedCounts &from);
    // What a clock of `core` knows, for other cores.
    SharedCounts Share(const Clock &clock, uint32_t core) const;
    // The pointwise maximum; null counts as nothing.
    SharedCounts Merge(const SharedCounts &one, const SharedCounts &other);
    // `into` becomes the pointwise maximum of itself and `from`; both have components() numbers.
    void Raise(uint32_t *into, const uint32_t *from) const;

private:
    static constexpr uint32_t kRemembered = 512;
    struct Merged {
        SharedCounts one, other, both;
    };

    const uint32_t components_;
    std::vector<Merged> remembered_{kRemembered};  // by a hash of the two addresses
};

// Whether instruction `number` of `component` is complete before what has this clock, on core `core`, starts.
inline bool Knows(const Clock &clock, uint32_t core, Component component, uint32_t number) {
    if (component / kLanes == core) {
        return clock.own[component % kLanes] >= number;
    }
    return clock.others != nullptr && clock.others[component] >= number;
}

}  // namespace dovetail

#endif
