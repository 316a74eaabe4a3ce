// Contexts: each thread has one at a time, and streams belong to theirs.
#include <atomic>
#include <thread>

#include "tasks.h"

using namespace dovetail;

namespace {

aclrtContext Current() {
    aclrtContext context = nullptr;
    CHECK_OK(aclrtGetCurrentContext(&context));
    return context;
}

void Null() {
    CHECK_REFUSED(aclrtCreateContext(nullptr, 0), ACL_ERROR_INVALID_PARAM, "context is null");
    CHECK_CODE(aclrtDestroyContext(nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtSetCurrentContext(nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtGetCurrentContext(nullptr), ACL_ERROR_INVALID_PARAM);
}

void CreatedAndDestroyed() {
    aclrtContext one, two, none = &one;
    int32_t device = -1;
    CHECK_OK(aclrtCreateContext(&one, 0));  // without aclrtSetDevice before
    CHECK_EQUAL(Current(), one);
    CHECK_OK(aclrtCreateContext(&two, 5));
    CHECK_EQUAL(Current(), two);
    CHECK_OK(aclrtGetDevice(&device));
    CHECK_EQUAL(device, 5);
    CHECK_OK(aclrtSetCurrentContext(one));
    CHECK_OK(aclrtGetDevice(&device));
    CHECK_EQUAL(device, 0);
    CHECK_OK(aclrtDestroyContext(two));
    CHECK_REFUSED(aclrtSetCurrentContext(two), ACL_ERROR_RT_PARAM_INVALID, "is no context (any more)");
    CHECK_REFUSED(aclrtDestroyContext(two), ACL_ERROR_RT_CONTEXT_NULL, "is no context (any more)");
    CHECK_EQUAL(Current(), one);
    CHECK_OK(aclrtDestroyContext(one));
    CHECK_CODE(aclrtGetCurrentContext(&none), ACL_ERROR_RT_CONTEXT_NULL);
    CHECK_EQUAL(none, &one);
}

// Setting a device leaves the context that was there, and does not end it.
void DefaultContexts() {
    aclrtContext made;
    CHECK_OK(aclrtSetDevice(0));
    const aclrtContext usual = Current();
    CHECK_OK(aclrtCreateContext(&made, 0));
    CHECK(made != usual);
    CHECK_OK(aclrtSetDevice(0));
    CHECK_EQUAL(Current(), usual);
    CHECK_OK(aclrtSetCurrentContext(made));
    CHECK_REFUSED(aclrtDestroyContext(usual), ACL_ERROR_RT_CONTEXT_NULL, "default context of device 0");
    CHECK_OK(aclrtSetCurrentContext(usual));
    CHECK_OK(aclrtDestroyContext(made));
    CHECK_OK(aclrtResetDevice(0));
    CHECK_EQUAL(Current(), usual);
    CHECK_OK(aclrtResetDevice(0));
}

void DestroyedByAnotherThread() {
    aclrtContext context;
    CHECK_OK(aclrtCreateContext(&context, 0));
    std::thread([&] { CHECK_OK(aclrtDestroyContext(context)); }).join();
    aclrtStream stream;
    CHECK_REFUSED(aclrtCreateStream(&stream), ACL_ERROR_RT_CONTEXT_NULL, "has been destroyed");
}

// Streams can be waited for from anywhere, but are used in their context alone.
void StreamsOfOtherContexts() {
    aclrtContext one, two;
    aclrtStream stream;
    aclrtEvent event;
    CHECK_OK(aclrtCreateContext(&one, 0));
    CHECK_OK(aclrtCreateStream(&stream));
    bool ran = false;
    Queue(stream, [&](Stream &) { return ran = true, Outcome(); });
    CHECK_OK(aclrtCreateContext(&two, 1));
    CHECK_OK(aclrtCreateEvent(&event));
    CHECK_OK(aclrtSynchronizeStream(stream));
    CHECK(ran);
    aclrtStreamStatus status;
    CHECK_OK(aclrtStreamQuery(stream, &status));
    void *memory = nullptr;
    CHECK_OK(aclrtMalloc(&memory, 1, ACL_MEM_MALLOC_HUGE_FIRST));
    CHECK_REFUSED(aclrtDestroyStream(stream), ACL_ERROR_RT_STREAM_CONTEXT, "belongs to another context");
    CHECK_CODE(aclrtDestroyStreamForce(stream), ACL_ERROR_RT_STREAM_CONTEXT);
    CHECK_CODE(aclrtRecordEvent(event, stream), ACL_ERROR_RT_STREAM_CONTEXT);
    CHECK_CODE(aclrtStreamWaitEvent(stream, event), ACL_ERROR_RT_STREAM_CONTEXT);
    CHECK_CODE(aclrtSetStreamFailureMode(stream, ACL_STOP_ON_FAILURE), ACL_ERROR_RT_STREAM_CONTEXT);
    CHECK_CODE(aclrtMemsetAsync(memory, 1, 0, 1, stream), ACL_ERROR_RT_STREAM_CONTEXT);
    CHECK_OK(aclrtFree(memory));
    CHECK_OK(aclrtDestroyEvent(event));
    CHECK_OK(aclrtDestroyContext(two));
    CHECK_OK(aclrtSetCurrentContext(one));
    CHECK_OK(aclrtDestroyStream(stream));
    CHECK_OK(aclrtDestroyContext(one));
}

void TasksDoNotEndTheirContext() {
    aclrtContext context;
    CHECK_OK(aclrtCreateContext(&context, 0));
    Queue(nullptr, [&](Stream &) {
        CHECK_REFUSED(aclrtDestroyContext(context), ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "wait for itself");
        return Outcome();
    });
    CHECK_OK(aclrtSynchronizeStream(nullptr));
    CHECK_OK(aclrtDestroyContext(context));
}

// A context takes its streams along, once their work is done.
void EndsItsStreams() {
    aclrtContext context;
    aclrtStream stream;
    CHECK_OK(aclrtCreateContext(&context, 0));
    CHECK_OK(aclrtCreateStream(&stream));
    std::atomic<int> ran{0};
    for (const aclrtStream each : {stream, aclrtStream{nullptr}}) {
        Queue(each, [&](Stream &) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            return ++ran, Outcome();
        });
    }
    CHECK_OK(aclrtDestroyContext(context));
    CHECK_EQUAL(ran, 2);
    CHECK_OK(aclrtSetDevice(0));
    CHECK_CODE(aclrtSynchronizeStream(stream), ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_OK(aclrtResetDevice(0));
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    Null();
    CreatedAndDestroyed();
    DefaultContexts();
    DestroyedByAnotherThread();
    StreamsOfOtherContexts();
    TasksDoNotEndTheirContext();
    EndsItsStreams();
}
