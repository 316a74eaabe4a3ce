// Tasks for streams of tests.
#ifndef DOVETAIL_TEST_TASKS_H
#define DOVETAIL_TEST_TASKS_H

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "acl/source/stream.h"
#include "check.h"

// Something that one thread waits for and another brings about.
class Gate {
public:
    void Open() {
        std::lock_guard<std::mutex> lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void Wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [&] { return open_; });
    }
    bool IsOpen() {
        std::lock_guard<std::mutex> lock(mutex_);
        return open_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

class Doing : public dovetail::Task {
public:
    using Work = std::function<dovetail::Outcome(dovetail::Stream &)>;
    using Dropped = std::function<void(const std::string &)>;

    explicit Doing(Work work, Dropped dropped = nullptr) : work_(std::move(work)), dropped_(std::move(dropped)) {}
    dovetail::Outcome Run(dovetail::Stream &stream) override { return work_(stream); }
    void Drop(const std::string &why) override {
        if (dropped_) {
            dropped_(why);
        }
    }
    const char *name() const override { return "a test"; }

private:
    const Work work_;
    const Dropped dropped_;
};

// Queues work on a stream of this thread's context.
inline void Queue(aclrtStream handle, Doing::Work work, Doing::Dropped dropped = nullptr) {
    aclError code;
    const std::shared_ptr<dovetail::Stream> stream = dovetail::FindStream(handle, &code);
    CHECK(stream != nullptr);
    CHECK(dovetail::Submit(*stream, std::make_unique<Doing>(std::move(work), std::move(dropped))));
}

// Keeps a stream busy until the gate opens. Returns once the stream has come so far.
inline void Occupy(aclrtStream handle, Gate &gate) {
    Gate begun;
    Queue(handle, [&](dovetail::Stream &) {
        begun.Open();
        gate.Wait();
        return dovetail::Outcome();
    });
    begun.Wait();
}

inline void QueueFailure(aclrtStream handle, int code, const char *message) {
    Queue(handle, [=](dovetail::Stream &) { return dovetail::Outcome{code, message}; });
}

#endif
