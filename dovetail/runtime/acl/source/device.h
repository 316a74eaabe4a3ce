// The devices of the process.
#ifndef DOVETAIL_ACL_DEVICE_H
#define DOVETAIL_ACL_DEVICE_H

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "acl/source/machines.h"
#include "acl/source/queue.h"

namespace dovetail {

constexpr uint32_t kMostDevices = 64;

class Context;

struct Device {
    std::mutex uses_mutex;             // of what aclrtSetDevice and aclrtResetDevice change
    std::shared_ptr<Context> context;  // the default one; null while nobody has set the device
    uint64_t uses = 0;

    std::mutex mutex;                            // of the rest
    std::vector<std::weak_ptr<Stream>> streams;  // of all contexts
    uint64_t streams_made = 0;                   // numbers them
    Outcome failure;                             // the first of any stream that no synchronisation has told yet
};

// How many devices there are, and what they are. ACL_SUCCESS, or Refuse() where the environment asks for nonsense.
aclError FindDevices(uint32_t *count, const Machine **machine);

// ACL_SUCCESS if `device` is one of them, or Refuse() in the name of `function`.
aclError CheckDevice(const char *function, int32_t device);

// `device` must be one of them.
Device &DeviceAt(int32_t device);

// A new stream, which is one of those of the device from now on.
std::shared_ptr<Stream> AddStream(int device, const void *context, std::shared_ptr<FailureMode> failure_mode);

}  // namespace dovetail

#endif
