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

// Whether `one` has a number that is greater than the one of `other` in the same place.
DOVETAIL_CLONES bool ExceedsAnywhere(const uint32_t *one, const uint32_t *other, size_t count) {
    constexpr size_t kBlock = 64;
    for (size_t begin = 0; begin < count; begin += kBlock) {
        const size_t end = begin + kBlock < count ? begin + kBlock : count;
        uint32_t exceeds = 0;
        for (size_t i = begin; i < end; ++i) {
            exceeds |= one[i] > other[i] ? 1u : 0u;
        }
        if (exceeds != 0) {
            return true;
        }
    }
    return false;
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
    if (from == nullptr || into.others == from) {
        return;
    }
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        const uint32_t known = from[core * kLanes + lane];
        into.own[lane] = into.own[lane] > known ? into.own[lane] : known;
    }
    into.others = Merge(into.others, from);
}

std::shared_ptr<uint32_t[]> Clocks::Copy(const uint32_t *numbers) const {
    std::shared_ptr<uint32_t[]> copy(new uint32_t[components_]);
    memcpy(copy.get(), numbers, components_ * sizeof(uint32_t));
    return copy;
}

SharedCounts Clocks::Share(const Clock &clock, uint32_t core) const {
    std::shared_ptr<uint32_t[]> counts =
        clock.others != nullptr ? Copy(clock.others.get()) : std::shared_ptr<uint32_t[]>(new uint32_t[components_]());
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        counts[core * kLanes + lane] = clock.own[lane];
    }
    return counts;
}

void Clocks::Raise(uint32_t *into, const uint32_t *from) const { TakeMaximum(into, into, from, components_); }

SharedCounts Clocks::Merge(const SharedCounts &one, const SharedCounts &other) {
    if (one == nullptr || other == nullptr || one == other) {
        return one == nullptr ? other : one;
    }
    const auto hash = (reinterpret_cast<uintptr_t>(one.get()) ^ reinterpret_cast<uintptr_t>(other.get())) >> 6;
    Merged &merged = remembered_[hash % kRemembered];
    if ((merged.one == one && merged.other == other) || (merged.one == other && merged.other == one)) {
        return merged.both;
    }
    SharedCounts result;
    if (!ExceedsAnywhere(other.get(), one.get(), components_)) {
        result = one;
    } else if (!ExceedsAnywhere(one.get(), other.get(), components_)) {
        result = other;
    } else {
        std::shared_ptr<uint32_t[]> both(new uint32_t[components_]);
        TakeMaximum(both.get(), one.get(), other.get(), components_);
        result = std::move(both);
    }
    merged = {one, other, result};
    return result;
}

}  // namespace dovetail
