// What the words of entry points ask of the runtime below.
#ifndef DOVETAIL_ACLNN_SURROUNDINGS_H
#define DOVETAIL_ACLNN_SURROUNDINGS_H

#include <cstdint>
#include <string>

#include "dovetail/operator.h"

namespace dovetail {

// Codes that entry points return, as the vendor numbers them.
constexpr aclnnStatus kNullPointer = 161001;
constexpr aclnnStatus kInvalid = 161002;
constexpr aclnnStatus kRuntimeError = 361001;

// Keeps `message` for aclGetRecentErrMsg. Returns `code`, so that an entry point can end with it.
aclnnStatus Report(aclnnStatus code, const std::string &message);

// What the devices are called, if a package is for them. Otherwise null, with the code; the message is kept.
const char *MachineFor(const Package &package, aclnnStatus *status);

// The device of the calling thread. If it has none, -1; the message is kept.
int DeviceOfThread();

// What is wrong with memory that is said to be the device's, beginning with `name`; empty if nothing is.
std::string FaultOfMemory(const char *name, const char *address, uint64_t bytes, int device);

struct CommunicatorFacts {
    void *handle;
    uint32_t ranks, cores;
    uint64_t window_bytes;
};

// False if the device has no communicator of this name; then `is_elsewhere` says whether another device of this process
// has one.
bool FindCommunicator(const char *name, int device, CommunicatorFacts *facts, bool *is_elsewhere);

}  // namespace dovetail

#endif
