#include "acl/source/errors.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>

#include "acl/acl_rt.h"

namespace dovetail {

namespace {

constexpr size_t kMost = 32;

// Messages of a thread that it has not fetched, the newest first, and the text that it fetched last.
struct Messages {
    std::deque<std::string> waiting;
    std::string fetched;
};

// Whether the thread's messages are gone: destructors of its other thread-local objects may still fail.
thread_local bool gone = false;

// Null when they are gone.
Messages *OfThisThread() {
    struct Owner {
        Messages messages;
        ~Owner() { gone = true; }
    };
    if (gone) {
        return nullptr;
    }
    thread_local Owner owner;
    return &owner.messages;
}

bool Says(const char *variable, const char *value) {
    const char *text = getenv(variable);
    return text != nullptr && strcmp(text, value) == 0;
}

void Print(const std::string &message) {
    const char *newer = getenv("ASCEND_LOG_PRINT_TO_STDOUT");
    const bool wanted = Says(newer != nullptr ? "ASCEND_LOG_PRINT_TO_STDOUT" : "ASCEND_SLOG_PRINT_TO_STDOUT", "1");
    if (wanted && !Says("ASCEND_GLOBAL_LOG_LEVEL", "4")) {
        printf("[ERROR] %s\n", message.c_str());
        fflush(stdout);
    }
}

}  // namespace

int Refuse(int code, const std::string &message) {
    Print(message);
    if (Messages *const messages = OfThisThread()) {
        messages->waiting.push_front(message);
        if (messages->waiting.size() > kMost) {
            messages->waiting.pop_back();
        }
    }
    return code;
}

std::string Format(const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(nullptr, 0, format, arguments);
    std::string text(length > 0 ? length : 0, '\0');
    vsnprintf(text.data(), text.size() + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

}  // namespace dovetail

const char *aclGetRecentErrMsg() {
    dovetail::Messages *const messages = dovetail::OfThisThread();
    if (messages == nullptr || messages->waiting.empty()) {
        return nullptr;
    }
    messages->fetched.clear();
    for (const std::string &message : messages->waiting) {
        messages->fetched += (messages->fetched.empty() ? "" : "\n") + message;
    }
    messages->waiting.clear();
    return messages->fetched.c_str();
}
