// Streams: queues of tasks, each with a worker thread that runs them in order.
#ifndef DOVETAIL_ACL_STREAM_H
#define DOVETAIL_ACL_STREAM_H

#include <cstdint>
#include <memory>
#include <string>

#include "acl/acl.h"
#include "acl/source/errors.h"

namespace dovetail {

class Stream;

// What a task came to. The first failure of a stream reaches its next synchronisation.
struct Outcome {
    aclError code = 0;
    std::string message;
};

class Task {
public:
    virtual ~Task() = default;
    // On the stream's worker.
    virtual Outcome Run(Stream &stream) = 0;
    // The task will never run: its stream is destroyed by force, or stops at failures and an earlier task failed.
    virtual void Drop(const std::string & /*why*/) {}
    // What a message about a time-out calls it; lives as long as the process.
    virtual const char *name() const { return "a task"; }

private:
    friend class Stream;
    std::unique_ptr<Task> next_;  // in the queue of its stream
};

// The device of a stream.
DOVETAIL_SHARED int DeviceOf(const Stream &stream);
// "stream 3 of device 0"
DOVETAIL_SHARED std::string NameOf(const Stream &stream);

// The stream behind a handle; null names the default stream of the thread's context. Returns null where there is none,
// after Refuse() with `*code` = the vendor's code for it. The result keeps the stream's memory valid, not the stream
// alive.
DOVETAIL_SHARED std::shared_ptr<Stream> FindStream(aclrtStream handle, aclError *code);

// Queues a task and returns at once. False, with the task dropped and after Refuse(), if the stream is being destroyed
// or stopped at a failure; `*code` is then the vendor's code for it.
DOVETAIL_SHARED bool Submit(Stream &stream, std::unique_ptr<Task> task, aclError *code = nullptr);

// While it exists, the stream's worker waits for something that may be submitted later: an event that nobody had
// recorded when the wait was. Launches that stand behind it do not keep later ones of other streams from the cores of
// the device.
class DOVETAIL_SHARED Blocked {
public:
    explicit Blocked(Stream &stream);
    ~Blocked();
    Blocked(const Blocked &) = delete;
    Blocked &operator=(const Blocked &) = delete;

private:
    Stream &stream_;
};
DOVETAIL_SHARED bool IsBlocked(const Stream &stream);
// Called whenever a stream becomes blocked or goes on; set once, by the library that hands out cores.
DOVETAIL_SHARED void WhenBlockedChanges(void (*changed)());

// The device of the calling thread's context; -1 and Refuse() where it has none.
DOVETAIL_SHARED int CurrentDevice(aclError *code);

}  // namespace dovetail

// At least so many devices, whatever DOVETAIL_DEVICES says; for programs that bring their own machine.
extern "C" DOVETAIL_SHARED void dovetail_provide_devices(uint32_t devices);

#endif
