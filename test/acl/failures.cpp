// A task that fails: the next synchronisation of its stream says so, and that of its device, once; or streams stop.
#include <stdexcept>
#include <vector>

#include "tasks.h"

using namespace dovetail;

namespace {

constexpr int kCode = ACL_ERROR_RT_AICORE_EXCEPTION;

aclrtStream Create() {
    aclrtStream stream = nullptr;
    CHECK_OK(aclrtCreateStream(&stream));
    return stream;
}

void ReachesStreamAndDeviceOnce() {
    const aclrtStream stream = Create(), other = Create();
    bool ran = false;
    QueueFailure(stream, kCode, "the first");
    QueueFailure(stream, ACL_ERROR_RT_AICORE_TIMEOUT, "the second");
    Queue(stream, [&](Stream &) { return ran = true, Outcome(); });
    CHECK_REFUSED(aclrtSynchronizeStream(stream), kCode, "the first");
    CHECK(check::recent.find("the second") == std::string::npos);
    CHECK(ran);
    CHECK_OK(aclrtSynchronizeStream(stream));
    CHECK_OK(aclrtSynchronizeStream(other));
    CHECK_REFUSED(aclrtSynchronizeDevice(), kCode, "the first");
    CHECK_OK(aclrtSynchronizeDevice());
    QueueFailure(other, ACL_ERROR_RT_AICORE_TIMEOUT, "the third");
    CHECK_REFUSED(aclrtSynchronizeDevice(), ACL_ERROR_RT_AICORE_TIMEOUT, "the third");
    CHECK_REFUSED(aclrtSynchronizeStreamWithTimeout(other, 1000), ACL_ERROR_RT_AICORE_TIMEOUT, "the third");
    CHECK_OK(aclrtSynchronizeStream(other));
    CHECK_OK(aclrtDestroyStream(stream));
    CHECK_OK(aclrtDestroyStream(other));
}

// Nobody waits for the stream any more, yet the device knows.
void OutlivesItsStream() {
    const aclrtStream stream = Create();
    QueueFailure(stream, kCode, "of a stream that is gone");
    CHECK_OK(aclrtDestroyStream(stream));
    CHECK_REFUSED(aclrtSynchronizeDevice(), kCode, "of a stream that is gone");
    CHECK_OK(aclrtSynchronizeDevice());
}

void StaysOnItsDevice() {
    const aclrtStream stream = Create();
    QueueFailure(stream, kCode, "on device 0");
    CHECK_OK(aclrtSetDevice(1));
    CHECK_OK(aclrtSynchronizeDevice());
    CHECK_OK(aclrtSetDevice(0));
    CHECK_CODE(aclrtSynchronizeDevice(), kCode);
    CHECK_CODE(aclrtSynchronizeStream(stream), kCode);
    CHECK_OK(aclrtDestroyStream(stream));
}

void ExceptionsAreFailures() {
    const aclrtStream stream = Create();
    Queue(stream, [](Stream &) -> Outcome { throw std::runtime_error("no such thing"); });
    CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_INTERNAL_ERROR, "a test: no such thing");
    CHECK_CODE(aclrtSynchronizeDevice(), ACL_ERROR_RT_INTERNAL_ERROR);
    CHECK_OK(aclrtDestroyStream(stream));
}

void StreamsThatStop() {
    aclrtContext context, before;
    CHECK_OK(aclrtGetCurrentContext(&before));
    CHECK_OK(aclrtCreateContext(&context, 0));
    const aclrtStream stream = Create(), other = Create();
    CHECK_OK(aclrtSetStreamFailureMode(stream, ACL_CONTINUE_ON_FAILURE));
    CHECK_OK(aclrtSetStreamFailureMode(stream, ACL_STOP_ON_FAILURE));
    CHECK_REFUSED(aclrtSetStreamFailureMode(stream, ACL_CONTINUE_ON_FAILURE), ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                  "go on");
    std::vector<std::string> dropped;
    const auto drop = [&](const std::string &why) { dropped.push_back(why); };
    bool ran = false;
    Gate gate;
    Occupy(stream, gate);
    QueueFailure(stream, kCode, "the end");
    Queue(stream, [&](Stream &) { return ran = true, Outcome(); }, drop);
    gate.Open();
    for (int i = 0; i < 2; ++i) {
        CHECK_REFUSED(aclrtSynchronizeStream(stream), kCode, "the end");
        CHECK_REFUSED(aclrtSynchronizeStream(other), kCode, "the end");
        CHECK_REFUSED(aclrtSynchronizeDevice(), kCode, "the end");
    }
    CHECK(!ran);
    CHECK_EQUAL(dropped.size(), 1u);
    CHECK_SAYS(dropped[0], "the end");
    aclrtStreamStatus status;
    CHECK_REFUSED(aclrtStreamQuery(other, &status), kCode, "the end");

    aclError code;
    for (const aclrtStream each : {stream, other}) {
        CHECK(!Submit(*FindStream(each, &code), std::make_unique<Doing>(nullptr, drop), &code));
        CHECK_EQUAL(code, kCode);
        CHECK_SAYS(aclGetRecentErrMsg(), "stopped at a failure: the end");
    }
    CHECK_EQUAL(dropped.size(), 3u);
    void *memory = nullptr;
    CHECK_OK(aclrtMalloc(&memory, 1, ACL_MEM_MALLOC_HUGE_FIRST));
    CHECK_CODE(aclrtMemsetAsync(memory, 1, 0, 1, other), kCode);
    CHECK_OK(aclrtFree(memory));

    CHECK_OK(aclrtSetCurrentContext(before));
    const aclrtStream elsewhere = Create();
    CHECK_OK(aclrtSynchronizeStream(elsewhere));
    CHECK_OK(aclrtDestroyStream(elsewhere));
    CHECK_OK(aclrtDestroyContext(context));
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    CHECK_OK(aclrtSetDevice(0));
    ReachesStreamAndDeviceOnce();
    OutlivesItsStream();
    StaysOnItsDevice();
    ExceptionsAreFailures();
    StreamsThatStop();
}
