// Memory of the host.
#ifndef DOVETAIL_ACL_HOST_MEMORY_H
#define DOVETAIL_ACL_HOST_MEMORY_H

#include "acl/source/address_space.h"

namespace dovetail {

// What aclrtMallocHost hands out. Copies from and to it are asynchronous.
AddressSpace &PinnedMemory();

// Whether all these pages are mapped in this process.
bool IsMapped(const void *address, uint64_t bytes);

}  // namespace dovetail

#endif
