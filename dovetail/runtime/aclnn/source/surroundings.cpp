// The runtime below, as the words of entry points see it.
#include "aclnn/source/surroundings.h"

#include "acl/source/errors.h"
#include "acl/source/machines.h"
#include "acl/source/memory.h"
#include "acl/source/stream.h"
#include "aclnn/aclnn_base.h"
#include "dovetail/kernels.h"

namespace dovetail {

namespace {

static_assert(kNullPointer == ACLNN_ERR_PARAM_NULLPTR && kInvalid == ACLNN_ERR_PARAM_INVALID, "as headers say");
static_assert(kRuntimeError == ACLNN_ERR_RUNTIME_ERROR, "as headers say");

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

aclnnStatus Report(aclnnStatus code, const std::string &message) { return Refuse(code, message); }

const char *MachineFor(const Package &package, aclnnStatus *status) {
    *status = ACLNN_SUCCESS;
    const Machine *machine = ThisHost().machine;
    if (machine == nullptr) {
        *status = Refuse(kRuntimeError, std::string(package.operator_name) + "GetWorkspaceSize: " + ThisHost().fault);
        return nullptr;
    }
    if (std::string(machine->family) != package.family) {
        *status =
            Refuse(ACLNN_ERR_INNER_OPP_KERNEL_PKG_NOT_FOUND,
                   Format("%sGetWorkspaceSize: this package holds kernels for %s, and the devices are %s, of %s; "
                          "dovetail build --target %s makes a package for them",
                          package.operator_name, package.family, machine->name, machine->family, machine->family));
        return nullptr;
    }
    return machine->name;
}

int DeviceOfThread() {
    aclError code = ACL_SUCCESS;
    return CurrentDevice(&code);
}

std::string FaultOfMemory(const char *name, const char *address, uint64_t bytes, int device) {
    Region region{name, address, bytes};
    return FindAllocation(region, device);
}

bool FindCommunicator(const char *name, int device, CommunicatorFacts *facts, bool *is_elsewhere) {
    int32_t others = 0;
    DovetailCommFacts found = {};
    HcclComm communicator = dovetail_comm_find(name, device, &others);
    *is_elsewhere = others != 0;
    if (communicator == nullptr || dovetail_comm_facts(communicator, &found) != HCCL_SUCCESS) {
        return false;
    }
    *facts = {communicator, found.ranks, found.cores, found.window_bytes};
    return true;
}

}  // namespace dovetail
