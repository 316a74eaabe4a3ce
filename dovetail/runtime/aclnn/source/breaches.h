// The rules that a call breaks.
#ifndef DOVETAIL_ACLNN_BREACHES_H
#define DOVETAIL_ACLNN_BREACHES_H

#include <string>
#include <vector>

#include "dovetail/operator.h"

namespace dovetail {

struct Call::Breaches {
    struct Breach {
        size_t position;  // of the argument
        bool is_null;
        std::string text;
    };
    std::vector<Breach> all;
};

// "allowed on Ascend910B3 is A", or "are A, B"
template <typename Allowed, typename Print>
std::string AllowedOn(const char *machine, const Allowed &allowed, Print print) {
    std::string text = std::string("allowed on ") + machine + (allowed.size() == 1 ? " is " : " are ");
    bool is_first = true;
    for (const auto &each : allowed) {
        text += (is_first ? "" : ", ") + print(each);
        is_first = false;
    }
    return text;
}

}  // namespace dovetail

#endif
