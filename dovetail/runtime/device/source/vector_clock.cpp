#include "vector_clock.h"

#include <utility>

namespace dovetail {

namespace {

// Whether `one` has a number that is greater than the one of `other` in the same place.
bool ExceedsAnywhere(const Counts &one, const Counts &other) {
    constexpr size_t kBlock = 64;
    const uint32_t *a = one.data(), *b = other.data();
    for (size_t begin = 0; begin < one.size(); begin += kBlock) {
        const size_t end = begin + kBlock < one.size() ? begin + kBlock : one.size();
        uint32_t exceeds = 0;
        for (size_t i = begin; i < end; ++i) {
            exceeds |= a[i] > b[i];
        }
        if (exceeds != 0) {
            return true;
        }
    }
    return false;
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
    if (!ExceedsAnywhere(*other, *one)) {
        result = one;
    } else if (!ExceedsAnywhere(*one, *other)) {
        result = other;
    } else {
        auto both = std::make_shared<Counts>(components_);
        const uint32_t *a = one->data(), *b = other->data();
        uint32_t *to = both->data();
        for (uint32_t i = 0; i < components_; ++i) {
            to[i] = a[i] > b[i] ? a[i] : b[i];
        }
        result = std::move(both);
    }
    remembered_[next_] = {one, other, result};
    next_ = (next_ + 1) % kRemembered;
    return result;
}

}  // namespace dovetail
