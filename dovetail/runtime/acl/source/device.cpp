#include "acl/source/device.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <utility>

#include "acl/acl_rt.h"
#include "acl/source/context.h"
#include "acl/source/handles.h"

namespace dovetail {

namespace {

constexpr uint32_t kUsualDevices = 8;

std::atomic<uint32_t> provided{0};

// What the environment says of devices; `fault` where that is nonsense.
struct Environment {
    uint32_t devices = kUsualDevices;
    const Machine *machine = nullptr;
    std::string fault;
};

// A number at the start of `*text`, which then stands behind it. False where there is none below 1000.
bool ReadNumber(const char **text, uint32_t *number) {
    const char *const start = *text;
    for (*number = 0; **text >= '0' && **text <= '9' && *text - start < 3; ++*text) {
        *number = 10 * *number + static_cast<uint32_t>(**text - '0');
    }
    return *text != start && (**text < '0' || **text > '9');
}

// How many of `devices` the list shows, as "0,2,3": up to the first entry that is none of them, or out of order.
uint32_t CountVisible(const char *list, uint32_t devices) {
    uint32_t count = 0, last = 0, number;
    while (ReadNumber(&list, &number) && number < devices && (count == 0 || number > last)) {
        ++count;
        last = number;
        if (*list != ',') {
            break;
        }
        ++list;
    }
    return count;
}

Environment Read() {
    Environment read;
    const char *text = getenv("DOVETAIL_DEVICES");
    if (text != nullptr && *text != '\0') {
        const char *end = text;
        if (!ReadNumber(&end, &read.devices) || *end != '\0' || read.devices < 1 || read.devices > kMostDevices) {
            read.fault = Format("DOVETAIL_DEVICES is '%s'; allowed is a number from 1 to %u", text, kMostDevices);
            return read;
        }
    }
    const char *visible = getenv("ASCEND_RT_VISIBLE_DEVICES");
    if (visible != nullptr) {
        read.devices = CountVisible(visible, read.devices);
    }
    read.machine = DeviceMachine(&read.fault);
    return read;
}

}  // namespace

aclError FindDevices(uint32_t *count, const Machine **machine) {
    static const Environment *const environment = new Environment(Read());
    if (!environment->fault.empty()) {
        return Refuse(ACL_ERROR_INVALID_PARAM, environment->fault);
    }
    *count = std::max(environment->devices, provided.load());
    *machine = environment->machine;
    return ACL_SUCCESS;
}

aclError CheckDevice(const char *function, int32_t device) {
    uint32_t count = 0;
    const Machine *machine = nullptr;
    const aclError code = FindDevices(&count, &machine);
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (device < 0 || static_cast<uint32_t>(device) >= count) {
        return Refuse(ACL_ERROR_RT_INVALID_DEVICEID,
                      Format("%s: there is no device %d; there are %u, from 0 on (DOVETAIL_DEVICES, "
                             "ASCEND_RT_VISIBLE_DEVICES)",
                             function, device, count));
    }
    return ACL_SUCCESS;
}

Device &DeviceAt(int32_t device) {
    static auto *const devices = new Device[kMostDevices];
    return devices[device];
}

std::shared_ptr<Stream> AddStream(int device, const void *context, std::shared_ptr<FailureMode> failure_mode) {
    Device &its = DeviceAt(device);
    std::lock_guard<std::mutex> lock(its.mutex);
    auto stream = std::make_shared<Stream>(device, its.streams_made++, context, std::move(failure_mode));
    const auto is_gone = [](const std::weak_ptr<Stream> &each) { return each.expired(); };
    its.streams.erase(std::remove_if(its.streams.begin(), its.streams.end(), is_gone), its.streams.end());
    its.streams.push_back(stream);
    return stream;
}

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

void dovetail_provide_devices(uint32_t devices) {
    devices = std::min(devices, kMostDevices);
    uint32_t known = provided.load();
    while (known < devices && !provided.compare_exchange_weak(known, devices)) {
    }
}

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
