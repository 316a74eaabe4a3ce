#include "context.h"

#include <cstring>

#if !defined(__x86_64__) && !defined(__aarch64__)
#define DOVETAIL_UCONTEXT 1
#include <ucontext.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define DOVETAIL_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DOVETAIL_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef DOVETAIL_ADDRESS_SANITIZER
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace dovetail {

namespace {

constexpr uint64_t kStackBytes = 256 * 1024;

// The context that Switch is leaving for, read by Enter on the new stack.
thread_local Context *starting = nullptr;

#ifdef DOVETAIL_ADDRESS_SANITIZER
// The stack that the system gave this thread.
struct ThreadStack {
    void *bottom = nullptr;
    size_t bytes = 0;

    ThreadStack() {
        pthread_attr_t attributes;
        pthread_getattr_np(pthread_self(), &attributes);
        pthread_attr_getstack(&attributes, &bottom, &bytes);
        pthread_attr_destroy(&attributes);
    }
    static const ThreadStack &Own() {
        static thread_local const ThreadStack own;
        return own;
    }
};
#endif

}  // namespace

#if defined(__x86_64__)
// Saves what a call must preserve on the old stack, and takes the same off the new one.
extern "C" void dovetail_switch_stacks(void **save, void *load);
asm(R"(
.text
.p2align 4
.globl dovetail_switch_stacks
.hidden dovetail_switch_stacks
.type dovetail_switch_stacks, @function
dovetail_switch_stacks:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size dovetail_switch_stacks, .-dovetail_switch_stacks
)");
#elif defined(__aarch64__)
extern "C" void dovetail_switch_stacks(void **save, void *load);
asm(R"(
.text
.p2align 4
.globl dovetail_switch_stacks
.hidden dovetail_switch_stacks
.type dovetail_switch_stacks, %function
dovetail_switch_stacks:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size dovetail_switch_stacks, .-dovetail_switch_stacks
)");
#endif

Context::~Context() {
#ifdef DOVETAIL_UCONTEXT
    delete static_cast<ucontext_t *>(fallback_);
#endif
}

void Context::Enter() {
    Context *self = starting;
#ifdef DOVETAIL_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
    self->entry_(self->argument_);
    __builtin_trap();
}

void Context::Prepare(void (*entry)(void *), void *argument) {
    entry_ = entry;
    argument_ = argument;
    if (stack_.data() == nullptr) {
        stack_ = Pages(kStackBytes, PageUse::Stack);
    }
#ifdef DOVETAIL_ADDRESS_SANITIZER
    // Frames of the last user never returned: they left their marks.
    __asan_unpoison_memory_region(stack_.data(), stack_.bytes());
#endif
#if defined(__x86_64__)
    // As dovetail_switch_stacks leaves it: control words, six registers, the return address; entered like a call.
    void **top = reinterpret_cast<void **>(stack_.data() + stack_.bytes());
    *--top = nullptr;
    *--top = reinterpret_cast<void *>(&Context::Enter);
    for (int registers = 0; registers < 6; ++registers) {
        *--top = nullptr;
    }
    --top;
    uint32_t vector_control = 0;
    uint16_t scalar_control = 0;
    asm volatile("stmxcsr %0" : "=m"(vector_control));
    asm volatile("fnstcw %0" : "=m"(scalar_control));
    __builtin_memcpy(top, &vector_control, sizeof(vector_control));
    __builtin_memcpy(reinterpret_cast<uint8_t *>(top) + 4, &scalar_control, sizeof(scalar_control));
    stack_pointer_ = top;
#elif defined(__aarch64__)
    uint64_t *top = reinterpret_cast<uint64_t *>(stack_.data() + stack_.bytes()) - 20;
    for (int slot = 0; slot < 20; ++slot) {
        top[slot] = 0;
    }
    top[11] = reinterpret_cast<uint64_t>(&Context::Enter);
    stack_pointer_ = top;
#else
    if (fallback_ == nullptr) {
        fallback_ = new ucontext_t;
    }
    ucontext_t *fallback = static_cast<ucontext_t *>(fallback_);
    getcontext(fallback);
    fallback->uc_stack.ss_sp = stack_.data();
    fallback->uc_stack.ss_size = stack_.bytes();
    fallback->uc_link = nullptr;
    makecontext(fallback, &Context::Enter, 0);
#endif
}

bool Context::IsAsBefore(std::vector<uint8_t> &kept) const {
#ifdef DOVETAIL_UCONTEXT
    kept.clear();
    return false;  // registers are elsewhere
#else
    const auto *begin = static_cast<const uint8_t *>(stack_pointer_);
    const uint8_t *end = stack_.data() + stack_.bytes();
    if (kept.size() == static_cast<size_t>(end - begin) && memcmp(kept.data(), begin, kept.size()) == 0) {
        return true;
    }
    kept.assign(begin, end);
    return false;
#endif
}

void Context::Switch(Context &from, Context &to) {
    starting = &to;
#ifdef DOVETAIL_ADDRESS_SANITIZER
    const ThreadStack *const thread = to.stack_.data() == nullptr ? &ThreadStack::Own() : nullptr;
    const void *bottom = thread != nullptr ? thread->bottom : to.stack_.data();
    const size_t bytes = thread != nullptr ? thread->bytes : to.stack_.bytes();
    __sanitizer_start_switch_fiber(&from.sanitizer_stack_, bottom, bytes);
#endif
#ifdef DOVETAIL_UCONTEXT
    if (from.fallback_ == nullptr) {
        from.fallback_ = new ucontext_t;
    }
    swapcontext(static_cast<ucontext_t *>(from.fallback_), static_cast<ucontext_t *>(to.fallback_));
#else
    dovetail_switch_stacks(&from.stack_pointer_, to.stack_pointer_);
#endif
#ifdef DOVETAIL_ADDRESS_SANITIZER
    __sanitizer_finish_switch_fiber(from.sanitizer_stack_, nullptr, nullptr);
#endif
}

}  // namespace dovetail
