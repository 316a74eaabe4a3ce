// Events: the three ways to create one, recording and waiting, time, and those that never come.
#include <chrono>
#include <thread>

#include "tasks.h"

using namespace dovetail;

namespace {

aclrtStream one, two;

aclrtEvent Plain() {
    aclrtEvent event = nullptr;
    CHECK_OK(aclrtCreateEvent(&event));
    return event;
}

aclrtEvent WithFlag(uint32_t flag) {
    aclrtEvent event = nullptr;
    CHECK_OK(aclrtCreateEventWithFlag(&event, flag));
    return event;
}

aclrtEvent ExWithFlag(uint32_t flag) {
    aclrtEvent event = nullptr;
    CHECK_OK(aclrtCreateEventExWithFlag(&event, flag));
    return event;
}

aclrtEventRecordedStatus Status(aclrtEvent event) {
    aclrtEventRecordedStatus status;
    CHECK_OK(aclrtQueryEventStatus(event, &status));
    return status;
}

constexpr auto kReady = ACL_EVENT_RECORDED_STATUS_COMPLETE;
constexpr auto kNotReady = ACL_EVENT_RECORDED_STATUS_NOT_READY;

bool IsIdle(aclrtStream stream) {
    aclrtStreamStatus status;
    CHECK_OK(aclrtStreamQuery(stream, &status));
    return status == ACL_STREAM_STATUS_COMPLETE;
}

void Flags() {
    aclrtEvent event;
    CHECK_REFUSED(aclrtCreateEvent(nullptr), ACL_ERROR_INVALID_PARAM, "event is null");
    for (const uint32_t flag : {0u, 0x40u, 0x11u, 0x30u, 0x101u}) {
        CHECK_REFUSED(aclrtCreateEventWithFlag(&event, flag), ACL_ERROR_RT_PARAM_INVALID, "flag is 0x");
    }
    for (const uint32_t flag : {0u, 0x10u, 0x41u, 0x80u}) {
        CHECK_REFUSED(aclrtCreateEventExWithFlag(&event, flag), ACL_ERROR_RT_PARAM_INVALID, "flag is 0x");
    }
    CHECK_CODE(aclrtCreateEventExWithFlag(&event, ACL_EVENT_IPC), ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
}

// One stream waits for what another has queued.
void StreamsWait() {
    for (const aclrtEvent event : {Plain(), WithFlag(ACL_EVENT_SYNC), ExWithFlag(ACL_EVENT_SYNC)}) {
        Gate gate;
        int number = 0, seen = 0;
        Occupy(one, gate);
        Queue(one, [&](Stream &) { return number = 1, Outcome(); });
        CHECK_OK(aclrtRecordEvent(event, one));
        Queue(one, [&](Stream &) { return Outcome(); });
        CHECK_OK(aclrtStreamWaitEvent(two, event));
        CHECK_OK(aclrtStreamWaitEvent(one, event));  // in order anyway
        Queue(two, [&](Stream &) { return seen = number, Outcome(); });
        CHECK_EQUAL(Status(event), kNotReady);
        CHECK_REFUSED(aclrtSynchronizeEventWithTimeout(event, 30), ACL_ERROR_RT_EVENT_SYNC_TIMEOUT, "within 30 ms");
        CHECK_CODE(aclrtSynchronizeEventWithTimeout(event, 0), ACL_ERROR_RT_PARAM_INVALID);
        CHECK(!IsIdle(two));
        gate.Open();
        CHECK_OK(aclrtSynchronizeStream(two));
        CHECK_EQUAL(seen, 1);
        CHECK_EQUAL(Status(event), kReady);
        CHECK_OK(aclrtSynchronizeEvent(event));
        CHECK_OK(aclrtSynchronizeEventWithTimeout(event, 1));
        CHECK_OK(aclrtStreamWaitEvent(two, event));
        CHECK_OK(aclrtDestroyEvent(event));
        CHECK_OK(aclrtSynchronizeDevice());
    }
}

// The latest recording counts, and who waits for an earlier one still does.
void RecordedAgain() {
    const aclrtEvent event = ExWithFlag(ACL_EVENT_SYNC);
    Gate first, second;
    CHECK_EQUAL(Status(event), kReady);
    Occupy(one, first);
    CHECK_OK(aclrtRecordEvent(event, one));
    CHECK_OK(aclrtStreamWaitEvent(two, event));
    Queue(one, [&](Stream &) {
        second.Wait();
        return Outcome();
    });
    CHECK_OK(aclrtRecordEvent(event, one));
    first.Open();
    CHECK_OK(aclrtSynchronizeStream(two));
    CHECK_EQUAL(Status(event), kNotReady);
    second.Open();
    CHECK_OK(aclrtSynchronizeEvent(event));
    CHECK_EQUAL(Status(event), kReady);
    CHECK_OK(aclrtDestroyEvent(event));
}

void NeverRecorded() {
    const aclrtEvent plain = Plain(), capturing = ExWithFlag(ACL_EVENT_SYNC);
    CHECK_EQUAL(Status(plain), kNotReady);
    CHECK_EQUAL(Status(capturing), kReady);
    CHECK_OK(aclrtSynchronizeEvent(plain));
    CHECK_OK(aclrtSynchronizeEvent(capturing));
    CHECK_REFUSED(aclrtStreamWaitEvent(two, plain), ACL_ERROR_RT_PARAM_INVALID, "has not been recorded");
    CHECK_OK(aclrtStreamWaitEvent(two, capturing));
    CHECK_OK(aclrtSynchronizeStreamWithTimeout(two, 1000));
    const aclrtEvent timing = WithFlag(ACL_EVENT_TIME_LINE), capturing_time = ExWithFlag(ACL_EVENT_TIME_LINE);
    CHECK_EQUAL(Status(timing), kNotReady);
    for (const aclrtEvent event : {timing, capturing_time}) {
        CHECK_REFUSED(aclrtStreamWaitEvent(two, event), ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "ACL_EVENT_SYNC");
        CHECK_OK(aclrtRecordEvent(event, one));
        CHECK_OK(aclrtSynchronizeEvent(event));
        CHECK_CODE(aclrtStreamWaitEvent(two, event), ACL_ERROR_RT_FEATURE_NOT_SUPPORT);
    }
    for (const aclrtEvent event : {plain, capturing, timing, capturing_time}) {
        CHECK_OK(aclrtDestroyEvent(event));
    }
}

// An event that is a flag is waited for before it is recorded, and again after it has been reset.
void FlagsAndResets() {
    const aclrtEvent event = WithFlag(ACL_EVENT_SYNC);
    CHECK_EQUAL(Status(event), kNotReady);
    CHECK_OK(aclrtSynchronizeEvent(event));
    for (int i = 0; i < 3; ++i) {
        CHECK_OK(aclrtStreamWaitEvent(two, event));
        CHECK_CODE(aclrtSynchronizeStreamWithTimeout(two, 30), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
        CHECK_OK(aclrtRecordEvent(event, one));
        CHECK_OK(aclrtSynchronizeStream(two));
        CHECK_EQUAL(Status(event), kReady);
        CHECK_OK(aclrtResetEvent(event, two));
        CHECK_OK(aclrtResetEvent(event, two));
        CHECK_EQUAL(Status(event), kNotReady);
    }
    CHECK_OK(aclrtDestroyEvent(event));
    for (const aclrtEvent other : {Plain(), ExWithFlag(ACL_EVENT_SYNC), WithFlag(ACL_EVENT_TIME_LINE)}) {
        CHECK_REFUSED(aclrtResetEvent(other, two), ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "can be reset");
        CHECK_OK(aclrtDestroyEvent(other));
    }
}

void Time() {
    const aclrtEvent start = Plain(), end = WithFlag(ACL_EVENT_TIME_LINE), timeless = WithFlag(ACL_EVENT_SYNC);
    float ms = 0;
    const auto before = std::chrono::steady_clock::now();
    CHECK_REFUSED(aclrtEventElapsedTime(&ms, start, end), ACL_ERROR_RT_INTERNAL_ERROR,
                  "startEvent has not been recorded");
    CHECK_OK(aclrtRecordEvent(start, one));
    Gate gate;
    Occupy(one, gate);
    CHECK_OK(aclrtRecordEvent(end, one));
    CHECK_REFUSED(aclrtEventElapsedTime(&ms, start, end), ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID, "endEvent has no time");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    gate.Open();
    CHECK_OK(aclrtRecordEvent(timeless, one));
    CHECK_OK(aclrtSynchronizeStream(one));
    CHECK_OK(aclrtEventElapsedTime(&ms, start, end));
    const std::chrono::duration<float, std::milli> all = std::chrono::steady_clock::now() - before;
    CHECK(ms >= 20 && ms <= all.count());
    CHECK_OK(aclrtEventElapsedTime(&ms, end, start));
    CHECK(ms <= -20);
    CHECK_REFUSED(aclrtEventElapsedTime(&ms, timeless, end), ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID,
                  "without ACL_EVENT_TIME");
    CHECK_CODE(aclrtEventElapsedTime(nullptr, start, end), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtEventElapsedTime(&ms, start, nullptr), ACL_ERROR_INVALID_PARAM);
    for (const aclrtEvent event : {start, end, timeless}) {
        CHECK_OK(aclrtDestroyEvent(event));
    }
}

// The stream that was to bring the event is destroyed.
void TheStreamIsGone() {
    aclrtStream gone;
    CHECK_OK(aclrtCreateStream(&gone));
    const aclrtEvent event = ExWithFlag(ACL_EVENT_SYNC);
    Gate gate;
    Occupy(gone, gate);
    CHECK_OK(aclrtRecordEvent(event, gone));
    CHECK_OK(aclrtStreamWaitEvent(two, event));
    CHECK_OK(aclrtDestroyStreamForce(gone));
    CHECK_REFUSED(aclrtSynchronizeStream(two), ACL_ERROR_RT_STREAM_ABORT, "waited for an event that never came");
    gate.Open();
    CHECK_CODE(aclrtSynchronizeDevice(), ACL_ERROR_RT_STREAM_ABORT);
    aclrtEventRecordedStatus status;
    CHECK_REFUSED(aclrtSynchronizeEvent(event), ACL_ERROR_RT_STREAM_ABORT, "destroyed by force");
    CHECK_CODE(aclrtQueryEventStatus(event, &status), ACL_ERROR_RT_STREAM_ABORT);
    CHECK_CODE(aclrtStreamWaitEvent(two, event), ACL_ERROR_RT_STREAM_ABORT);
    CHECK_OK(aclrtRecordEvent(event, one));
    CHECK_OK(aclrtSynchronizeEvent(event));
    CHECK_OK(aclrtDestroyEvent(event));
}

// The stream that waits is destroyed, with force or without, and nobody will ever record the event.
void TheWaiterIsGone() {
    const aclrtEvent event = WithFlag(ACL_EVENT_SYNC);
    for (const auto destroy : {aclrtDestroyStreamForce, aclrtDestroyStream}) {
        aclrtStream waiting;
        CHECK_OK(aclrtCreateStream(&waiting));
        CHECK_OK(aclrtStreamWaitEvent(waiting, event));
        CHECK_CODE(aclrtSynchronizeStreamWithTimeout(waiting, 30), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
        CHECK_OK(destroy(waiting));
        CHECK_REFUSED(aclrtSynchronizeDevice(), ACL_ERROR_RT_STREAM_ABORT, "was destroyed meanwhile");
    }
    CHECK_OK(aclrtStreamWaitEvent(two, event));
    CHECK_OK(aclrtDestroyEvent(event));
    CHECK_REFUSED(aclrtSynchronizeStream(two), ACL_ERROR_RT_STREAM_ABORT, "destroyed before it was recorded");
    CHECK_CODE(aclrtSynchronizeDevice(), ACL_ERROR_RT_STREAM_ABORT);
}

void DestroyedBeforeItCame() {
    const aclrtEvent event = Plain();
    Gate gate;
    Occupy(one, gate);
    CHECK_OK(aclrtRecordEvent(event, one));
    CHECK_OK(aclrtStreamWaitEvent(two, event));
    CHECK_OK(aclrtDestroyEvent(event));
    gate.Open();
    CHECK_OK(aclrtSynchronizeStream(two));
    CHECK_OK(aclrtSynchronizeStream(one));
}

// What waits for an event that is recorded later does not hold up the launches of other streams. What waits for one
// that was recorded before keeps its place among them.
void StreamsAreBlockedByWhatIsRecordedLater() {
    aclError code;
    const std::shared_ptr<Stream> waiting = FindStream(two, &code);
    const aclrtEvent before = Plain(), later = WithFlag(ACL_EVENT_SYNC);
    Gate gate;
    Occupy(one, gate);
    CHECK_OK(aclrtRecordEvent(before, one));
    CHECK_OK(aclrtStreamWaitEvent(two, before));
    CHECK_CODE(aclrtSynchronizeStreamWithTimeout(two, 30), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
    CHECK(!IsBlocked(*waiting));
    CHECK_OK(aclrtStreamWaitEvent(two, later));
    gate.Open();
    CHECK_OK(aclrtSynchronizeEvent(before));
    while (!IsBlocked(*waiting)) {
        std::this_thread::yield();
    }
    CHECK_CODE(aclrtSynchronizeStreamWithTimeout(two, 30), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
    CHECK(IsBlocked(*waiting));
    CHECK_OK(aclrtRecordEvent(later, one));
    CHECK_OK(aclrtSynchronizeStream(two));
    CHECK(!IsBlocked(*waiting));
    CHECK_OK(aclrtDestroyEvent(before));
    CHECK_OK(aclrtDestroyEvent(later));
}

void TasksDoNotWaitForThemselves() {
    const aclrtEvent event = Plain();
    aclrtContext context;
    CHECK_OK(aclrtGetCurrentContext(&context));
    Gate recorded;
    Queue(one, [&](Stream &) {
        recorded.Wait();
        CHECK_OK(aclrtSetCurrentContext(context));
        CHECK_REFUSED(aclrtSynchronizeEvent(event), ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "wait for itself");
        return Outcome();
    });
    CHECK_OK(aclrtRecordEvent(event, one));
    recorded.Open();
    CHECK_OK(aclrtSynchronizeStream(one));
    CHECK_OK(aclrtDestroyEvent(event));
}

void AcrossDevices() {
    const aclrtEvent event = ExWithFlag(ACL_EVENT_SYNC);
    Gate gate;
    Occupy(one, gate);
    CHECK_OK(aclrtRecordEvent(event, one));
    CHECK_OK(aclrtSetDevice(1));
    CHECK_OK(aclrtStreamWaitEvent(nullptr, event));
    CHECK_CODE(aclrtSynchronizeStreamWithTimeout(nullptr, 30), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);
    gate.Open();
    CHECK_OK(aclrtSynchronizeStream(nullptr));
    CHECK_OK(aclrtResetDevice(1));
    CHECK_OK(aclrtSetDevice(0));
    CHECK_OK(aclrtDestroyEvent(event));
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    CHECK_OK(aclrtSetDevice(0));
    CHECK_OK(aclrtCreateStream(&one));
    CHECK_OK(aclrtCreateStream(&two));
    Flags();
    StreamsWait();
    RecordedAgain();
    NeverRecorded();
    FlagsAndResets();
    Time();
    TheStreamIsGone();
    TheWaiterIsGone();
    DestroyedBeforeItCame();
    StreamsAreBlockedByWhatIsRecordedLater();
    TasksDoNotWaitForThemselves();
    AcrossDevices();
}
