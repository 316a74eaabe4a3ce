// Whatever is passed as a handle: an error, never a crash.
#include <cstdint>
#include <thread>
#include <vector>

#include "check.h"

namespace {

void NotOfThisKind(void *handle) {
    aclrtStreamStatus stream_status;
    aclrtEventRecordedStatus event_status;
    float ms;
    aclrtEvent event;
    CHECK_REFUSED(aclrtSynchronizeStream(handle), ACL_ERROR_RT_INVALID_HANDLE, "is no stream (any more)");
    CHECK_CODE(aclrtSynchronizeStreamWithTimeout(handle, 1), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtStreamQuery(handle, &stream_status), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtDestroyStream(handle), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtDestroyStreamForce(handle), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtSetStreamFailureMode(handle, 0), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_OK(aclrtCreateEvent(&event));
    CHECK_CODE(aclrtRecordEvent(event, handle), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtStreamWaitEvent(handle, event), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_OK(aclrtDestroyEvent(event));

    CHECK_REFUSED(aclrtSynchronizeEvent(handle), ACL_ERROR_RT_INVALID_HANDLE, "is no event (any more)");
    CHECK_CODE(aclrtSynchronizeEventWithTimeout(handle, 1), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtQueryEventStatus(handle, &event_status), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtRecordEvent(handle, nullptr), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtResetEvent(handle, nullptr), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtStreamWaitEvent(nullptr, handle), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtEventElapsedTime(&ms, handle, handle), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_CODE(aclrtDestroyEvent(handle), ACL_ERROR_RT_INVALID_HANDLE);

    CHECK_CODE(aclrtSetCurrentContext(handle), ACL_ERROR_RT_PARAM_INVALID);
    CHECK_CODE(aclrtDestroyContext(handle), ACL_ERROR_RT_CONTEXT_NULL);
}

void Null() {
    CHECK_CODE(aclrtDestroyStream(nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtDestroyStreamForce(nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtStreamQuery(nullptr, nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtDestroyEvent(nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtRecordEvent(nullptr, nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtResetEvent(nullptr, nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtStreamWaitEvent(nullptr, nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtSynchronizeEvent(nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtQueryEventStatus(nullptr, nullptr), ACL_ERROR_INVALID_PARAM);
}

// One of many threads destroys the stream, and the others see that it is gone.
void DestroyedOnce() {
    for (int i = 0; i < 50; ++i) {
        aclrtStream stream;
        CHECK_OK(aclrtCreateStream(&stream));
        std::vector<aclError> codes(4);
        std::vector<std::thread> threads;
        for (aclError &code : codes) {
            threads.emplace_back([&] {
                CHECK_EQUAL(aclrtSetDevice(0), 0);
                code = aclrtDestroyStream(stream);
            });
        }
        int destroyed = 0;
        for (size_t each = 0; each < codes.size(); ++each) {
            threads[each].join();
            destroyed += codes[each] == ACL_SUCCESS ? 1 : 0;
            CHECK(codes[each] == ACL_SUCCESS || codes[each] == ACL_ERROR_RT_INVALID_HANDLE);
        }
        CHECK_EQUAL(destroyed, 1);
    }
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    CHECK_OK(aclrtSetDevice(0));
    int here = 0;
    for (void *const garbage : {reinterpret_cast<void *>(1), reinterpret_cast<void *>(0xd07e000000000000),
                                reinterpret_cast<void *>(UINTPTR_MAX), static_cast<void *>(&here)}) {
        NotOfThisKind(garbage);
    }
    aclrtStream stream;
    CHECK_OK(aclrtCreateStream(&stream));
    CHECK_OK(aclrtDestroyStream(stream));
    NotOfThisKind(stream);
    aclrtEvent event;
    CHECK_OK(aclrtCreateEvent(&event));
    CHECK_OK(aclrtDestroyEvent(event));
    NotOfThisKind(event);
    aclrtContext context;
    CHECK_OK(aclrtCreateContext(&context, 0));
    CHECK_OK(aclrtSetDevice(0));
    CHECK_OK(aclrtDestroyContext(context));
    NotOfThisKind(context);
    Null();
    DestroyedOnce();
}
