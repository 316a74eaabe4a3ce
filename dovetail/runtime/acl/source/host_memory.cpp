#include "acl/source/host_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "acl/acl_rt.h"
#include "acl/source/context.h"
#include "acl/source/errors.h"

namespace dovetail {

// Never freed: tasks that still run when the process exits use it.
AddressSpace &PinnedMemory() {
    constexpr uint64_t kAll = 64ull << 30;
    static auto *const memory = new AddressSpace(kAll);
    return *memory;
}

bool IsMapped(const void *address, uint64_t bytes) {
    const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    const uint64_t first = reinterpret_cast<uint64_t>(address) / page * page;
    const uint64_t length = reinterpret_cast<uint64_t>(address) + bytes - first;
    // Asked for nothing but whether there is a hole.
    return length >= bytes && (msync(reinterpret_cast<void *>(first), length, MS_ASYNC) == 0 || errno != ENOMEM);
}

}  // namespace dovetail

using namespace dovetail;

aclError aclrtMallocHost(void **hostPtr, size_t size) {
    if (hostPtr == nullptr || size == 0) {
        return Refuse(ACL_ERROR_INVALID_PARAM,
                      Format("aclrtMallocHost: %s", hostPtr == nullptr ? "hostPtr is null" : "size is 0"));
    }
    aclError code;
    if (CurrentDevice(&code) < 0) {
        return code;
    }
    std::string fault;
    void *const made = PinnedMemory().Allocate(size, &fault);
    if (made == nullptr) {
        return Refuse(ACL_ERROR_RT_MEMORY_ALLOCATION, "aclrtMallocHost: no pinned memory: " + fault);
    }
    *hostPtr = made;
    return ACL_SUCCESS;
}

aclError aclrtFreeHost(void *hostPtr) {
    if (hostPtr == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtFreeHost: hostPtr is null");
    }
    if (!PinnedMemory().Contains(hostPtr)) {
        return Refuse(ACL_ERROR_RT_PARAM_INVALID,
                      Format("aclrtFreeHost: %p is not what aclrtMallocHost gave", hostPtr));
    }
    const std::string fault = PinnedMemory().Free(hostPtr);
    if (!fault.empty()) {
        return Refuse(ACL_ERROR_RT_PARAM_INVALID,
                      Format("aclrtFreeHost: %p cannot be freed: %s", hostPtr, fault.c_str()));
    }
    return ACL_SUCCESS;
}
