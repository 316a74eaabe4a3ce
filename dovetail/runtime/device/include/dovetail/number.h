// Numbers that the device keeps in narrow fields: a value that does not fit is an error here, and another value there.
#ifndef DOVETAIL_NUMBER_H
#define DOVETAIL_NUMBER_H

#include "dovetail/instruction.h"

namespace dovetail {

// An argument for a field, of any integer type, before it is narrowed.
class Number {
public:
    template <typename Integer>
    Number(Integer value, Location where = Location::Here()) : value_(static_cast<int64_t>(value)), where_(where) {
        static_assert(static_cast<Integer>(1.5) == static_cast<Integer>(1), "fields hold integers");
    }

    // The value as the field `name` of type `T` holds it.
    template <typename T>
    T As(const char *name) const {
        const auto held = static_cast<T>(value_);
        if (static_cast<int64_t>(held) != value_) {
            Fail(where_, "limit: %s is %lld, which its %d bits do not hold", name, static_cast<long long>(value_),
                 static_cast<int>(8 * sizeof(T)));
        }
        return held;
    }

private:
    int64_t value_;
    Location where_;
};

}  // namespace dovetail

#endif
