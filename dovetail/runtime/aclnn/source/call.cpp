// What the first stage knows of a call, and how it refuses one.
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "aclnn/source/breaches.h"
#include "aclnn/source/surroundings.h"

namespace dovetail {

Call::Call(const Package &package, uint64_t *workspace_size, aclOpExecutor **executor)
    : package_(package), workspace_size_(workspace_size), executor_(executor) {
    if (workspace_size != nullptr) {
        *workspace_size = 0;
    }
    if (executor != nullptr) {
        *executor = nullptr;
    }
}

Call::~Call() { delete breaches_; }

aclnnStatus Call::Device() {
    aclnnStatus status = 0;
    const char *machine = MachineFor(package_, &status);
    machine_ = machine != nullptr ? machine : "";
    return status;
}

int Call::FindDevice() {
    if (!device_asked_) {
        device_ = DeviceOfThread();
        device_asked_ = true;
    }
    return device_;
}

void Call::Break(size_t position, bool is_null, const char *format, ...) {
    va_list values, again;
    va_start(values, format);
    va_copy(again, values);
    std::string text(static_cast<size_t>(vsnprintf(nullptr, 0, format, values)), '\0');
    vsnprintf(&text[0], text.size() + 1, format, again);
    va_end(again);
    va_end(values);
    if (breaches_ == nullptr) {
        breaches_ = new Breaches;
    }
    breaches_->all.push_back({position, is_null, std::move(text)});
}

aclnnStatus Call::Refuse() {
    auto &all = breaches_->all;
    std::stable_sort(all.begin(), all.end(), [](const auto &a, const auto &b) { return a.position < b.position; });
    std::string message = std::string(package_.operator_name) + "GetWorkspaceSize: ";
    if (all.size() == 1) {
        message += all.front().text;
    } else {
        message += std::to_string(all.size()) + " rules are broken";
        for (const auto &breach : all) {
            message += "\n  " + breach.text;
        }
    }
    const bool has_null = std::any_of(all.begin(), all.end(), [](const auto &breach) { return breach.is_null; });
    return Report(has_null ? kNullPointer : kInvalid, message);
}

}  // namespace dovetail
