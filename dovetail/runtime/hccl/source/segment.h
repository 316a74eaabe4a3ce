// The memory that all ranks of a communicator share: control of launches, what each rank says of itself, windows.
//
// Ranks of one process share it by being in one process, processes map it from a file descriptor. It holds no pointers,
// and all zero is its initial state. Nobody writes what another rank says.
#ifndef DOVETAIL_HCCL_SEGMENT_H
#define DOVETAIL_HCCL_SEGMENT_H

#include <atomic>
#include <cstdint>
#include <string>

#include "dovetail/launch.h"

namespace dovetail {

constexpr uint64_t kNameBytes = 128;         // of a communicator, as HcclGetCommName has it
constexpr uint64_t kDescriptionBytes = 384;  // of what a rank launches

// What a rank says of itself.
struct Member {
    // The step that it has come to. `description` belongs to it, and stays until all ranks have ended that step.
    std::atomic<uint64_t> begun;
    char description[kDescriptionBytes];
    std::atomic<uint64_t> barriers;  // entered
    std::atomic<uint32_t> destroyed;

    // The step that holds the cores of its device, of this communicator or of another. The version is odd while it is
    // being written.
    std::atomic<uint64_t> holder_version;
    std::atomic<uint64_t> holder_step;  // 0 = the cores are free
    char holder_name[kNameBytes];
    std::atomic<int64_t> lacked;  // when that step last lacked ranks, in nanoseconds of CLOCK_MONOTONIC
};

// What holds the cores of a device.
struct Holder {
    std::string communicator;
    uint64_t step = 0;  // 0 = nothing
};

class Segment {
public:
    // Bytes of memory that ranks in several processes share.
    static uint64_t Bytes(uint32_t ranks, uint64_t window_bytes, uint64_t check_bytes);

    // Maps `descriptor`, or, where it is -1, memory of this process alone. Throws std::system_error.
    Segment(uint32_t ranks, uint64_t window_bytes, uint64_t check_bytes, int descriptor);
    ~Segment();
    Segment(const Segment &) = delete;
    Segment &operator=(const Segment &) = delete;

    void *control() const { return base_; }
    Member &member(uint32_t rank) const;
    uint8_t *window(uint32_t rank) const;
    void *check_memory() const { return check_bytes_ != 0 ? window(ranks_) : nullptr; }  // of checked execution

    void SayBegun(uint32_t rank, uint64_t step, const std::string &description) const;
    void SayHolder(uint32_t rank, const Holder &holder) const;
    Holder HolderAt(uint32_t rank) const;

private:
    const uint32_t ranks_;
    const uint64_t window_bytes_, check_bytes_;
    uint8_t *base_ = nullptr;
};

}  // namespace dovetail

#endif
