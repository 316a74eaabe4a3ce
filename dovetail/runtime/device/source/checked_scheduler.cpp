#include "checked_scheduler.h"

#include <algorithm>

#include "checked_executor.h"
#include "footprint.h"
#include "polling.h"

namespace dovetail {

namespace {

constexpr uint32_t kStepsOfRound = 256;
// A loop may poll a bounded number of times and then go on: when nothing else moves, each has so many polls left.
constexpr uint32_t kRoundsOfPolls = 64;
// Steps, for each core, in which all of them can look at what they poll once.
constexpr uint64_t kStepsOfPoll = 64;
// Rounds in which cores move, but do nothing that others, or their own pipes, could wait for.
constexpr uint64_t kLivelockRounds = 1 << 12;

}  // namespace

void CheckedWorker::MarkReady(Core &core, Lane lane) {
    CheckedCore &state = *core.checked;
    state.pipes[lane].stopped = {};
    state.ready |= 1u << lane;
    if (state.place_in_active == 0) {
        active_.push_back(&core);
        state.place_in_active = static_cast<uint32_t>(active_.size());
    }
}

void CheckedWorker::Deactivate(Core &core) {
    const uint32_t place = core.checked->place_in_active;
    core.checked->place_in_active = 0;
    active_[place - 1] = active_.back();
    active_.pop_back();
    if (place - 1 < active_.size()) {
        active_[place - 1]->checked->place_in_active = place;
    }
}

void CheckedWorker::Enqueue(Core &core) { MarkReady(core, kScalar); }

void CheckedWorker::NoteWrite(const Instruction &instruction) {
    if (sleepers_.empty()) {
        return;
    }
    Footprint footprint;
    DescribeFootprint(instruction, footprint);
    uint64_t begin = UINT64_MAX, end = 0;
    ForEachRun(footprint.writes, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
        begin = std::min(begin, operand.address + offset);
        end = std::max(end, operand.address + offset + bytes);
    });
    for (size_t i = 0; i < sleepers_.size();) {
        Core &core = *sleepers_[i];
        const uint64_t polled = reinterpret_cast<uint64_t>(core.polled);
        if (polled < end && begin < polled + core.polled_bytes) {
            sleepers_[i] = sleepers_.back();
            sleepers_.pop_back();
            Wake(core);
        } else {
            ++i;
        }
    }
}

// Those whose memory has changed, which other processes may have done, or all of them.
void CheckedWorker::WakeSleepers(bool all) {
    std::vector<Core *> asleep;
    asleep.swap(sleepers_);
    for (Core *core : asleep) {
        if (all || !StillHolds(*core)) {
            Wake(*core);
        } else {
            sleepers_.push_back(core);
        }
    }
}

bool CheckedWorker::RunStep() {
    const uint32_t place = active_.size() > 1 ? executor_.random().Below(static_cast<uint32_t>(active_.size())) : 0;
    return RunStep(*active_[place]);
}

bool CheckedWorker::RunStep(Core &core) {
    CheckedCore &state = *core.checked;
    // One of its lanes that may move.
    const uint32_t first = executor_.random().Below(kLanes);
    const uint32_t later = state.ready >> first << first;
    const auto lane = static_cast<Lane>(__builtin_ctz(later != 0 ? later : state.ready));
    bool worked = false;
    if (lane == kScalar) {
        state.ready &= ~1u;
        if (!state.is_stopped) {
            Resume(core);
            worked = core.wait == Wait::Ended;
            if (core.wait == Wait::Turn) {
                state.ready |= 1u;
            } else if (core.wait == Wait::Poll) {
                state.polls_for_ever = core.context.IsAsBefore(state.polling_stack) && state.polls_for_ever;
                sleepers_.push_back(&core);
            }
        }
    } else {
        const uint32_t slowness = state.pipes[lane].slowness;
        // A slow pipe lets others go first, where there are others.
        if (slowness != 0 && hurried_ < active_.size() && (executor_.random().Next() & ((1u << slowness) - 1)) != 0) {
            ++hurried_;
            return false;
        }
        hurried_ = 0;
        worked = executor_.Step(core, lane);
    }
    if (state.ready == 0 && state.place_in_active != 0) {
        Deactivate(core);
    }
    return worked;
}

bool CheckedWorker::RunRound() {
    const uint64_t before = launch_.control->progress.load(std::memory_order_relaxed);
    if (active_.empty() || launch_.has_remote_ranks) {
        WakeSleepers(false);
    }
    if (active_.empty() && rounds_of_polls_ < kRoundsOfPolls) {
        ++rounds_of_polls_;
        WakeSleepers(true);
    } else if (quiet_rounds_ != 0 && quiet_rounds_ % RoundsOfPoll() == 0) {
        // What looked like a loop that polls may have been two looks at a counter, by a core that goes on afterwards,
        // while cores that look at several counters in turn keep this worker busy.
        WakeSleepers(true);
    }
    bool worked = false;
    try {
        for (uint32_t step = 0; step < kStepsOfRound && !active_.empty() && !launch_.control->Failed(); ++step) {
            worked = RunStep() || worked;
        }
    } catch (const LaunchFailed &) {
    }
    if (worked || launch_.control->progress.load(std::memory_order_relaxed) != before) {
        rounds_of_polls_ = 0;
        return true;
    }
    return false;
}

uint64_t CheckedWorker::RoundsOfPoll() const { return 1 + kStepsOfPoll * unfinished_ / kStepsOfRound; }

bool CheckedWorker::IsAtRest() {
    if (active_.empty() && rounds_of_polls_ < kRoundsOfPolls) {
        return std::all_of(sleepers_.begin(), sleepers_.end(),
                           [](const Core *core) { return core->checked->polls_for_ever; });
    }
    return active_.empty() || quiet_rounds_ >= std::max(kLivelockRounds, kRoundsOfPolls * RoundsOfPoll());
}

}  // namespace dovetail
