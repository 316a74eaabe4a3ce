// What stands behind the opaque handles of the interface.
//
// A handle is a number that is never given twice, in a form that no address has: a stale handle, a pointer to something
// else and a handle of another kind are all found out, and none is ever read from.
#ifndef DOVETAIL_ACL_HANDLES_H
#define DOVETAIL_ACL_HANDLES_H

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

namespace dovetail {

// The next handle, of any kind.
inline void *NewHandle() {
    constexpr uint64_t kNoAddress = 0xd07e000000000000;  // not canonical on any machine with addresses of 48 bits
    static std::atomic<uint64_t> number{0};
    return reinterpret_cast<void *>(kNoAddress + 16 * ++number);
}

template <class Object>
class Handles {
public:
    void Add(void *handle, std::shared_ptr<Object> object) {
        std::unique_lock<std::shared_mutex> lock(mutex_);
        objects_.emplace(handle, std::move(object));
    }

    // Null where the handle names no such object (any more).
    std::shared_ptr<Object> Find(const void *handle) const {
        std::shared_lock<std::shared_mutex> lock(mutex_);
        const auto found = objects_.find(handle);
        return found == objects_.end() ? nullptr : found->second;
    }

    // From now on the handle names nothing. Null, too, for all but one of several that call it at once.
    std::shared_ptr<Object> Remove(const void *handle) {
        std::unique_lock<std::shared_mutex> lock(mutex_);
        const auto found = objects_.find(handle);
        if (found == objects_.end()) {
            return nullptr;
        }
        std::shared_ptr<Object> object = std::move(found->second);
        objects_.erase(found);
        return object;
    }

private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<const void *, std::shared_ptr<Object>> objects_;
};

// Never freed: threads that still run when the process exits may use it.
template <class Object>
Handles<Object> &AllOf() {
    static auto *handles = new Handles<Object>;
    return *handles;
}

}  // namespace dovetail

#endif
