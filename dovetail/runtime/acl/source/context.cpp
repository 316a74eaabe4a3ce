#include "acl/source/context.h"

#include <algorithm>
#include <utility>

#include "acl/acl_rt.h"
#include "acl/source/device.h"
#include "acl/source/handles.h"

namespace dovetail {

namespace {

thread_local void *current = nullptr;  // a handle, for another thread may destroy the context

}  // namespace

Context::Context(int device, bool is_default) : handle_(NewHandle()), device_(device), is_default_(is_default) {}

std::shared_ptr<Context> Context::Make(int device, bool is_default) {
    std::shared_ptr<Context> context(new Context(device, is_default));
    context->default_stream_ = context->MakeStream(nullptr);
    AllOf<Context>().Add(context->handle_, context);
    return context;
}

std::shared_ptr<Stream> Context::MakeStream(void **handle) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (finished_) {
        return nullptr;
    }
    std::shared_ptr<Stream> stream = AddStream(device_, handle_, failure_mode_);
    void *const made = handle == nullptr ? nullptr : NewHandle();
    if (made != nullptr) {
        AllOf<Stream>().Add(made, stream);
        *handle = made;
    }
    streams_.emplace_back(made, stream);
    return stream;
}

void Context::Forget(const Stream &stream) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto is_it = [&](const auto &each) { return each.second.get() == &stream; };
    streams_.erase(std::remove_if(streams_.begin(), streams_.end(), is_it), streams_.end());
}

void Context::Finish() {
    std::vector<std::pair<void *, std::shared_ptr<Stream>>> streams;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        finished_ = true;
        streams.swap(streams_);
    }
    for (const auto &[handle, stream] : streams) {
        AllOf<Stream>().Remove(handle);
        stream->Finish();
    }
}

bool Context::IsRunningHere() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::any_of(streams_.begin(), streams_.end(), [](const auto &each) { return each.second->IsRunningHere(); });
}

std::shared_ptr<Context> CurrentContext(aclError *code) {
    std::shared_ptr<Context> context = AllOf<Context>().Find(current);
    if (context == nullptr) {
        *code = Refuse(ACL_ERROR_RT_CONTEXT_NULL,
                       current == nullptr
                           ? "this thread has no context: aclrtSetDevice or aclrtSetCurrentContext gives it one"
                           : "the context of this thread has been destroyed, or its device reset");
    }
    return context;
}

void MakeCurrent(const Context &context) { current = context.handle(); }

int CurrentDevice(aclError *code) {
    const std::shared_ptr<Context> context = CurrentContext(code);
    return context == nullptr ? -1 : context->device();
}

}  // namespace dovetail

using namespace dovetail;

aclError aclrtCreateContext(aclrtContext *context, int32_t deviceId) {
    if (context == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtCreateContext: context is null");
    }
    const aclError code = CheckDevice("aclrtCreateContext", deviceId);
    if (code != ACL_SUCCESS) {
        return code;
    }
    *context = current = Context::Make(deviceId, false)->handle();
    return ACL_SUCCESS;
}

aclError aclrtDestroyContext(aclrtContext context) {
    if (context == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtDestroyContext: context is null");
    }
    std::shared_ptr<Context> found = AllOf<Context>().Find(context);
    if (found != nullptr && found->is_default()) {
        return Refuse(ACL_ERROR_RT_CONTEXT_NULL,
                      Format("aclrtDestroyContext: %p is the default context of device %d; aclrtResetDevice ends it",
                             context, found->device()));
    }
    if (found != nullptr && found->IsRunningHere()) {
        return Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                      "aclrtDestroyContext: called by a task of a stream of it, which would wait for itself");
    }
    if (AllOf<Context>().Remove(context) == nullptr) {
        return Refuse(ACL_ERROR_RT_CONTEXT_NULL, Format("aclrtDestroyContext: %p is no context (any more)", context));
    }
    if (current == context) {
        current = nullptr;
    }
    found->Finish();
    return ACL_SUCCESS;
}

aclError aclrtSetCurrentContext(aclrtContext context) {
    if (context == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtSetCurrentContext: context is null");
    }
    if (AllOf<Context>().Find(context) == nullptr) {
        return Refuse(ACL_ERROR_RT_PARAM_INVALID,
                      Format("aclrtSetCurrentContext: %p is no context (any more)", context));
    }
    current = context;
    return ACL_SUCCESS;
}

aclError aclrtGetCurrentContext(aclrtContext *context) {
    if (context == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtGetCurrentContext: context is null");
    }
    aclError code;
    const std::shared_ptr<Context> found = CurrentContext(&code);
    if (found == nullptr) {
        return code;
    }
    *context = found->handle();
    return ACL_SUCCESS;
}
