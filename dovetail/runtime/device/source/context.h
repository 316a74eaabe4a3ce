// Stackful contexts: each core of the device runs its scalar program on a stack of its own.
#ifndef DOVETAIL_SOURCE_CONTEXT_H
#define DOVETAIL_SOURCE_CONTEXT_H

#include <cstdint>
#include <vector>

#include "pages.h"

namespace dovetail {

// A point to continue from. The context of a worker's own thread owns no stack.
class Context {
public:
    Context() = default;
    ~Context();
    Context(const Context &) = delete;
    Context &operator=(const Context &) = delete;

    // Makes the first switch to this context call entry(argument), which must never return.
    void Prepare(void (*entry)(void *), void *argument);

    // Whether all that the context will find when it is continued, in registers and on its stack, is what `kept` holds.
    // `kept` then holds it.
    bool IsAsBefore(std::vector<uint8_t> &kept) const;

    // Leaves `from` (the running context) and continues `to`, on the same thread.
    static void Switch(Context &from, Context &to);

private:
    static void Enter();

    void *stack_pointer_ = nullptr;
    Pages stack_;
    void (*entry_)(void *) = nullptr;
    void *argument_ = nullptr;
    [[maybe_unused]] void *fallback_ = nullptr;         // ucontext_t where there is no assembly for this machine
    [[maybe_unused]] void *sanitizer_stack_ = nullptr;  // AddressSanitizer's fake stack of this context
};

}  // namespace dovetail

#endif
