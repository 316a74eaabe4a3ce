// Contexts: what streams and events belong to, one at a time for each thread.
#ifndef DOVETAIL_ACL_CONTEXT_H
#define DOVETAIL_ACL_CONTEXT_H

#include <memory>
#include <mutex>
#include <vector>

#include "acl/source/queue.h"

namespace dovetail {

class Context {
public:
    // Makes a context and its handle.
    static std::shared_ptr<Context> Make(int device, bool is_default);

    void *handle() const { return handle_; }
    int device() const { return device_; }
    // Whether aclrtSetDevice made it.
    bool is_default() const { return is_default_; }
    const std::shared_ptr<FailureMode> &failure_mode() const { return failure_mode_; }
    std::shared_ptr<Stream> default_stream() const { return default_stream_; }

    // A stream with a handle, which a null pointer leaves out. Null once the context is finished.
    std::shared_ptr<Stream> MakeStream(void **handle);
    void Forget(const Stream &stream);

    // Ends its streams once their work is done. The handle must be out of use already.
    void Finish();
    // Whether the calling thread is the worker of one of its streams, which could not wait for itself.
    bool IsRunningHere();

private:
    Context(int device, bool is_default);

    void *const handle_;
    const int device_;
    const bool is_default_;
    const std::shared_ptr<FailureMode> failure_mode_ = std::make_shared<FailureMode>();
    std::shared_ptr<Stream> default_stream_;
    std::mutex mutex_;
    bool finished_ = false;
    std::vector<std::pair<void *, std::shared_ptr<Stream>>> streams_;  // with their handles
};

// The context of the calling thread. Null after Refuse() with `*code` if it has none.
std::shared_ptr<Context> CurrentContext(aclError *code);

// The calling thread works in this context from now on.
void MakeCurrent(const Context &context);

}  // namespace dovetail

#endif
