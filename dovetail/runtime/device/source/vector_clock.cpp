#include "vector_clock.h"

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
        const uint32_t known = (*from)[core * kLanes + lane];
        into.own[lane] = into.own[lane] > known ? into.own[lane] : known;
    }
    into.others = Merge(into.others, from);
}

SharedCounts Clocks::Share(const Clock &clock, uint32_t core) const {
    auto counts =
        clock.others != nullptr ? std::make_shared<Counts>(*clock.others) : std::make_shared<Counts>(components_);
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        (*counts)[core * kLanes + lane] = clock.own[lane];
    }
    return counts;
}

void Clocks::Raise(uint32_t *into, const uint32_t *from) const { TakeMaximum(into, into, from, components_); }

SharedCounts Clocks::Merge(const SharedCounts &one, const SharedCounts &other) {
    if (one == nullptr || other == nullptr || one == other) {
        return one == nullptr ? other : one;
    }
    for (const Merged &merged : remembered_) {
        if ((merged.one == one && merged.other == other) || (merged.one == other && merged.other == one)) {
            return merged.both;
        }
    }
    SharedCounts result;
    if (!ExceedsAnywhere(other->data(), one->data(), components_)) {
        result = one;
    } else if (!ExceedsAnywhere(one->data(), other->data(), components_)) {
        result = other;
    } else {
        auto both = std::make_shared<Counts>(components_);
        TakeMaximum(both->data(), one->data(), other->data(), components_);
        result = std::move(both);
    }
    remembered_[next_] = {one, other, result};
    next_ = (next_ + 1) % kRemembered;
    return result;
}

}  // namespace dovetail
