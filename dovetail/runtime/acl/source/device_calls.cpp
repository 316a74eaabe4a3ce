// What programs ask of devices: to be set, with a default context, and reset; and to be waited for.
#include <utility>

#include "acl/acl_rt.h"
#include "acl/source/context.h"
#include "acl/source/device.h"
#include "acl/source/handles.h"

namespace dovetail {

namespace {

using Streams = std::vector<std::shared_ptr<Stream>>;

Streams StreamsOf(Device &device) {
    Streams streams;
    std::lock_guard<std::mutex> lock(device.mutex);
    for (const std::weak_ptr<Stream> &each : device.streams) {
        if (std::shared_ptr<Stream> stream = each.lock()) {
            streams.push_back(std::move(stream));
        }
    }
    return streams;
}

// Waits for all streams of the device, and tells the first failure that has not been told.
aclError Synchronize(const char *function, int32_t timeout) {
    aclError code;
    const std::shared_ptr<Context> context = CurrentContext(&code);
    if (context == nullptr) {
        return code;
    }
    Device &device = DeviceAt(context->device());
    const Clock::time_point deadline = DeadlineAfter(timeout);
    for (const std::shared_ptr<Stream> &stream : StreamsOf(device)) {
        std::string state;
        if (stream->IsRunningHere()) {
            return Refuse(
                ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                Format("%s: called by a task of %s, it would wait for itself", function, NameOf(*stream).c_str()));
        }
        if (!stream->WaitUntil(deadline, &state)) {
            return Refuse(ACL_ERROR_RT_STREAM_SYNC_TIMEOUT,
                          Format("%s: not done within %d ms: %s", function, timeout, state.c_str()));
        }
    }
    Outcome failure;
    if (context->failure_mode()->stopped()) {
        failure = context->failure_mode()->failure();
    } else {
        std::lock_guard<std::mutex> lock(device.mutex);
        failure = std::exchange(device.failure, Outcome());
    }
    return failure.code == ACL_SUCCESS ? ACL_SUCCESS : Refuse(failure.code, failure.message);
}

}  // namespace

}  // namespace dovetail

using namespace dovetail;

aclError aclrtSetDevice(int32_t deviceId) {
    const aclError code = CheckDevice("aclrtSetDevice", deviceId);
    if (code != ACL_SUCCESS) {
        return code;
    }
    Device &device = DeviceAt(deviceId);
    std::lock_guard<std::mutex> lock(device.uses_mutex);
    if (device.context == nullptr) {
        device.context = Context::Make(deviceId, true);
    }
    ++device.uses;
    MakeCurrent(*device.context);
    return ACL_SUCCESS;
}

aclError aclrtResetDevice(int32_t deviceId) {
    const aclError code = CheckDevice("aclrtResetDevice", deviceId);
    if (code != ACL_SUCCESS) {
        return code;
    }
    Device &device = DeviceAt(deviceId);
    std::shared_ptr<Context> unused;
    {
        std::lock_guard<std::mutex> lock(device.uses_mutex);
        if (device.uses == 0) {
            return Refuse(ACL_ERROR_RT_CONTEXT_RELEASE_ERROR,
                          Format("aclrtResetDevice: device %d has been reset as often as it was set", deviceId));
        }
        if (device.uses == 1 && device.context->IsRunningHere()) {
            return Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                          "aclrtResetDevice: called by a task of a stream of the device, which would wait for itself");
        }
        if (--device.uses == 0) {
            unused.swap(device.context);
        }
    }
    if (unused != nullptr) {
        AllOf<Context>().Remove(unused->handle());
        unused->Finish();
    }
    return ACL_SUCCESS;
}

aclError aclrtGetDevice(int32_t *deviceId) {
    if (deviceId == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtGetDevice: deviceId is null");
    }
    aclError code;
    const int device = CurrentDevice(&code);
    if (device < 0) {
        return code;
    }
    *deviceId = device;
    return ACL_SUCCESS;
}

aclError aclrtGetDeviceCount(uint32_t *count) {
    if (count == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtGetDeviceCount: count is null");
    }
    const Machine *machine = nullptr;
    return FindDevices(count, &machine);
}

const char *aclrtGetSocName() {
    uint32_t count = 0;
    const Machine *machine = nullptr;
    return FindDevices(&count, &machine) == ACL_SUCCESS ? machine->name : nullptr;
}

aclError aclrtGetRunMode(aclrtRunMode *runMode) {
    if (runMode == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtGetRunMode: runMode is null");
    }
    *runMode = ACL_HOST;
    return ACL_SUCCESS;
}

aclError aclrtSynchronizeDevice() { return Synchronize("aclrtSynchronizeDevice", -1); }

aclError aclrtSynchronizeDeviceWithTimeout(int32_t timeout) {
    const aclError code = CheckTimeout("aclrtSynchronizeDeviceWithTimeout", timeout);
    return code != ACL_SUCCESS ? code : Synchronize("aclrtSynchronizeDeviceWithTimeout", timeout);
}
