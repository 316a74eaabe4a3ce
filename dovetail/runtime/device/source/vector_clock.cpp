#include "vector_clock.h"

#include <utility>

namespace dovetail {

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
    auto counts = clock.others != nullptr ? std::make_shared<Counts>(*clock.others) : std::make_shared<Counts>(components_);
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
    auto both = std::make_shared<Counts>(*one);
    bool one_is_more = true;
    bool other_is_more = true;
    for (uint32_t i = 0; i < components_; ++i) {
        const uint32_t of_one = (*one)[i];
        const uint32_t of_other = (*other)[i];
        one_is_more = one_is_more && of_one >= of_other;
        other_is_more = other_is_more && of_other >= of_one;
        (*both)[i] = of_one > of_other ? of_one : of_other;
    }
    const SharedCounts result = one_is_more ? one : other_is_more ? other : SharedCounts(std::move(both));
    remembered_[next_] = {one, other, result};
    next_ = (next_ + 1) % kRemembered;
    return result;
}

}  // namespace dovetail
