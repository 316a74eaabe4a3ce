#include "acl/source/stream.h"

#include <utility>

#include "acl/acl_rt.h"
#include "acl/source/context.h"
#include "acl/source/handles.h"

namespace dovetail {

namespace {

std::atomic<void (*)()> blocked_changed{nullptr};

void SetBlocked(Stream &stream, bool blocked) {
    stream.SetBlocked(blocked);
    if (void (*const changed)() = blocked_changed.load()) {
        changed();
    }
}

// The stream behind a handle, of whatever context. As FindStream, `*context` is that of the thread.
std::shared_ptr<Stream> FindStreamOfAnyContext(aclrtStream handle, std::shared_ptr<Context> *context, aclError *code) {
    *context = CurrentContext(code);
    if (*context == nullptr || handle == nullptr) {
        return *context == nullptr ? nullptr : (*context)->default_stream();
    }
    std::shared_ptr<Stream> stream = AllOf<Stream>().Find(handle);
    if (stream == nullptr) {
        *code = Refuse(ACL_ERROR_RT_INVALID_HANDLE, Format("%p is no stream (any more)", handle));
    }
    return stream;
}

aclError Synchronize(const char *function, aclrtStream handle, int32_t timeout) {
    aclError code;
    std::shared_ptr<Context> context;
    const std::shared_ptr<Stream> stream = FindStreamOfAnyContext(handle, &context, &code);
    if (stream == nullptr) {
        return code;
    }
    if (stream->IsRunningHere()) {
        return Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT, Format("%s: called by a task of %s, it would wait for itself",
                                                               function, NameOf(*stream).c_str()));
    }
    std::string state;
    if (!stream->WaitUntil(DeadlineAfter(timeout), &state)) {
        return Refuse(ACL_ERROR_RT_STREAM_SYNC_TIMEOUT,
                      Format("%s: not done within %d ms: %s", function, timeout, state.c_str()));
    }
    const Outcome failure = stream->TakeFailure();
    return failure.code == ACL_SUCCESS ? ACL_SUCCESS : Refuse(failure.code, failure.message);
}

// Takes a stream out of use. Null after Refuse() with `*code`.
std::shared_ptr<Stream> Retire(const char *function, aclrtStream handle, aclError *code) {
    if (handle == nullptr) {
        *code = Refuse(ACL_ERROR_INVALID_PARAM, Format("%s: stream is null", function));
        return nullptr;
    }
    const std::shared_ptr<Stream> stream = FindStream(handle, code);
    if (stream == nullptr) {
        return nullptr;
    }
    if (stream->IsRunningHere()) {
        *code = Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                       Format("%s: called by a task of %s itself", function, NameOf(*stream).c_str()));
        return nullptr;
    }
    if (AllOf<Stream>().Remove(handle) == nullptr) {
        *code = Refuse(ACL_ERROR_RT_INVALID_HANDLE, Format("%s: %p is no stream any more", function, handle));
        return nullptr;
    }
    if (const auto context = AllOf<Context>().Find(stream->context())) {
        context->Forget(*stream);
    }
    return stream;
}

}  // namespace

int DeviceOf(const Stream &stream) { return stream.device(); }

std::string NameOf(const Stream &stream) {
    return Format("stream %llu of device %d", static_cast<unsigned long long>(stream.number()), stream.device());
}

std::shared_ptr<Stream> FindStream(aclrtStream handle, aclError *code) {
    std::shared_ptr<Context> context;
    std::shared_ptr<Stream> stream = FindStreamOfAnyContext(handle, &context, code);
    if (stream != nullptr && stream->context() != context->handle()) {
        *code = Refuse(ACL_ERROR_RT_STREAM_CONTEXT,
                       NameOf(*stream) + " belongs to another context than that of this thread");
        return nullptr;
    }
    return stream;
}

bool Submit(Stream &stream, std::unique_ptr<Task> task, aclError *code) {
    const aclError found = stream.Submit(std::move(task));
    if (code != nullptr) {
        *code = found;
    }
    return found == ACL_SUCCESS;
}

Blocked::Blocked(Stream &stream) : stream_(stream) { SetBlocked(stream_, true); }

Blocked::~Blocked() { SetBlocked(stream_, false); }

bool IsBlocked(const Stream &stream) { return stream.blocked(); }

void WhenBlockedChanges(void (*changed)()) { blocked_changed = changed; }

}  // namespace dovetail

using namespace dovetail;

aclError aclrtCreateStream(aclrtStream *stream) {
    if (stream == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtCreateStream: stream is null");
    }
    aclError code;
    const std::shared_ptr<Context> context = CurrentContext(&code);
    if (context == nullptr) {
        return code;
    }
    if (context->MakeStream(stream) == nullptr) {
        return Refuse(ACL_ERROR_RT_CONTEXT_NULL, "aclrtCreateStream: another thread destroys the context");
    }
    return ACL_SUCCESS;
}

aclError aclrtCreateStreamWithConfig(aclrtStream *stream, uint32_t, uint32_t flag) {
    constexpr uint32_t kOtherThings = ACL_STREAM_PERSISTENT | ACL_STREAM_CPU_SCHEDULE | ACL_STREAM_DEVICE_USE_ONLY;
    if ((flag & kOtherThings) != 0) {
        return Refuse(
            ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
            Format("aclrtCreateStreamWithConfig: flag is 0x%x; this runtime has no streams that are persistent "
                   "(0x4), schedule CPUs (0x10) or belong to the device alone (0x20)",
                   flag));
    }
    return aclrtCreateStream(stream);
}

aclError aclrtDestroyStream(aclrtStream stream) {
    aclError code;
    const std::shared_ptr<Stream> retired = Retire("aclrtDestroyStream", stream, &code);
    if (retired == nullptr) {
        return code;
    }
    retired->Finish();
    return ACL_SUCCESS;
}

aclError aclrtDestroyStreamForce(aclrtStream stream) {
    aclError code;
    const std::shared_ptr<Stream> retired = Retire("aclrtDestroyStreamForce", stream, &code);
    if (retired == nullptr) {
        return code;
    }
    retired->Abandon();
    return ACL_SUCCESS;
}

aclError aclrtSynchronizeStream(aclrtStream stream) { return Synchronize("aclrtSynchronizeStream", stream, -1); }

aclError aclrtSynchronizeStreamWithTimeout(aclrtStream stream, int32_t timeout) {
    const aclError code = CheckTimeout("aclrtSynchronizeStreamWithTimeout", timeout);
    return code != ACL_SUCCESS ? code : Synchronize("aclrtSynchronizeStreamWithTimeout", stream, timeout);
}

aclError aclrtStreamQuery(aclrtStream stream, aclrtStreamStatus *status) {
    if (status == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtStreamQuery: status is null");
    }
    aclError code;
    std::shared_ptr<Context> context;
    const std::shared_ptr<Stream> found = FindStreamOfAnyContext(stream, &context, &code);
    if (found == nullptr) {
        return code;
    }
    if (found->failure_mode().stopped()) {
        const Outcome failure = found->failure_mode().failure();
        return Refuse(failure.code, failure.message);
    }
    *status = found->IsIdle() ? ACL_STREAM_STATUS_COMPLETE : ACL_STREAM_STATUS_NOT_READY;
    return ACL_SUCCESS;
}

aclError aclrtSetStreamFailureMode(aclrtStream stream, uint64_t mode) {
    aclError code;
    const std::shared_ptr<Stream> found = FindStream(stream, &code);
    if (found == nullptr) {
        return code;
    }
    if ((mode & ACL_STOP_ON_FAILURE) != 0) {
        found->failure_mode().StopOnFailure();
    } else if (found->failure_mode().stops()) {
        return Refuse(ACL_ERROR_RT_FEATURE_NOT_SUPPORT,
                      "aclrtSetStreamFailureMode: a stream that stops at failures cannot be told to go on again");
    }
    return ACL_SUCCESS;
}
