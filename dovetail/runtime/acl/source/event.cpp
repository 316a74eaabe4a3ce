#include "acl/source/event.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "acl/acl_rt.h"
#include "acl/source/context.h"
#include "acl/source/handles.h"

namespace dovetail {

namespace {

// One lock for all events: they are few, and whoever waits for one must also see its own stream destroyed.
struct Board {
    std::mutex mutex;
    std::condition_variable changed;
};

Board &TheBoard() {
    static auto *const board = new Board;
    return *board;
}

// One recording of an event. Under the lock of the board.
struct Record {
    const Stream *stream = nullptr;  // that it is queued on; null before
    bool reached = false;
    std::string lost;  // why it will never be reached
    Clock::time_point time;

    bool is_over() const { return reached || !lost.empty(); }
    bool is_announced() const { return stream == nullptr && !is_over(); }
};

enum class Kind {
    Plain,      // aclrtCreateEvent
    Flag,       // aclrtCreateEventWithFlag: can be reset, and waited for before it is recorded
    Capturing,  // aclrtCreateEventExWithFlag: stands for nothing until it is recorded
};

struct Event {
    const Kind kind;
    const uint32_t flags;
    const void *const context;
    std::shared_ptr<Record> record;  // the latest; under the lock of the board
};

void End(Record &record, const std::string &lost) {
    {
        std::lock_guard<std::mutex> lock(TheBoard().mutex);
        record.reached = lost.empty();
        record.lost = lost;
        record.time = Clock::now();
    }
    TheBoard().changed.notify_all();
}

class RecordTask : public Task {
public:
    explicit RecordTask(std::shared_ptr<Record> record) : record_(std::move(record)) {}
    Outcome Run(Stream &) override {
        End(*record_, "");
        return {};
    }
    void Drop(const std::string &why) override { End(*record_, why); }
    const char *name() const override { return "aclrtRecordEvent"; }

private:
    const std::shared_ptr<Record> record_;
};

class WaitTask : public Task {
public:
    // `announced`: nobody has recorded the event yet.
    WaitTask(std::shared_ptr<Record> record, bool announced) : record_(std::move(record)), announced_(announced) {}
    const char *name() const override { return "aclrtStreamWaitEvent"; }

    Outcome Run(Stream &stream) override {
        std::optional<Blocked> blocked;
        if (announced_) {
            blocked.emplace(stream);
        }
        std::unique_lock<std::mutex> lock(TheBoard().mutex);
        TheBoard().changed.wait(lock, [&] { return record_->is_over() || stream.GivesUp(record_->is_announced()); });
        if (record_->reached) {
            return {};
        }
        const std::string why = record_->lost.empty() ? NameOf(stream) + " was destroyed meanwhile" : record_->lost;
        return {ACL_ERROR_RT_STREAM_ABORT, NameOf(stream) + " waited for an event that never came: " + why};
    }

private:
    const std::shared_ptr<Record> record_;
    const bool announced_;
};

aclError Create(const char *function, aclrtEvent *event, Kind kind, uint32_t flags) {
    if (event == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, Format("%s: event is null", function));
    }
    aclError code;
    const std::shared_ptr<Context> context = CurrentContext(&code);
    if (context == nullptr) {
        return code;
    }
    const auto announced = kind == Kind::Flag && (flags & ACL_EVENT_SYNC) != 0 ? std::make_shared<Record>() : nullptr;
    *event = NewHandle();
    AllOf<Event>().Add(*event, std::make_shared<Event>(Event{kind, flags, context->handle(), announced}));
    return ACL_SUCCESS;
}

// Null after Refuse() with `*code`.
std::shared_ptr<Event> FindEvent(const char *function, aclrtEvent handle, aclError *code) {
    if (handle == nullptr) {
        *code = Refuse(ACL_ERROR_INVALID_PARAM, Format("%s: event is null", function));
        return nullptr;
    }
    std::shared_ptr<Event> event = AllOf<Event>().Find(handle);
    if (event == nullptr) {
        *code = Refuse(ACL_ERROR_RT_INVALID_HANDLE, Format("%s: %p is no event (any more)", function, handle));
    }
    return event;
}

// What stopped the streams of the event's context, if anything did.
aclError CheckFailure(const Event &event) {
    const std::shared_ptr<Context> context = AllOf<Context>().Find(event.context);
    const Outcome failure = context == nullptr ? Outcome() : context->failure_mode()->failure();
    return failure.code == ACL_SUCCESS ? ACL_SUCCESS : Refuse(failure.code, failure.message);
}

// What the latest recording came to, which is over.
aclError Result(const char *function, const Record &record) {
    return record.reached ? ACL_SUCCESS
                          : Refuse(ACL_ERROR_RT_STREAM_ABORT,
                                   Format("%s: the event will never be reached: %s", function, record.lost.c_str()));
}

aclError Synchronize(const char *function, aclrtEvent handle, int32_t timeout) {
    aclError code;
    const std::shared_ptr<Event> event = FindEvent(function, handle, &code);
    if (event == nullptr || (code = CheckFailure(*event)) != ACL_SUCCESS) {
        return code;
    }
    std::unique_lock<std::mutex> lock(TheBoard().mutex);
    const std::shared_ptr<Record> record = event->record;
    if (record == nullptr || record->is_announced()) {
        return ACL_SUCCESS;
    }
    if (!record->is_over() && record->stream->IsRunningHere()) {
        return Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                      Format("%s: called by a task of %s, which would wait for itself", function,
                             NameOf(*record->stream).c_str()));
    }
    const auto is_over = [&] { return record->is_over(); };
    if (timeout < 0) {
        TheBoard().changed.wait(lock, is_over);
    } else if (!TheBoard().changed.wait_until(lock, DeadlineAfter(timeout), is_over)) {
        return Refuse(ACL_ERROR_RT_EVENT_SYNC_TIMEOUT,
                      Format("%s: not reached within %d ms on %s", function, timeout, NameOf(*record->stream).c_str()));
    }
    if ((code = CheckFailure(*event)) != ACL_SUCCESS) {
        return code;
    }
    return Result(function, *record);
}

}  // namespace

void WakeEventWaits() {
    {
        std::lock_guard<std::mutex> lock(TheBoard().mutex);
    }  // whoever looked before now waits
    TheBoard().changed.notify_all();
}

}  // namespace dovetail

using namespace dovetail;

aclError aclrtCreateEvent(aclrtEvent *event) {
    return Create("aclrtCreateEvent", event, Kind::Plain, ACL_EVENT_SYNC | ACL_EVENT_TIME_LINE);
}

aclError aclrtCreateEventWithFlag(aclrtEvent *event, uint32_t flag) {
    constexpr uint32_t kAll = 0x3f, kAlone = ACL_EVENT_DEVICE_USE_ONLY | ACL_EVENT_EXTERNAL;
    if (flag == 0 || (flag & ~kAll) != 0 || ((flag & kAlone) != 0 && (flag & (flag - 1)) != 0)) {
        return Refuse(
            ACL_ERROR_RT_PARAM_INVALID,
            Format("aclrtCreateEventWithFlag: flag is 0x%x; allowed are 0x1, 0x2 and 0x8 together, or 0x10 or "
                   "0x20 alone",
                   flag));
    }
    return Create("aclrtCreateEventWithFlag", event, Kind::Flag, flag);
}

aclError aclrtCreateEventExWithFlag(aclrtEvent *event, uint32_t flag) {
    constexpr uint32_t kAll = 0x4f;
    if (flag == 0 || (flag & ~kAll) != 0 || ((flag & ACL_EVENT_IPC) != 0 && flag != ACL_EVENT_IPC)) {
        return Refuse(ACL_ERROR_RT_PARAM_INVALID,
                      Format("aclrtCreateEventExWithFlag: flag is 0x%x; allowed are 0x1, 0x2 and 0x8 together", flag));
    }
    if (flag == ACL_EVENT_IPC) {
        return Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                      "aclrtCreateEventExWithFlag: this runtime has no events between processes (ACL_EVENT_IPC)");
    }
    return Create("aclrtCreateEventExWithFlag", event, Kind::Capturing, flag);
}

aclError aclrtDestroyEvent(aclrtEvent event) {
    aclError code;
    const std::shared_ptr<Event> found = FindEvent("aclrtDestroyEvent", event, &code);
    if (found == nullptr) {
        return code;
    }
    AllOf<Event>().Remove(event);
    std::shared_ptr<Record> announced;
    {
        std::lock_guard<std::mutex> lock(TheBoard().mutex);
        if (found->record != nullptr && found->record->is_announced()) {
            announced = found->record;
        }
    }
    if (announced != nullptr) {
        End(*announced, "the event was destroyed before it was recorded");
    }
    return ACL_SUCCESS;
}

aclError aclrtRecordEvent(aclrtEvent event, aclrtStream stream) {
    aclError code;
    const std::shared_ptr<Event> found = FindEvent("aclrtRecordEvent", event, &code);
    const std::shared_ptr<Stream> on = found == nullptr ? nullptr : FindStream(stream, &code);
    if (on == nullptr) {
        return code;
    }
    std::shared_ptr<Record> record;
    {
        std::lock_guard<std::mutex> lock(TheBoard().mutex);
        if (found->record == nullptr || !found->record->is_announced()) {
            found->record = std::make_shared<Record>();
        }
        record = found->record;
        record->stream = on.get();
    }
    Submit(*on, std::make_unique<RecordTask>(std::move(record)), &code);
    return code;
}

aclError aclrtResetEvent(aclrtEvent event, aclrtStream stream) {
    aclError code;
    const std::shared_ptr<Event> found = FindEvent("aclrtResetEvent", event, &code);
    if (found == nullptr || FindStream(stream, &code) == nullptr) {
        return code;
    }
    if (found->kind != Kind::Flag || (found->flags & ACL_EVENT_SYNC) == 0) {
        return Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                      "aclrtResetEvent: only an event of aclrtCreateEventWithFlag with ACL_EVENT_SYNC can be reset");
    }
    std::lock_guard<std::mutex> lock(TheBoard().mutex);
    if (!found->record->is_announced()) {
        found->record = std::make_shared<Record>();
    }
    return ACL_SUCCESS;
}

aclError aclrtQueryEventStatus(aclrtEvent event, aclrtEventRecordedStatus *status) {
    if (status == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtQueryEventStatus: status is null");
    }
    aclError code;
    const std::shared_ptr<Event> found = FindEvent("aclrtQueryEventStatus", event, &code);
    if (found == nullptr || (code = CheckFailure(*found)) != ACL_SUCCESS) {
        return code;
    }
    std::lock_guard<std::mutex> lock(TheBoard().mutex);
    const Record *const record = found->record.get();
    if (record != nullptr && !record->lost.empty()) {
        return Result("aclrtQueryEventStatus", *record);
    }
    const bool complete = record == nullptr ? found->kind == Kind::Capturing : record->reached;
    *status = complete ? ACL_EVENT_RECORDED_STATUS_COMPLETE : ACL_EVENT_RECORDED_STATUS_NOT_READY;
    return ACL_SUCCESS;
}

aclError aclrtSynchronizeEvent(aclrtEvent event) { return Synchronize("aclrtSynchronizeEvent", event, -1); }

aclError aclrtSynchronizeEventWithTimeout(aclrtEvent event, int32_t timeout) {
    const aclError code = CheckTimeout("aclrtSynchronizeEventWithTimeout", timeout);
    return code != ACL_SUCCESS ? code : Synchronize("aclrtSynchronizeEventWithTimeout", event, timeout);
}

aclError aclrtEventElapsedTime(float *ms, aclrtEvent startEvent, aclrtEvent endEvent) {
    if (ms == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtEventElapsedTime: ms is null");
    }
    aclError code;
    const std::shared_ptr<Event> start = FindEvent("aclrtEventElapsedTime", startEvent, &code);
    const std::shared_ptr<Event> end = start == nullptr ? nullptr : FindEvent("aclrtEventElapsedTime", endEvent, &code);
    if (end == nullptr) {
        return code;
    }
    std::lock_guard<std::mutex> lock(TheBoard().mutex);
    for (const auto &[name, event] : {std::pair("startEvent", &*start), std::pair("endEvent", &*end)}) {
        if (event->record == nullptr || event->record->is_announced()) {
            return Refuse(ACL_ERROR_RT_INTERNAL_ERROR, Format("aclrtEventElapsedTime: %s has not been recorded", name));
        }
        const bool keeps_time = (event->flags & ACL_EVENT_TIME_LINE) != 0;
        if (!keeps_time || !event->record->reached) {
            return Refuse(ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID,
                          Format("aclrtEventElapsedTime: %s has no time: it %s", name,
                                 keeps_time ? "has not been reached" : "was created without ACL_EVENT_TIME_LINE"));
        }
    }
    *ms = std::chrono::duration<float, std::milli>(end->record->time - start->record->time).count();
    return ACL_SUCCESS;
}

aclError aclrtStreamWaitEvent(aclrtStream stream, aclrtEvent event) {
    aclError code;
    const std::shared_ptr<Event> found = FindEvent("aclrtStreamWaitEvent", event, &code);
    const std::shared_ptr<Stream> waiting = found == nullptr ? nullptr : FindStream(stream, &code);
    if (waiting == nullptr) {
        return code;
    }
    if ((found->flags & ACL_EVENT_SYNC) == 0) {
        return Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                      "aclrtStreamWaitEvent: the event was created without ACL_EVENT_SYNC: no stream can wait for it");
    }
    std::shared_ptr<Record> record;
    bool announced;
    {
        std::lock_guard<std::mutex> lock(TheBoard().mutex);
        record = found->record;
        if (record == nullptr) {
            return found->kind == Kind::Capturing
                       ? ACL_SUCCESS
                       : Refuse(ACL_ERROR_RT_PARAM_INVALID, "aclrtStreamWaitEvent: the event has not been recorded");
        }
        if (record->is_over()) {
            return Result("aclrtStreamWaitEvent", *record);
        }
        if (record->stream == waiting.get()) {
            return ACL_SUCCESS;  // it stands there in order
        }
        announced = record->is_announced();
    }
    Submit(*waiting, std::make_unique<WaitTask>(std::move(record), announced), &code);
    return code;
}
