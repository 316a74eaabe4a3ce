#include "acl/source/queue.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "acl/source/device.h"
#include "acl/source/event.h"

namespace dovetail {

namespace {

thread_local const Stream *served = nullptr;  // by this thread

// Waking a thread costs the one that wakes it several microseconds. A worker that has run out of tasks therefore stays
// awake for a while, so that a program that launches one kernel after the other does not pay that for each of them.
constexpr std::chrono::microseconds kLinger{50};
std::atomic<uint32_t> lingering{0};  // workers; more than half of the processors would be in the way of those that work

// Counts the processes between this one and the first that loaded the library.
std::atomic<uint64_t> generation{0};

uint64_t ThisProcess() {
    static const int registered = pthread_atfork(nullptr, nullptr, [] { ++generation; });
    static_cast<void>(registered);
    return generation;
}

}  // namespace

aclError CheckTimeout(const char *function, int32_t milliseconds) {
    if (milliseconds < -1 || milliseconds == 0) {
        return Refuse(ACL_ERROR_RT_PARAM_INVALID,
                      Format("%s: timeout is %d; allowed are -1, for ever, and more than 0 milliseconds", function,
                             milliseconds));
    }
    return ACL_SUCCESS;
}

Clock::time_point DeadlineAfter(int32_t milliseconds) {
    return milliseconds < 0 ? Clock::time_point::max() : Clock::now() + std::chrono::milliseconds(milliseconds);
}

void FailureMode::Fail(const Outcome &outcome) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stops_ && !stopped_) {
        failure_ = outcome;
        stopped_.store(true, std::memory_order_release);
    }
}

Outcome FailureMode::failure() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return failure_;
}

Stream::Stream(int device, uint64_t number, const void *context, std::shared_ptr<FailureMode> failure_mode)
    : device_(device),
      number_(number),
      context_(context),
      failure_mode_(std::move(failure_mode)),
      process_(ThisProcess()) {}

bool Stream::IsRunningHere() const { return served == this; }

// Why the stream takes no tasks; 0 if it does. Under the lock.
aclError Stream::Refusal(std::string *why) const {
    if (process_ != generation.load(std::memory_order_relaxed)) {
        *why = NameOf(*this) + " belongs to the process that this one was forked from";
        return ACL_ERROR_RT_INVALID_HANDLE;
    }
    if (closed_.load(std::memory_order_relaxed)) {
        *why = NameOf(*this) + " is being destroyed";
        return ACL_ERROR_RT_INVALID_HANDLE;
    }
    if (failure_mode_->stopped()) {
        const Outcome failure = failure_mode_->failure();
        *why = NameOf(*this) + " stopped at a failure: " + failure.message;
        return failure.code;
    }
    return ACL_SUCCESS;
}

aclError Stream::Submit(std::unique_ptr<Task> task) {
    std::string why;
    std::unique_lock<std::mutex> lock(mutex_);
    aclError code = Refusal(&why);
    if (code == ACL_SUCCESS && !started_ && !StartWorker()) {
        why = NameOf(*this) + " has no worker: the system starts no more threads";
        code = ACL_ERROR_RT_NO_STREAM_RESOURCE;
    }
    if (code != ACL_SUCCESS) {
        lock.unlock();
        task->Drop(why);
        return Refuse(code, why);
    }
    Task *const last = task.get();
    (last_ == nullptr ? first_ : last_->next_) = std::move(task);
    last_ = last;
    ++submitted_;
    const bool wake = std::exchange(sleeping_, false);
    lock.unlock();
    if (wake) {
        work_.notify_one();
    }
    return ACL_SUCCESS;
}

bool Stream::StartWorker() {
    try {
        std::thread([self = shared_from_this()] { self->Work(); }).detach();
        started_ = true;
    } catch (const std::system_error &) {
    }
    return started_;
}

std::unique_ptr<Task> Stream::Pop() {
    std::unique_ptr<Task> task = std::move(first_);
    first_ = std::move(task->next_);
    if (first_ == nullptr) {
        last_ = nullptr;
    }
    return task;
}

// Returns when there is a task, or nothing came for a while.
void Stream::Linger() {
    static const uint32_t most = std::max(1u, std::thread::hardware_concurrency() / 2);
    if (++lingering <= most) {
        const Clock::time_point end = Clock::now() + kLinger;
        while (submitted_ == completed_ && !closed_ && Clock::now() < end) {
            std::this_thread::yield();
        }
    }
    --lingering;
}

void Stream::Work() {
    served = this;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
        if (first_ == nullptr && !closed_) {
            lock.unlock();
            Linger();
            lock.lock();
        }
        while (first_ == nullptr && !closed_) {
            sleeping_ = true;
            work_.wait(lock);
        }
        if (first_ == nullptr) {
            return;
        }
        std::unique_ptr<Task> task = Pop();
        running_ = task->name();
        lock.unlock();
        const Outcome outcome = Run(*task);
        task.reset();
        lock.lock();
        running_ = nullptr;
        if (outcome.code != ACL_SUCCESS && failure_.code == ACL_SUCCESS) {
            failure_ = outcome;
        }
        ++completed_;
        if (waiting_ > 0) {
            progress_.notify_all();
        }
    }
}

Outcome Stream::Run(Task &task) {
    if (failure_mode_->stopped()) {
        task.Drop(failure_mode_->failure().message);
        return {};
    }
    Outcome outcome;
    try {
        outcome = task.Run(*this);
    } catch (const std::exception &error) {
        outcome = {ACL_ERROR_RT_INTERNAL_ERROR, std::string(task.name()) + ": " + error.what()};
    }
    if (outcome.code != ACL_SUCCESS) {
        failure_mode_->Fail(outcome);
        Device &device = DeviceAt(device_);
        std::lock_guard<std::mutex> lock(device.mutex);
        if (device.failure.code == ACL_SUCCESS) {
            device.failure = outcome;
        }
    }
    return outcome;
}

bool Stream::WaitUntil(Clock::time_point deadline, std::string *state) {
    std::unique_lock<std::mutex> lock(mutex_);
    const uint64_t goal = submitted_;
    const auto reached = [&] { return completed_ >= goal || submitted_ < goal; };
    bool in_time = true;
    ++waiting_;
    if (process_ != generation.load(std::memory_order_relaxed)) {
        in_time = reached();  // nobody is there to wait for
    } else if (deadline == Clock::time_point::max()) {
        progress_.wait(lock, reached);
    } else {
        in_time = progress_.wait_until(lock, deadline, reached);
    }
    --waiting_;
    if (!in_time) {
        *state = Format("%s is at %s, with %llu more to come", NameOf(*this).c_str(),
                        running_ == nullptr ? "its start" : running_,
                        static_cast<unsigned long long>(goal - completed_ - 1));
    }
    return in_time;
}

Outcome Stream::TakeFailure() {
    if (abandoned_) {
        return {ACL_ERROR_RT_STREAM_ABORT, NameOf(*this) + " was destroyed by force"};
    }
    if (failure_mode_->stopped()) {
        return failure_mode_->failure();
    }
    std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(failure_, Outcome());
}

bool Stream::IsIdle() {
    std::lock_guard<std::mutex> lock(mutex_);
    return completed_ == submitted_;
}

void Stream::Finish() {
    std::string state;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        closed_ = true;
    }
    work_.notify_one();
    WakeEventWaits();
    WaitUntil(Clock::time_point::max(), &state);
}

void Stream::Abandon() {
    std::unique_ptr<Task> dropped;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        closed_ = abandoned_ = true;
        dropped = std::move(first_);
        last_ = nullptr;
        submitted_ = completed_ + (running_ != nullptr ? 1 : 0);
    }
    work_.notify_one();
    progress_.notify_all();
    WakeEventWaits();
    DropAll(std::move(dropped), NameOf(*this) + " was destroyed by force");
}

void Stream::DropAll(std::unique_ptr<Task> first, const std::string &why) {
    while (first != nullptr) {
        std::unique_ptr<Task> next = std::move(first->next_);
        first->Drop(why);
        first = std::move(next);
    }
}

}  // namespace dovetail
