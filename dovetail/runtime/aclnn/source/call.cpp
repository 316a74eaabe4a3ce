#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "acl/source/errors.h"
#include "acl/source/machines.h"
#include "acl/source/stream.h"
#include "aclnn/aclnn_base.h"
#include "aclnn/source/breaches.h"

namespace dovetail {

namespace {

struct Host {
    Host() { machine = DeviceMachine(&fault); }
    const Machine *machine;
    std::string fault;
};

// What the devices are does not change while the process lives.
const Host &ThisHost() {
    static const auto *host = new Host;
    return *host;
}

}  // namespace

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
    const Machine *machine = ThisHost().machine;
    if (machine == nullptr) {
        return dovetail::Refuse(ACLNN_ERR_RUNTIME_ERROR,
                                std::string(package_.operator_name) + "GetWorkspaceSize: " + ThisHost().fault);
    }
    machine_ = machine->name;
    if (std::string(machine->family) != package_.family) {
        return dovetail::Refuse(
            ACLNN_ERR_INNER_OPP_KERNEL_PKG_NOT_FOUND,
            Format("%sGetWorkspaceSize: this package holds kernels for %s, and the devices are %s, of %s; "
                   "dovetail build --target %s makes a package for them",
                   package_.operator_name, package_.family, machine->name, machine->family, machine->family));
    }
    return ACLNN_SUCCESS;
}

int Call::FindDevice() {
    if (!device_asked_) {
        aclError code = ACL_SUCCESS;
        device_ = CurrentDevice(&code);
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
    return dovetail::Refuse(has_null ? ACLNN_ERR_PARAM_NULLPTR : ACLNN_ERR_PARAM_INVALID, message);
}

}  // namespace dovetail
