// What a stream is inside: a queue of tasks, and a worker that starts with the first of them.
#ifndef DOVETAIL_ACL_QUEUE_H
#define DOVETAIL_ACL_QUEUE_H

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "acl/source/stream.h"

namespace dovetail {

using Clock = std::chrono::steady_clock;

// ACL_SUCCESS if `milliseconds` is -1 or more than 0, or Refuse() in the name of `function`.
aclError CheckTimeout(const char *function, int32_t milliseconds);

// When a wait of so many milliseconds is over; -1 = never.
Clock::time_point DeadlineAfter(int32_t milliseconds);

// What streams of a context have in common: where one is told to stop at failures, a failure stops them all for good.
class FailureMode {
public:
    void StopOnFailure() { stops_ = true; }
    bool stops() const { return stops_; }
    bool stopped() const { return stopped_.load(std::memory_order_acquire); }
    void Fail(const Outcome &outcome);
    // What stopped the streams; code 0 while they run.
    Outcome failure() const;

private:
    std::atomic<bool> stops_{false}, stopped_{false};
    mutable std::mutex mutex_;
    Outcome failure_;
};

class Stream : public std::enable_shared_from_this<Stream> {
public:
    Stream(int device, uint64_t number, const void *context, std::shared_ptr<FailureMode> failure_mode);

    int device() const { return device_; }
    uint64_t number() const { return number_; }
    const void *context() const { return context_; }
    FailureMode &failure_mode() const { return *failure_mode_; }

    aclError Submit(std::unique_ptr<Task> task);

    // Waits for what is queued now, or until that is dropped. False when the deadline passes first, with what it waited
    // for in `state`.
    bool WaitUntil(Clock::time_point deadline, std::string *state);
    // The first failure that no call of it has told yet.
    Outcome TakeFailure();
    bool IsIdle();

    // Takes no more tasks, and waits for those there are.
    void Finish();
    // Takes no more tasks, drops those that have not begun, and makes the one that runs give up waiting for an event.
    void Abandon();
    // Whether a task that waits for what may never come should give up. `hopeless`: nobody is on the way to bring it.
    bool GivesUp(bool hopeless) const { return abandoned_ || (hopeless && closed_); }

    // Whether the calling thread is the worker.
    bool IsRunningHere() const;

    // See Blocked.
    void SetBlocked(bool blocked) { blocked_ = blocked; }
    bool blocked() const { return blocked_; }

private:
    aclError Refusal(std::string *why) const;
    bool StartWorker();
    void Work();
    void Linger();
    Outcome Run(Task &task);
    std::unique_ptr<Task> Pop();
    void DropAll(std::unique_ptr<Task> first, const std::string &why);

    const int device_;
    const uint64_t number_;
    const void *const context_;  // its handle
    const std::shared_ptr<FailureMode> failure_mode_;
    const uint64_t process_;  // that made it: a child of it has no worker

    mutable std::mutex mutex_;
    std::condition_variable work_, progress_;
    std::unique_ptr<Task> first_;
    Task *last_ = nullptr;
    std::atomic<uint64_t> submitted_{0};  // written under the lock; what is dropped does not count
    uint64_t completed_ = 0;
    uint32_t waiting_ = 0;  // for progress
    bool started_ = false, sleeping_ = false;
    const char *running_ = nullptr;  // name of the task
    Outcome failure_;
    std::atomic<bool> closed_{false}, abandoned_{false}, blocked_{false};
};

}  // namespace dovetail

#endif
