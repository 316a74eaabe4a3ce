// What a core that polls in vain waits for. Its program alone knows that, so it is asked: the core goes on by itself,
// and finds greater and greater values where it polls, until it leaves its loop. The launch has failed by then, so
// nothing of this matters to anybody else.
#include <cstring>

#include "checked_executor.h"
#include "checked_scheduler.h"

namespace dovetail {

namespace {

constexpr uint32_t kMostProbed = 6;    // cores of a report
constexpr int32_t kMostAdded = 64;     // to what is there
constexpr uint32_t kMostSteps = 4000;  // that a core takes to look once
constexpr uint64_t kCounterPitch = 32;
constexpr uint64_t kWordBytes = 4;

// Calls visit(word in UB) for the first word of each 32 bytes that the last load brought.
template <typename Visit>
void ForEachCounter(Core &core, Visit &&visit) {
    const CopyShape &shape = core.polled_shape;
    uint8_t *base = core.memories[static_cast<int>(Memory::UB)].data + core.polled_into.address;
    for (uint32_t block = 0; block < shape.block_count; ++block) {
        for (uint64_t offset = 0; offset + kWordBytes <= shape.block_bytes; offset += kCounterPitch) {
            visit(base + shape.left_bytes + block * shape.destination_pitch + offset);
        }
    }
}

int32_t Load(const uint8_t *word) {
    int32_t value;
    memcpy(&value, word, sizeof(value));
    return value;
}

}  // namespace

// Each counter that the core has just read becomes at least what the probe says, by signed difference.
void Checked::Pretend(Core &core) {
    ForEachCounter(core, [&](uint8_t *word) {
        const auto behind =
            static_cast<int32_t>(static_cast<uint32_t>(probe_->value) - static_cast<uint32_t>(Load(word)));
        if (behind > 0) {
            memcpy(word, &probe_->value, sizeof(probe_->value));
        }
    });
}

void CheckedWorker::Probe() {
    uint32_t probed = 0;
    launch_.probes = true;
    for (Core *core : std::vector<Core *>(sleepers_)) {
        if (probed == kMostProbed) {
            break;
        }
        if (core->polled_into.memory == Memory::UB && core->polled_shape.block_bytes >= kWordBytes) {
            try {
                Probe(*core);
            } catch (const LaunchFailed &) {
                executor_.probe_ = nullptr;  // what it did next cannot be done
            }
            ++probed;
        }
    }
    launch_.probes = false;
}

void CheckedWorker::Probe(Core &core) {
    const Wait wait = core.wait;
    const Location where = core.where;
    int32_t least = INT32_MAX;
    ForEachCounter(core, [&](const uint8_t *word) { least = Load(word) < least ? Load(word) : least; });
    for (int32_t added = 1; added <= kMostAdded && !core.has_target; ++added) {
        Checked::Probed probe = {&core,
                                 static_cast<int32_t>(static_cast<uint32_t>(least) + static_cast<uint32_t>(added))};
        executor_.probe_ = &probe;
        Wake(core);
        for (uint32_t step = 0; step < kMostSteps && core.checked->ready != 0 && !probe.has_left; ++step) {
            RunStep(core);
        }
        executor_.probe_ = nullptr;
        core.has_target = probe.has_left;
        core.target = probe.value;
        if (core.wait != Wait::Poll) {
            break;
        }
    }
    core.wait = wait;
    core.where = where;
}

}  // namespace dovetail
