#include "acl/source/memory.h"

#include "acl/acl_rt.h"
#include "acl/source/address_space.h"
#include "acl/source/context.h"
#include "acl/source/device.h"
#include "acl/source/host_memory.h"

namespace dovetail {

namespace {

// Never freed: tasks that still run when the process exits use them.
AddressSpace &SpaceOf(int device) {
    static AddressSpace **const spaces = [] {
        auto **made = new AddressSpace *[kMostDevices];
        uint32_t count = 0;
        const Machine *machine = nullptr;
        FindDevices(&count, &machine);
        for (uint32_t each = 0; each < kMostDevices; ++each) {
            made[each] = new AddressSpace(machine == nullptr ? 0 : machine->memory);
        }
        return made;
    }();
    return *spaces[device];
}

// -1 for addresses of the host.
int OwnerOf(const void *address) {
    for (uint32_t device = 0; device < kMostDevices; ++device) {
        if (SpaceOf(device).Contains(address)) {
            return device;
        }
    }
    return -1;
}

AddressSpace *SpaceAround(const void *address) {
    const int device = OwnerOf(address);
    if (device >= 0) {
        return &SpaceOf(device);
    }
    return PinnedMemory().Contains(address) ? &PinnedMemory() : nullptr;
}

aclError Allocate(const char *function, void **address, size_t bytes) {
    constexpr size_t kPadding = 64;  // what the vendor's runtime may add
    if (address == nullptr || bytes == 0) {
        return Refuse(ACL_ERROR_INVALID_PARAM,
                      Format("%s: %s", function, address == nullptr ? "devPtr is null" : "size is 0"));
    }
    if (bytes > SIZE_MAX - kPadding) {
        return Refuse(ACL_ERROR_INVALID_PARAM, Format("%s: size %zu is larger than any memory", function, bytes));
    }
    aclError code;
    const int device = CurrentDevice(&code);
    if (device < 0) {
        return code;
    }
    std::string fault;
    void *const made = SpaceOf(device).Allocate(bytes, &fault);
    if (made == nullptr) {
        return Refuse(ACL_ERROR_RT_MEMORY_ALLOCATION,
                      Format("%s: no memory on device %d: %s", function, device, fault.c_str()));
    }
    *address = made;
    return ACL_SUCCESS;
}

}  // namespace

bool IsDeviceAddress(const void *address) { return OwnerOf(address) >= 0; }

std::string FindAllocation(Region &region, int device) {
    const auto what = [&] { return Format("%s%s%p", region.name, *region.name == '\0' ? "" : " at ", region.address); };
    const int owner = OwnerOf(region.address);
    if (owner < 0) {
        return what() + " is not device memory";
    }
    if (device >= 0 && owner != device) {
        return Format("%s is memory of device %d, not of device %d", what().c_str(), owner, device);
    }
    const std::string fault = SpaceOf(owner).Find(region.address, region.bytes, &region.allocation);
    return fault.empty() ? "" : Format("%s (device %d) %s", what().c_str(), owner, fault.c_str());
}

bool Hold(const Region &region) {
    AddressSpace *const space = SpaceAround(region.address);
    return space != nullptr && space->Hold(region.address, region.allocation);
}

bool Release(const Region &region) {
    AddressSpace *const space = SpaceAround(region.address);
    return space != nullptr && space->Release(region.address, region.allocation);
}

}  // namespace dovetail

using namespace dovetail;

aclError aclrtMalloc(void **devPtr, size_t size, aclrtMemMallocPolicy) { return Allocate("aclrtMalloc", devPtr, size); }

aclError aclrtMallocAlign32(void **devPtr, size_t size, aclrtMemMallocPolicy) {
    return Allocate("aclrtMallocAlign32", devPtr, size);
}

aclError aclrtFree(void *devPtr) {
    if (devPtr == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtFree: devPtr is null");
    }
    const int device = OwnerOf(devPtr);
    if (device < 0) {
        const char *hint = PinnedMemory().Contains(devPtr) ? "; aclrtFreeHost frees what aclrtMallocHost gave" : "";
        return Refuse(ACL_ERROR_RT_PARAM_INVALID, Format("aclrtFree: %p is memory of the host%s", devPtr, hint));
    }
    const std::string fault = SpaceOf(device).Free(devPtr);
    if (!fault.empty()) {
        return Refuse(ACL_ERROR_RT_PARAM_INVALID,
                      Format("aclrtFree: %p (device %d) cannot be freed: %s", devPtr, device, fault.c_str()));
    }
    return ACL_SUCCESS;
}

aclError aclrtGetMemInfo(aclrtMemAttr attr, size_t *free, size_t *total) {
    if (free == nullptr || total == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtGetMemInfo: free or total is null");
    }
    aclError code;
    const int device = CurrentDevice(&code);
    if (device < 0) {
        return code;
    }
    const bool exists = attr >= ACL_DDR_MEM && attr <= ACL_MEM_P2P_HUGE1G;
    *total = exists ? SpaceOf(device).capacity() : 0;
    *free = exists ? *total - SpaceOf(device).used() : 0;
    return ACL_SUCCESS;
}
