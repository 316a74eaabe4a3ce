// The machines that a device can be, from dovetail/target/machine.py.
#ifndef DOVETAIL_ACL_MACHINES_H
#define DOVETAIL_ACL_MACHINES_H

#include <cstdint>
#include <string>

#include "acl/source/errors.h"
#include "dovetail/launch.h"

namespace dovetail {

struct Machine {
    const char *name;    // what aclrtGetSocName answers
    const char *family;  // what --target names
    DovetailMachine memories;
    uint64_t memory;  // bytes of device memory
};

// The machine of this name (case does not matter), or null.
DOVETAIL_SHARED const Machine *FindMachine(const std::string &name);
// What the devices of this process are: DOVETAIL_SOC, or else Ascend910B3. Null if there is no such machine; `fault`
// then says which there are.
DOVETAIL_SHARED const Machine *DeviceMachine(std::string *fault);

}  // namespace dovetail

#endif
