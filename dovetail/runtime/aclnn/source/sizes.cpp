// Rules of sizes that shapes share.
#include <string>

#include "aclnn/source/breaches.h"

namespace dovetail {

void Size::Learn(int64_t number, const Argument &from) {
    value = number;
    source = &from;
}

void Size::AtLeast(int64_t least) const {
    if (IsKnown() && value < least) {
        Call &call = source->call_;
        call.Break(source->position(), false, "%s of %s is %lld; allowed on %s is %lld or more", name, source->name(),
                   static_cast<long long>(value), call.machine_, static_cast<long long>(least));
    }
}

void Size::Within(int64_t least, int64_t below) const {
    if (IsKnown() && (value < least || value >= below)) {
        Call &call = source->call_;
        call.Break(source->position(), false, "%s of %s is %lld; allowed on %s are %lld to %lld", name, source->name(),
                   static_cast<long long>(value), call.machine_, static_cast<long long>(least),
                   static_cast<long long>(below - 1));
    }
}

void Size::MultipleOf(int64_t number) const {
    if (IsKnown() && value % number != 0) {
        Call &call = source->call_;
        call.Break(source->position(), false, "%s of %s is %lld; allowed on %s are multiples of %lld", name,
                   source->name(), static_cast<long long>(value), call.machine_, static_cast<long long>(number));
    }
}

}  // namespace dovetail
