// Which kernel a call gets.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "aclnn/source/breaches.h"
#include "aclnn/source/kernels.h"
#include "aclnn/source/types.h"

namespace dovetail {

namespace {

// ACL_DT_UNDEFINED where the argument is not there.
aclDataType TypeIn(const Package &package, uint64_t key, size_t which) {
    constexpr uint64_t kAbsent = 255;  // the last byte of ACL_DT_UNDEFINED
    const uint64_t byte = key >> (8 * (package.type_count - 1 - which) + package.choice_count) & 255;
    return byte == kAbsent ? ACL_DT_UNDEFINED : static_cast<aclDataType>(byte);
}

// "x1 of FLOAT16, x2 transposed", as a key says it.
std::string Describe(const Package &package, uint64_t key, bool with_choices) {
    std::string text;
    for (size_t i = 0; i < package.type_count; ++i) {
        if (TypeIn(package, key, i) != ACL_DT_UNDEFINED) {
            text +=
                (text.empty() ? "" : ", ") + std::string(package.types[i]) + " of " + NameOf(TypeIn(package, key, i));
        }
    }
    for (size_t i = 0; with_choices && i < package.choice_count; ++i) {
        if ((key >> (package.choice_count - 1 - i) & 1) != 0) {
            text += std::string(", ") + package.choices[i];
        }
    }
    return text;
}

// Each different text once.
template <typename Print>
std::string ListKernels(const Package &package, const char *separator, Print print) {
    std::vector<std::string> seen;
    std::string list;
    for (size_t i = 0; i < package.count; ++i) {
        const std::string text = print(package.kernels[i].key);
        if (!text.empty() && std::find(seen.begin(), seen.end(), text) == seen.end()) {
            list += (seen.empty() ? "" : separator) + text;
            seen.push_back(text);
        }
    }
    return list;
}

}  // namespace

std::string HeldTypes(const Package &package, const char *argument) {
    for (size_t which = 0; which < package.type_count; ++which) {
        if (strcmp(package.types[which], argument) == 0) {
            const auto print = [&](uint64_t key) {
                return TypeIn(package, key, which) == ACL_DT_UNDEFINED
                           ? ""
                           : std::string(NameOf(TypeIn(package, key, which)));
            };
            return " (this package holds kernels for " + ListKernels(package, ", ", print) + ")";
        }
    }
    return "";
}

void Call::Choose(std::initializer_list<Tensor *> typed, std::initializer_list<bool> choices, const Size &rows,
                  const Size &columns) {
    uint64_t key = Key({}, {});
    for (const Tensor *tensor : typed) {
        if (tensor->type() == ACL_DT_UNDEFINED && (tensor->IsGiven() || IsBroken())) {
            return;  // it is wrong, or might have to be there
        }
        key = key << 8 | (static_cast<uint64_t>(tensor->type()) & 255);
    }
    for (const bool taken : choices) {
        key = key << 1 | (taken ? 1 : 0);
    }
    bool is_held = false, types_are_held = false;
    for (size_t i = 0; i < package_.count; ++i) {
        is_held = is_held || package_.kernels[i].key == key;
        types_are_held =
            types_are_held || package_.kernels[i].key >> package_.choice_count == key >> package_.choice_count;
    }
    if (types_are_held && !is_held && IsBroken()) {
        return;  // perhaps because of what is wrong
    }
    if (!is_held) {
        const auto print = [&](uint64_t held) { return Describe(package_, held, types_are_held); };
        Break((*typed.begin())->position(), false,
              "there is no kernel in this package for %s, which the operator allows; it holds those for %s",
              Describe(package_, key, types_are_held).c_str(), ListKernels(package_, "; ", print).c_str());
        return;
    }
    if (!IsBroken() && communicator_ != nullptr) {
        kernel_ = LeastCost(package_, key, rows.value, columns.value, ranks_, cores_);
    }
}

}  // namespace dovetail
