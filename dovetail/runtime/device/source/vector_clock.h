// What is known to be complete: vector clocks over all pipes of all cores of all ranks.
//
// Every instruction of a pipe has a number, counted from 1 over all launches of a communicator. Flags and barriers wait
// for all earlier instructions of a pipe, never for one alone, so what happens before an instruction is a number for
// each pipe: everything up to it is complete before the instruction starts.
#ifndef DOVETAIL_SOURCE_VECTOR_CLOCK_H
#define DOVETAIL_SOURCE_VECTOR_CLOCK_H

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "dovetail/instruction.h"
#include "pages.h"

namespace dovetail {

// Pipes of a core, counted without gaps.
enum Lane : uint32_t { kScalar, kVector, kCube, kMte1, kMte2, kMte3, kFixpipe, kLanes };

constexpr Lane LaneOf(pipe_t pipe) { return pipe == PIPE_FIX ? kFixpipe : static_cast<Lane>(pipe); }
constexpr pipe_t PipeOf(uint32_t lane) { return lane == kFixpipe ? PIPE_FIX : static_cast<pipe_t>(lane); }

// A pipe of a core of a rank: (core of the communicator) * kLanes + lane.
using Component = uint32_t;

// One number for each component, in memory of the clocks of a launch; null = nothing. Whoever shares them lets them be.
// One thread alone has to do with the clocks of a launch, so that users are counted without further ado.
class SharedCounts {
public:
    SharedCounts() = default;
    SharedCounts(const SharedCounts &other) : block_(other.block_) {
        if (block_ != nullptr) {
            ++block_->users;
        }
    }
    SharedCounts(SharedCounts &&other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    SharedCounts &operator=(SharedCounts other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~SharedCounts() {
        if (block_ != nullptr && --block_->users == 0) {
            block_->next = *block_->unused;
            *block_->unused = block_;
        }
    }

    const uint32_t *get() const { return block_ != nullptr ? block_->numbers() : nullptr; }
    uint32_t operator[](size_t component) const { return block_->numbers()[component]; }
    explicit operator bool() const { return block_ != nullptr; }
    bool operator==(const SharedCounts &other) const { return block_ == other.block_; }
    bool operator!=(const SharedCounts &other) const { return block_ != other.block_; }

private:
    friend class Clocks;
    struct alignas(64) Block {
        uint32_t users;
        Block *next;     // that nobody uses
        Block **unused;  // where it goes when its last user has gone
        uint32_t *numbers() { return reinterpret_cast<uint32_t *>(this + 1); }
    };

    explicit SharedCounts(Block *block) : block_(block) {}
    Block *block_ = nullptr;
};

// The clock of something that happens on one core. Most joins are between pipes of one core, and touch only `own`.
struct Clock {
    uint32_t own[kLanes] = {};
    SharedCounts others;  // of all cores; null = nothing. What it says of this core's pipes is in `own` too.
};

// Clocks of one communicator. Joins of the same two `others` are made once.
class Clocks {
public:
    explicit Clocks(uint32_t components) : components_(components) {}
    Clocks(const Clocks &) = delete;
    Clocks &operator=(const Clocks &) = delete;

    uint32_t components() const { return components_; }

    // A copy of components() numbers.
    SharedCounts Copy(const uint32_t *numbers);
    // `into` learns what `from`, of the same core, knows.
    void Join(Clock &into, const Clock &from);
    // `into`, of core `core` of the communicator, learns what another core knows.
    void Learn(Clock &into, uint32_t core, const SharedCounts &from);
    // What a clock of `core` knows, for other cores.
    SharedCounts Share(const Clock &clock, uint32_t core);
    // The pointwise maximum; null counts as nothing.
    SharedCounts Merge(const SharedCounts &one, const SharedCounts &other);
    // `into`, which nobody else shares, becomes the pointwise maximum of itself and components() numbers.
    void Raise(SharedCounts &into, const uint32_t *from) const;

private:
    // Of components() numbers that may be anything.
    SharedCounts Take();

    static constexpr uint32_t kRemembered = 512;
    struct Merged {
        SharedCounts one, other, both;
    };
    // Where the join of the two is, or would be.
    Merged &Remembered(const SharedCounts &one, const SharedCounts &other);

    const uint32_t components_;
    std::vector<Pages> memory_;
    SharedCounts::Block *unused_ = nullptr;
    std::vector<Merged> remembered_{kRemembered};  // by a hash of the two addresses
};

// Whether instruction `number` of `component` is complete before what has this clock, on core `core`, starts.
inline bool Knows(const Clock &clock, uint32_t core, Component component, uint32_t number) {
    if (component / kLanes == core) {
        return clock.own[component % kLanes] >= number;
    }
    return clock.others && clock.others[component] >= number;
}

}  // namespace dovetail

#endif
