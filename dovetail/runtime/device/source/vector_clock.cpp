#include "vector_clock.h"

#include <cstring>
#include <utility>

namespace dovetail {

namespace {

// Clocks have thousands of numbers, and the plainest instruction set has no maximum of unsigned ones.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define DOVETAIL_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define DOVETAIL_CLONES
#endif

// Which of the two has a number that is greater than the one of the other in the same place.
struct Exceeding {
    bool one, other;
};

DOVETAIL_CLONES Exceeding Compare(const uint32_t *one, const uint32_t *other, size_t count) {
    constexpr size_t kBlock = 64;
    uint32_t exceeds = 0, exceeded = 0;
    for (size_t begin = 0; begin < count && (exceeds == 0 || exceeded == 0); begin += kBlock) {
        const size_t end = begin + kBlock < count ? begin + kBlock : count;
        for (size_t i = begin; i < end; ++i) {
            const uint32_t greater = one[i] > other[i] ? one[i] : other[i];
            exceeds |= greater ^ other[i];
            exceeded |= greater ^ one[i];
        }
    }
    return {exceeds != 0, exceeded != 0};
}

DOVETAIL_CLONES void TakeMaximum(uint32_t *into, const uint32_t *one, const uint32_t *other, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        into[i] = one[i] > other[i] ? one[i] : other[i];
    }
}

}  // namespace

void Clocks::Join(Clock &into, const Clock &from) {
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        into.own[lane] = into.own[lane] > from.own[lane] ? into.own[lane] : from.own[lane];
    }
    if (into.others != from.others) {
        into.others = Merge(into.others, from.others);
    }
}

void Clocks::Learn(Clock &into, uint32_t core, const SharedCounts &from) {
    if (!from || into.others == from) {
        return;
    }
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        const uint32_t known = from[core * kLanes + lane];
        into.own[lane] = into.own[lane] > known ? into.own[lane] : known;
    }
    into.others = Merge(into.others, from);
}

SharedCounts Clocks::Take() {
    if (unused_ == nullptr) {
        constexpr uint64_t kBytes = 1 << 20;
        const uint64_t block = (sizeof(SharedCounts::Block) + components_ * sizeof(uint32_t) + 63) / 64 * 64;
        memory_.emplace_back(block < kBytes ? kBytes : block, PageUse::Memory);
        const Pages &pages = memory_.back();
        for (uint64_t begin = pages.bytes() / block * block; begin != 0; begin -= block) {
            auto *made = reinterpret_cast<SharedCounts::Block *>(pages.data() + begin - block);
            *made = {0, unused_, &unused_};
            unused_ = made;
        }
    }
    SharedCounts::Block *block = unused_;
    unused_ = block->next;
    block->users = 1;
    return SharedCounts(block);
}

SharedCounts Clocks::Copy(const uint32_t *numbers) {
    SharedCounts copy = Take();
    memcpy(copy.block_->numbers(), numbers, components_ * sizeof(uint32_t));
    return copy;
}

SharedCounts Clocks::Share(const Clock &clock, uint32_t core) {
    SharedCounts counts = Take();
    uint32_t *numbers = counts.block_->numbers();
    if (clock.others) {
        memcpy(numbers, clock.others.get(), components_ * sizeof(uint32_t));
    } else {
        memset(numbers, 0, components_ * sizeof(uint32_t));
    }
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        numbers[core * kLanes + lane] = clock.own[lane];
    }
    return counts;
}

void Clocks::Raise(SharedCounts &into, const uint32_t *from) const {
    uint32_t *numbers = into.block_->numbers();
    TakeMaximum(numbers, numbers, from, components_);
}

SharedCounts Clocks::Merge(const SharedCounts &one, const SharedCounts &other) {
    if (!one || !other || one == other) {
        return one ? one : other;
    }
    const Merged &merged = Remembered(one, other);
    if ((merged.one == one && merged.other == other) || (merged.one == other && merged.other == one)) {
        return merged.both;
    }
    const Exceeding exceeding = Compare(one.get(), other.get(), components_);
    SharedCounts both = !exceeding.other ? one : !exceeding.one ? other : Take();
    if (exceeding.one && exceeding.other) {
        TakeMaximum(both.block_->numbers(), one.get(), other.get(), components_);
        // Who has learnt one of them from another core often learns both from its own pipes next.
        Remembered(one, both) = {one, both, both};
        Remembered(other, both) = {other, both, both};
    }
    Remembered(one, other) = {one, other, both};
    return both;
}

Clocks::Merged &Clocks::Remembered(const SharedCounts &one, const SharedCounts &other) {
    const auto hash = (reinterpret_cast<uintptr_t>(one.get()) ^ reinterpret_cast<uintptr_t>(other.get())) >> 6;
    return remembered_[hash % kRemembered];
}

}  // namespace dovetail
