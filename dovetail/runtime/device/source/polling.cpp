#include "polling.h"

#include <cstring>

namespace dovetail {

namespace {

// Polls of more than this are not compared with the last.
constexpr uint64_t kComparedBytes = 4096;

}  // namespace

void NoteLoad(Core &core, const Instruction &instruction) {
    const CopyShape &shape = instruction.copy;
    core.loaded = true;
    core.polled = reinterpret_cast<const uint8_t *>(instruction.first.address);
    core.polled_bytes = static_cast<uint64_t>(shape.source_pitch) * (shape.block_count - 1) + shape.block_bytes;
    core.polled_into = instruction.destination;
    core.polled_shape = shape;
}

void NotePoll(Core &core) {
    core.loaded = false;
    core.polls_again = false;
    core.rounds_slept = 0;
    const uint64_t bytes = core.polled_shape.block_bytes * core.polled_shape.block_count;
    if (core.polled_into.memory != Memory::UB || bytes > kComparedBytes) {
        core.last_polled = nullptr;
        return;
    }
    const uint8_t *seen = core.memories[static_cast<int>(Memory::UB)].data + core.polled_into.address;
    bool same = core.polled == core.last_polled && core.polled_into.address == core.last_polled_into.address &&
                core.last_seen.size() == bytes;
    core.last_seen.resize(bytes);
    for (uint32_t block = 0; block < core.polled_shape.block_count; ++block) {
        const uint8_t *place = seen + core.polled_shape.left_bytes + block * core.polled_shape.destination_pitch;
        uint8_t *kept = core.last_seen.data() + block * core.polled_shape.block_bytes;
        same = same && memcmp(kept, place, core.polled_shape.block_bytes) == 0;
        memcpy(kept, place, core.polled_shape.block_bytes);
    }
    core.polls_again = same;
    core.last_polled = core.polled;
    core.last_polled_into = core.polled_into;
}

bool StillHolds(const Core &core) {
    const CopyShape &shape = core.polled_shape;
    for (uint32_t block = 0; block < shape.block_count; ++block) {
        if (memcmp(core.polled + block * shape.source_pitch, core.last_seen.data() + block * shape.block_bytes,
                   shape.block_bytes) != 0) {
            return false;
        }
    }
    return true;
}

}  // namespace dovetail
