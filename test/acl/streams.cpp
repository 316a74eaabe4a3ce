// Streams keep order, run beside each other, and can be waited for and destroyed with work in them.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "tasks.h"

using namespace dovetail;

namespace {

aclrtStream Create() {
    aclrtStream stream = nullptr;
    CHECK_OK(aclrtCreateStream(&stream));
    return stream;
}

aclrtStreamStatus Status(aclrtStream stream) {
    aclrtStreamStatus status = ACL_STREAM_STATUS_RESERVED;
    CHECK_OK(aclrtStreamQuery(stream, &status));
    return status;
}

void KeepsOrder() {
    const aclrtStream stream = Create();
    std::vector<int> order;
    Gate gate;
    Occupy(stream, gate);
    for (int i = 0; i < 300; ++i) {
        Queue(stream, [&order, i](Stream &) {
            order.push_back(i);
            return Outcome();
        });
    }
    CHECK_EQUAL(Status(stream), ACL_STREAM_STATUS_NOT_READY);
    CHECK(order.empty());
    gate.Open();
    CHECK_OK(aclrtSynchronizeStream(stream));
    CHECK_EQUAL(Status(stream), ACL_STREAM_STATUS_COMPLETE);
    CHECK_EQUAL(order.size(), 300u);
    for (int i = 0; i < 300; ++i) {
        CHECK_EQUAL(order[i], i);
    }
    CHECK_OK(aclrtDestroyStream(stream));
}

void StreamsRunBesideEachOther() {
    const aclrtStream one = Create(), two = Create();
    Gate here, there;
    Queue(one, [&](Stream &) {
        here.Open();
        there.Wait();
        return Outcome();
    });
    Queue(two, [&](Stream &) {
        here.Wait();
        there.Open();
        return Outcome();
    });
    CHECK_OK(aclrtSynchronizeDevice());
    CHECK_OK(aclrtDestroyStream(one));
    CHECK_OK(aclrtDestroyStream(two));
}

void TheDefaultStream() {
    bool ran = false;
    Queue(nullptr, [&](Stream &) {
        ran = true;
        return Outcome();
    });
    CHECK_OK(aclrtSynchronizeStream(nullptr));
    CHECK(ran);
    CHECK_EQUAL(Status(nullptr), ACL_STREAM_STATUS_COMPLETE);
}

void WaitsNoLongerThanTold() {
    const aclrtStream stream = Create();
    Gate gate;
    Occupy(stream, gate);
    Queue(stream, [](Stream &) { return Outcome(); });
    const auto before = std::chrono::steady_clock::now();
    CHECK_REFUSED(aclrtSynchronizeStreamWithTimeout(stream, 50), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT,
                  "not done within 50 ms");
    CHECK_SAYS(check::recent, "is at a test, with 1 more to come");
    CHECK(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(50));
    CHECK_REFUSED(aclrtSynchronizeDeviceWithTimeout(50), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT,
                  "not done within 50 ms: stream");
    for (const int timeout : {0, -2}) {
        CHECK_REFUSED(aclrtSynchronizeStreamWithTimeout(stream, timeout), ACL_ERROR_RT_PARAM_INVALID, "timeout is");
        CHECK_REFUSED(aclrtSynchronizeDeviceWithTimeout(timeout), ACL_ERROR_RT_PARAM_INVALID, "timeout is");
    }
    gate.Open();
    CHECK_OK(aclrtSynchronizeStreamWithTimeout(stream, 100000));
    CHECK_OK(aclrtSynchronizeStreamWithTimeout(stream, -1));
    CHECK_OK(aclrtSynchronizeDeviceWithTimeout(-1));
    CHECK_OK(aclrtDestroyStream(stream));
}

// What is queued while somebody waits is not waited for: here every task queues the next one.
void WaitsForWhatWasThere() {
    const aclrtStream stream = Create();
    aclrtContext context;
    CHECK_OK(aclrtGetCurrentContext(&context));
    std::atomic<bool> enough{false};
    const std::function<Outcome(Stream &)> another = [&](Stream &) {
        CHECK_OK(aclrtSetCurrentContext(context));
        if (!enough) {
            Queue(stream, another);
        }
        return Outcome();
    };
    Queue(stream, another);
    CHECK_OK(aclrtSynchronizeStream(stream));
    CHECK_EQUAL(Status(stream), ACL_STREAM_STATUS_NOT_READY);
    enough = true;
    while (Status(stream) != ACL_STREAM_STATUS_COMPLETE) {
        std::this_thread::yield();
    }
    CHECK_OK(aclrtDestroyStream(stream));
}

void DestroyWaits() {
    const aclrtStream stream = Create();
    int ran = 0;
    for (int i = 0; i < 300; ++i) {
        Queue(stream, [&](Stream &) {
            ++ran;
            return Outcome();
        });
    }
    CHECK_OK(aclrtDestroyStream(stream));
    CHECK_EQUAL(ran, 300);
}

// Until a thread, which tells its number, waits for something.
void AwaitSleep(const std::atomic<long> &thread) {
    for (std::string state; state.find(") S ") == std::string::npos; std::this_thread::yield()) {
        std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
        std::getline(stat, state);
    }
}

void DestroyByForceDropsWhatHasNotBegun() {
    const aclrtStream stream = Create();
    Gate gate;
    std::vector<std::string> dropped;
    bool ran = false;
    Occupy(stream, gate);
    Queue(
        stream, [&](Stream &) { return ran = true, Outcome(); },
        [&](const std::string &why) { dropped.push_back(why); });
    aclError code;
    const std::shared_ptr<Stream> found = FindStream(stream, &code);
    std::atomic<long> thread{0};
    std::thread waiter([&] {
        CHECK_OK(aclrtSetDevice(0));
        thread = syscall(SYS_gettid);
        CHECK_CODE(aclrtSynchronizeStream(stream), ACL_ERROR_RT_STREAM_ABORT);
        CHECK_OK(aclrtResetDevice(0));
    });
    AwaitSleep(thread);
    CHECK_OK(aclrtDestroyStreamForce(stream));
    CHECK_EQUAL(dropped.size(), 1u);
    CHECK_SAYS(dropped[0], "was destroyed by force");
    waiter.join();
    CHECK(!Submit(*found, std::make_unique<Doing>(nullptr, [&](const std::string &why) { dropped.push_back(why); }),
                  &code));
    CHECK_EQUAL(code, ACL_ERROR_RT_INVALID_HANDLE);
    CHECK_EQUAL(dropped.size(), 2u);
    CHECK_CODE(aclrtSynchronizeDeviceWithTimeout(30), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);  // for what has begun
    gate.Open();
    CHECK_OK(aclrtSynchronizeDevice());
    CHECK(!ran);
}

void FromManyThreads() {
    const aclrtStream shared = Create();
    std::vector<std::thread> threads;
    int ran = 0;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([&] {
            CHECK_EQUAL(aclrtSetDevice(0), 0);
            for (int i = 0; i < 50; ++i) {
                const aclrtStream own = Create();
                Queue(own, [](Stream &) { return Outcome(); });
                Queue(shared, [&](Stream &) { return ++ran, Outcome(); });
                CHECK_EQUAL(aclrtSynchronizeStream(shared), 0);
                CHECK_EQUAL(aclrtDestroyStream(own), 0);
            }
            CHECK_EQUAL(aclrtResetDevice(0), 0);
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK_EQUAL(ran, 400);
    CHECK_OK(aclrtDestroyStream(shared));
}

void TasksDoNotWaitForThemselves() {
    const aclrtStream stream = Create();
    aclrtContext context;
    CHECK_OK(aclrtGetCurrentContext(&context));
    Queue(stream, [&](Stream &) {
        CHECK_OK(aclrtSetCurrentContext(context));
        CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "it would wait for itself");
        CHECK_REFUSED(aclrtSynchronizeDevice(), ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "it would wait for itself");
        CHECK_REFUSED(aclrtResetDevice(0), ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "wait for itself");
        CHECK_REFUSED(aclrtDestroyStream(stream), ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "itself");
        CHECK_REFUSED(aclrtDestroyStreamForce(stream), ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "itself");
        Queue(stream, [](Stream &) { return Outcome(); });
        return Outcome();
    });
    CHECK_OK(aclrtSynchronizeStream(stream));
    CHECK_OK(aclrtDestroyStream(stream));
}

int changes = 0;

void TellsWhenItIsBlocked() {
    const aclrtStream stream = Create();
    aclError code;
    const std::shared_ptr<Stream> found = FindStream(stream, &code);
    WhenBlockedChanges([] { ++changes; });
    CHECK(!IsBlocked(*found));
    Gate blocked, gate;
    Queue(stream, [&](Stream &of) {
        {
            const Blocked waits(of);
            blocked.Open();
            gate.Wait();
        }
        return Outcome();
    });
    blocked.Wait();
    CHECK(IsBlocked(*found));
    CHECK_EQUAL(changes, 1);
    gate.Open();
    CHECK_OK(aclrtSynchronizeStream(stream));
    CHECK(!IsBlocked(*found));
    CHECK_EQUAL(changes, 2);
    WhenBlockedChanges(nullptr);
    CHECK_OK(aclrtDestroyStream(stream));
}

void Configurations() {
    aclrtStream stream = nullptr;
    CHECK_REFUSED(aclrtCreateStream(nullptr), ACL_ERROR_INVALID_PARAM, "stream is null");
    CHECK_OK(aclrtCreateStreamWithConfig(&stream, 9, ACL_STREAM_FAST_LAUNCH | ACL_STREAM_FAST_SYNC));
    CHECK_OK(aclrtDestroyStream(stream));
    CHECK_REFUSED(aclrtCreateStreamWithConfig(&stream, 0, ACL_STREAM_PERSISTENT), ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                  "flag is 0x4");
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    CHECK_OK(aclrtSetDevice(0));
    KeepsOrder();
    StreamsRunBesideEachOther();
    TheDefaultStream();
    WaitsNoLongerThanTold();
    WaitsForWhatWasThere();
    DestroyWaits();
    DestroyByForceDropsWhatHasNotBegun();
    FromManyThreads();
    TasksDoNotWaitForThemselves();
    TellsWhenItIsBlocked();
    Configurations();
}
