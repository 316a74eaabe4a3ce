// Objects behind handles that callers keep: a handle that is stale, or never was one, is recognised and not followed.
//
// Objects lie in slots of one range of addresses that is reserved for good. A slot counts how often it has been given
// out, and that count decides which address in the slot is the handle: so a handle does not stand for a later object in
// the same place until the slot has come round all its addresses. Freed slots wait in a queue before they are reused.
#ifndef DOVETAIL_ACLNN_POOL_H
#define DOVETAIL_ACLNN_POOL_H

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <type_traits>

namespace dovetail {

template <typename T, uint32_t kCapacity>
class Pool {
public:
    Pool() {
        void *memory = mmap(nullptr, sizeof(Slot) * kCapacity, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        slots_ = memory == MAP_FAILED ? nullptr : static_cast<Slot *>(memory);
    }

    // An object for the caller to fill, which has no handle before Publish. Null when all are taken.
    T *Take() {
        std::lock_guard<std::mutex> lock(mutex_);
        const uint32_t used = used_.load(std::memory_order_relaxed);
        if (waiting_ > (used < kCapacity ? kQuarantine : 0)) {
            Slot &slot = slots_[first_];
            first_ = slot.next;
            --waiting_;
            return &slot.object;
        }
        if (slots_ == nullptr || used == kCapacity) {
            return nullptr;
        }
        used_.store(used + 1, std::memory_order_release);
        return &slots_[used].object;
    }

    // Gives an object that Take or Claim gave its handle, or its handle back.
    void *Publish(T *object) {
        auto *slot = reinterpret_cast<Slot *>(object);
        const uint64_t generation = Generation(slot->state.load(std::memory_order_relaxed));
        slot->state.store(State(generation, kLive), std::memory_order_release);
        return reinterpret_cast<char *>(slot) + kStep * (generation % kTags);
    }

    // The object of a handle, or null.
    T *Find(const void *handle) const {
        Slot *slot = SlotOf(handle);
        return slot != nullptr && IsLive(*slot, handle, slot->state.load(std::memory_order_acquire)) ? &slot->object
                                                                                                     : nullptr;
    }

    // The object of a handle, which nobody finds any more before Publish. Null if there is none.
    T *Claim(const void *handle) {
        Slot *slot = SlotOf(handle);
        if (slot == nullptr) {
            return nullptr;
        }
        uint64_t state = slot->state.load(std::memory_order_acquire);
        const bool claimed =
            IsLive(*slot, handle, state) &&
            slot->state.compare_exchange_strong(state, State(Generation(state), kHidden), std::memory_order_acq_rel);
        return claimed ? &slot->object : nullptr;
    }

    // Ends an object that Take or Claim gave.
    void Free(T *object) {
        auto *slot = reinterpret_cast<Slot *>(object);
        const uint64_t generation = Generation(slot->state.load(std::memory_order_relaxed)) + 1;
        slot->state.store(State(generation, kHidden), std::memory_order_release);
        std::lock_guard<std::mutex> lock(mutex_);
        const auto index = static_cast<uint32_t>(slot - slots_);
        (waiting_ == 0 ? first_ : slots_[last_].next) = index;
        last_ = index;
        ++waiting_;
    }

    // Whether this may have been a handle once.
    bool IsInRange(const void *handle) const { return SlotOf(handle) != nullptr; }

private:
    static_assert(std::is_trivially_copyable<T>::value, "slots start as zeroed memory and are never destroyed");

    struct Slot {
        T object;  // first: the address of the object is that of the slot
        std::atomic<uint64_t> state;
        uint32_t next;  // of the freed ones
    };
    enum Condition : uint64_t { kHidden, kLive };

    static constexpr size_t kStep = 8;
    static constexpr size_t kTags = sizeof(Slot) / kStep;
    // A handle comes back after a thousand reuses at the earliest. Few slots in turn stay in the processor's caches.
    static constexpr uint32_t kQuarantine = 1024 / kTags + 1;

    static uint64_t State(uint64_t generation, Condition condition) { return generation << 1 | condition; }
    static uint64_t Generation(uint64_t state) { return state >> 1; }

    Slot *SlotOf(const void *handle) const {
        const uintptr_t offset = reinterpret_cast<uintptr_t>(handle) - reinterpret_cast<uintptr_t>(slots_);
        const bool is_inside = slots_ != nullptr && offset < sizeof(Slot) * used_.load(std::memory_order_acquire);
        return is_inside && offset % kStep == 0 ? slots_ + offset / sizeof(Slot) : nullptr;
    }

    static bool IsLive(const Slot &slot, const void *handle, uint64_t state) {
        const uintptr_t offset = reinterpret_cast<uintptr_t>(handle) - reinterpret_cast<uintptr_t>(&slot);
        return (state & kLive) != 0 && offset == kStep * (Generation(state) % kTags);
    }

    Slot *slots_ = nullptr;
    std::mutex mutex_;
    std::atomic<uint32_t> used_{0};
    uint32_t first_ = 0, last_ = 0, waiting_ = 0;
};

}  // namespace dovetail

#endif
