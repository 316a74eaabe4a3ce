// Devices: how many there are, which one a thread uses, what setting and resetting them does.
#include <cstdlib>
#include <thread>

#include "tasks.h"

using namespace dovetail;

namespace {

void WithoutADevice() {
    int32_t device = 77;
    aclrtStream stream = nullptr;
    size_t size;
    CHECK_REFUSED(aclrtGetDevice(&device), ACL_ERROR_RT_CONTEXT_NULL, "aclrtSetDevice");
    CHECK_EQUAL(device, 77);
    CHECK_CODE(aclrtCreateStream(&stream), ACL_ERROR_RT_CONTEXT_NULL);
    CHECK_CODE(aclrtSynchronizeStream(nullptr), ACL_ERROR_RT_CONTEXT_NULL);
    CHECK_CODE(aclrtSynchronizeDevice(), ACL_ERROR_RT_CONTEXT_NULL);
    CHECK_CODE(aclrtGetMemInfo(ACL_HBM_MEM, &size, &size), ACL_ERROR_RT_CONTEXT_NULL);
}

void NumbersOfDevices() {
    uint32_t count = 0;
    CHECK_OK(aclrtGetDeviceCount(&count));
    CHECK_EQUAL(count, 8u);
    CHECK_REFUSED(aclrtGetDeviceCount(nullptr), ACL_ERROR_INVALID_PARAM, "count is null");
    for (const int32_t device : {-1, 8, 1000000}) {
        aclrtContext context;
        CHECK_REFUSED(aclrtSetDevice(device), ACL_ERROR_RT_INVALID_DEVICEID, "there are 8, from 0 on");
        CHECK_CODE(aclrtResetDevice(device), ACL_ERROR_RT_INVALID_DEVICEID);
        CHECK_CODE(aclrtCreateContext(&context, device), ACL_ERROR_RT_INVALID_DEVICEID);
    }
    dovetail_provide_devices(10);
    dovetail_provide_devices(9);
    CHECK_OK(aclrtGetDeviceCount(&count));
    CHECK_EQUAL(count, 10u);
    CHECK_OK(aclrtSetDevice(9));
    CHECK_OK(aclrtResetDevice(9));
    dovetail_provide_devices(1000000);
    CHECK_OK(aclrtGetDeviceCount(&count));
    CHECK_EQUAL(count, 64u);
}

void SetsAndResets() {
    int32_t device = 77;
    CHECK_REFUSED(aclrtResetDevice(3), ACL_ERROR_RT_CONTEXT_RELEASE_ERROR, "as often as it was set");
    CHECK_OK(aclrtSetDevice(3));
    CHECK_OK(aclrtSetDevice(3));
    CHECK_OK(aclrtGetDevice(&device));
    CHECK_EQUAL(device, 3);
    CHECK_CODE(aclrtGetDevice(nullptr), ACL_ERROR_INVALID_PARAM);
    aclrtStream stream;
    CHECK_OK(aclrtCreateStream(&stream));
    bool ran = false;
    CHECK_OK(aclrtResetDevice(3));
    Queue(stream, [&](Stream &) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return ran = true, Outcome();
    });
    CHECK_OK(aclrtResetDevice(3));
    CHECK(ran);
    CHECK_REFUSED(aclrtGetDevice(&device), ACL_ERROR_RT_CONTEXT_NULL, "its device reset");
    CHECK_CODE(aclrtResetDevice(3), ACL_ERROR_RT_CONTEXT_RELEASE_ERROR);
    CHECK_OK(aclrtSetDevice(3));
    CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_INVALID_HANDLE, "is no stream (any more)");
    CHECK_OK(aclrtResetDevice(3));
}

// Threads that set the same device share its context, and each counts.
void ThreadsShareADevice() {
    aclrtContext here, there;
    CHECK_OK(aclrtSetDevice(2));
    CHECK_OK(aclrtGetCurrentContext(&here));
    std::thread([&] {
        int32_t device;
        CHECK_CODE(aclrtGetDevice(&device), ACL_ERROR_RT_CONTEXT_NULL);
        CHECK_OK(aclrtSetDevice(2));
        CHECK_OK(aclrtGetCurrentContext(&there));
    }).join();
    CHECK_EQUAL(here, there);
    CHECK_OK(aclrtResetDevice(2));
    CHECK_OK(aclrtGetCurrentContext(&here));
    CHECK_OK(aclrtResetDevice(2));
    CHECK_CODE(aclrtGetCurrentContext(&here), ACL_ERROR_RT_CONTEXT_NULL);
}

void WhatItIs() {
    aclrtRunMode mode;
    CHECK_EQUAL(std::string(aclrtGetSocName()), "Ascend910B3");
    CHECK_OK(aclrtGetRunMode(&mode));
    CHECK_EQUAL(mode, ACL_HOST);
    CHECK_CODE(aclrtGetRunMode(nullptr), ACL_ERROR_INVALID_PARAM);
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    WithoutADevice();
    NumbersOfDevices();
    SetsAndResets();
    ThreadsShareADevice();
    WhatItIs();
}
