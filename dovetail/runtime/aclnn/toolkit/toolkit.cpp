// The vendor's runtime, as the words of entry points see it: the public headers of ACL, aclnn and HCCL.
#include "dovetail/toolkit.h"

#include <dlfcn.h>

#include <string>

#include "acl/acl.h"
#include "aclnn/acl_meta.h"
#include "aclnn/source/surroundings.h"
#include "aclnn/source/tensor.h"
#include "base/err_msg.h"
#include "hccl/hccl.h"

namespace dovetail {

// -- messages --

aclnnStatus Report(aclnnStatus code, const std::string &message) {
    if (ge::ReportUserDefinedErrMsg != nullptr) {  // its symbol is weak
        ge::ReportUserDefinedErrMsg("EU0001", "%s", message.c_str());
    }
    return code;
}

// -- the device --

const char *MachineFor(const Package &package, aclnnStatus *status) {
    const char *machine = aclrtGetSocName();
    *status = machine != nullptr ? 0
                                 : Report(kRuntimeError, std::string(package.operator_name) +
                                                             "GetWorkspaceSize: the runtime does not say what the "
                                                             "devices are called; aclInit makes it ready");
    return machine;
}

int DeviceOfThread() {
    int32_t device = -1;
    if (aclrtGetDevice(&device) == ACL_SUCCESS) {
        return device;
    }
    Report(kRuntimeError, "the calling thread has no device; aclrtSetDevice gives it one");
    return -1;
}

// The runtime does not tell whose memory an address is.
std::string FaultOfMemory(const char * /*name*/, const char * /*address*/, uint64_t /*bytes*/, int /*device*/) {
    return "";
}

// -- tensors --

namespace {

// Copies a list that the runtime hands out, and frees it. False if it is too long.
bool Take(aclnnStatus status, int64_t *values, uint64_t count, int64_t *to, uint64_t *length) {
    const bool fits = status == 0 && count <= kMostDimensions;
    for (uint64_t i = 0; fits && i < count; ++i) {
        to[i] = values[i];
    }
    *length = count;
    delete[] values;
    return fits;
}

}  // namespace

const TensorFacts *FindTensor(const aclTensor *tensor) {
    // As many as a call can have; those of the call before are overwritten.
    constexpr unsigned kKept = 32;
    static thread_local TensorFacts kept[kKept];
    static thread_local unsigned taken = 0;
    TensorFacts &facts = kept[taken++ % kKept];
    facts = {};

    int64_t *values = nullptr;
    uint64_t count = 0, strides = 0;
    aclnnStatus status = aclGetViewShape(tensor, &values, &count);
    if (!Take(status, values, count, facts.view, &facts.dimensions)) {
        return nullptr;
    }
    values = nullptr;
    status = aclGetViewStrides(tensor, &values, &count);
    if (!Take(status, values, count, facts.strides, &strides) || strides != facts.dimensions) {
        return nullptr;
    }
    values = nullptr;
    status = aclGetStorageShape(tensor, &values, &count);
    if (!Take(status, values, count, facts.storage, &facts.storage_dimensions)) {
        return nullptr;
    }
    void *data = nullptr;
    if (aclGetViewOffset(tensor, &facts.offset) != 0 || aclGetFormat(tensor, &facts.format) != 0 ||
        aclGetDataType(tensor, &facts.type) != 0 || aclGetRawTensorAddr(tensor, &data) != 0) {
        return nullptr;
    }
    facts.data = static_cast<char *>(data);
    const bool is_whole = Multiply(facts.view, facts.dimensions, &facts.elements) &&
                          Multiply(facts.storage, facts.storage_dimensions, &facts.storage_elements) && Span(facts);
    return is_whole ? &facts : nullptr;
}

// -- communicators --

namespace {

// A function of the communication library. The library's name and the function's have changed between releases.
void *FindFunction(std::initializer_list<const char *> names) {
    for (const char *library : {static_cast<const char *>(nullptr), "libhccl.so", "libhccl_fwk.so"}) {
        void *handle = library == nullptr ? RTLD_DEFAULT : dlopen(library, RTLD_NOW | RTLD_GLOBAL);
        for (const char *name : names) {
            void *function = library != nullptr && handle == nullptr ? nullptr : dlsym(handle, name);
            if (function != nullptr) {
                return function;
            }
        }
    }
    return nullptr;
}

}  // namespace

bool FindCommunicator(const char *name, int /*device*/, CommunicatorFacts *facts, bool *is_elsewhere) {
    using ByName = HcclResult (*)(const char *, HcclComm *);
    using RankSize = HcclResult (*)(HcclComm, uint32_t *);
    using Buffer = HcclResult (*)(HcclComm, void **, uint64_t *);
    static const auto by_name =
        reinterpret_cast<ByName>(FindFunction({"HcclCommGetHandleWithName", "HcomGetCommHandleByGroup"}));
    static const auto rank_size = reinterpret_cast<RankSize>(FindFunction({"HcclGetRankSize"}));
    static const auto buffer = reinterpret_cast<Buffer>(FindFunction({"HcclGetHcclBuffer"}));
    *is_elsewhere = false;
    *facts = {};
    HcclComm communicator = nullptr;
    void *address = nullptr;
    uint64_t bytes = 0;
    if (by_name == nullptr || rank_size == nullptr || buffer == nullptr ||
        by_name(name, &communicator) != HCCL_SUCCESS || communicator == nullptr ||
        rank_size(communicator, &facts->ranks) != HCCL_SUCCESS ||
        buffer(communicator, &address, &bytes) != HCCL_SUCCESS) {
        return false;
    }
    facts->handle = communicator;
    facts->cores = 1;                 // the tiling function knows how many there are
    facts->window_bytes = bytes / 2;  // half of the buffer is for what arrives, and the other for what leaves
    return true;
}

// -- stages --

aclnnStatus CheckLaunch(const Package &package, const void *workspace, uint64_t workspace_size,
                        const aclOpExecutor *executor) {
    const std::string name = package.operator_name;
    if (executor == nullptr) {
        return Report(kNullPointer, name + ": executor is a null pointer; stage 1 makes one");
    }
    if (workspace == nullptr) {
        return Report(kNullPointer, name + ": workspace is a null pointer; needed is device memory, as stage 1 said");
    }
    if (workspace_size == 0) {
        return Report(kInvalid, name + ": workspaceSize is 0; needed is what stage 1 said");
    }
    return 0;
}

}  // namespace dovetail
