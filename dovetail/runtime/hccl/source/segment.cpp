#include "hccl/source/segment.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

namespace dovetail {

namespace {

// Windows start at large pages.
constexpr uint64_t kLargePage = 2 * 1024 * 1024;

uint64_t RoundUp(uint64_t value, uint64_t unit) { return (value + unit - 1) / unit * unit; }

constexpr uint64_t kMembersAt = DOVETAIL_CONTROL_BYTES;
constexpr uint64_t kWindowsAt = kLargePage;
static_assert(kMembersAt + DOVETAIL_MAX_RANKS * sizeof(Member) <= kWindowsAt, "members reach into the windows");

uint64_t WindowStep(uint64_t window_bytes) { return RoundUp(window_bytes, kLargePage); }

}  // namespace

uint64_t Segment::Bytes(uint32_t ranks, uint64_t window_bytes, uint64_t check_bytes) {
    return kWindowsAt + ranks * WindowStep(window_bytes) + check_bytes;
}

Segment::Segment(uint32_t ranks, uint64_t window_bytes, uint64_t check_bytes, int descriptor)
    : ranks_(ranks), window_bytes_(window_bytes), check_bytes_(check_bytes) {
    const uint64_t bytes = Bytes(ranks, window_bytes, check_bytes);
    const int kind = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
    void *mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kind, descriptor, 0);
    if (mapped == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "the windows cannot be mapped");
    }
    base_ = static_cast<uint8_t *>(mapped);
    madvise(base_ + kWindowsAt, bytes - kWindowsAt - check_bytes, MADV_HUGEPAGE);
}

Segment::~Segment() { munmap(base_, Bytes(ranks_, window_bytes_, check_bytes_)); }

Member &Segment::member(uint32_t rank) const { return reinterpret_cast<Member *>(base_ + kMembersAt)[rank]; }

uint8_t *Segment::window(uint32_t rank) const { return base_ + kWindowsAt + rank * WindowStep(window_bytes_); }

void Segment::SayBegun(uint32_t rank, uint64_t step, const std::string &description) const {
    Member &own = member(rank);
    strncpy(own.description, description.c_str(), sizeof(own.description) - 1);
    own.begun.store(step);
}

void Segment::SayHolder(uint32_t rank, const Holder &holder) const {
    Member &own = member(rank);
    own.holder_version.fetch_add(1);
    strncpy(own.holder_name, holder.communicator.c_str(), sizeof(own.holder_name) - 1);
    own.holder_step.store(holder.step);
    own.holder_version.fetch_add(1);
}

Holder Segment::HolderAt(uint32_t rank) const {
    const Member &other = member(rank);
    // A rank that died while it wrote leaves an odd version: what it says then is of no use to anybody.
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const uint64_t version = other.holder_version.load();
        char name[kNameBytes];
        memcpy(name, other.holder_name, sizeof(name));
        name[sizeof(name) - 1] = '\0';
        const uint64_t step = other.holder_step.load();
        std::atomic_thread_fence(std::memory_order_acquire);
        if (version % 2 == 0 && other.holder_version.load() == version) {
            return {name, step};
        }
        std::this_thread::yield();
    }
    return {};
}

}  // namespace dovetail
