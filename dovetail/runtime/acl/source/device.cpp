#include "acl/source/device.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <utility>

#include "acl/acl_rt.h"

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

}  // namespace dovetail

using namespace dovetail;

void dovetail_provide_devices(uint32_t devices) {
    devices = std::min(devices, kMostDevices);
    uint32_t known = provided.load();
    while (known < devices && !provided.compare_exchange_weak(known, devices)) {
    }
}
