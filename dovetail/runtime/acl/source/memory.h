// Device memory: a range of addresses for each device, apart from all others, handed out in allocations.
//
// An allocation that is held stays mapped until the last hold is gone, though it counts as freed at once: so a kernel
// whose memory is freed while it runs does no harm, and the launch can say what happened.
#ifndef DOVETAIL_ACL_MEMORY_H
#define DOVETAIL_ACL_MEMORY_H

#include <cstdint>
#include <string>

#include "acl/source/errors.h"

namespace dovetail {

// Bytes of device memory that somebody means to use, and the allocation that they lie in.
struct Region {
    const char *name = "";  // for messages
    const void *address = nullptr;
    uint64_t bytes = 0;
    uint64_t allocation = 0;  // a number that is never given twice; 0 = not looked up
};

// Whether the address lies in the range of any device.
DOVETAIL_SHARED bool IsDeviceAddress(const void *address);

// Looks up the allocation of `region` on `device` (-1: of any device). Returns "" or why there is none: a host address,
// memory of another device, memory that was freed, or an allocation that ends before the region does.
DOVETAIL_SHARED std::string FindAllocation(Region &region, int device);

// Holds the allocation that FindAllocation found. False if it has been freed since.
DOVETAIL_SHARED bool Hold(const Region &region);
// Gives a hold back. False if the allocation was freed while it was held.
DOVETAIL_SHARED bool Release(const Region &region);

}  // namespace dovetail

#endif
