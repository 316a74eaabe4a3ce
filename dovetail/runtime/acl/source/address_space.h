// A range of addresses of its own, in which allocations lie apart from each other.
//
// Between allocations lie pages that nobody can read, and what is allocated next lies behind what was allocated last:
// an address is given again only when the end of the range has been reached, so that a stale pointer hits nothing.
#ifndef DOVETAIL_ACL_ADDRESS_SPACE_H
#define DOVETAIL_ACL_ADDRESS_SPACE_H

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace dovetail {

class AddressSpace {
public:
    // The range is reserved by the first allocation. `capacity` is how many bytes can be allocated at a time.
    explicit AddressSpace(uint64_t capacity) : capacity_(capacity) {}

    bool Contains(const void *address) const {
        const uint64_t bytes = bytes_.load(std::memory_order_acquire);  // 0 until `begin_` is known
        return reinterpret_cast<uint64_t>(address) - begin_.load(std::memory_order_relaxed) < bytes;
    }

    // Zeroed memory, aligned to a page, or to a large one where it is large. Null, with the reason in `fault`.
    void *Allocate(uint64_t bytes, std::string *fault);

    // Returns "" or why this is no allocation that can be freed.
    std::string Free(void *address);

    // Looks for the allocation that [address, address + bytes) lies in. Returns "" with its number, or why there is
    // none.
    std::string Find(const void *address, uint64_t bytes, uint64_t *number);

    // Keeps the allocation mapped, though it may be freed meanwhile. False if it is not, or not any more, that of this
    // number.
    bool Hold(const void *address, uint64_t number);
    // False if the allocation was freed while it was held.
    bool Release(const void *address, uint64_t number);

    uint64_t capacity() const { return capacity_; }
    uint64_t used();

private:
    struct Allocation {
        uint64_t bytes;
        uint64_t mapped;  // whole pages
        uint64_t number;
        uint32_t holds = 0;
        bool freed = false;  // its address stays taken until it is unmapped
    };
    using Allocations = std::map<uint64_t, Allocation>;

    bool Reserve();
    uint64_t PlaceFor(uint64_t mapped, uint64_t alignment);
    uint64_t PlaceFrom(uint64_t from, uint64_t mapped, uint64_t alignment) const;
    // The allocation, freed or not, whose pages `address` lies in.
    Allocations::iterator Around(const void *address);
    // Gives the pages back to the system. Takes the lock, and lets go of it meanwhile: large ones take milliseconds.
    void Unmap(std::unique_lock<std::mutex> &lock, Allocations::iterator allocation);

    std::mutex mutex_;
    std::atomic<uint64_t> begin_{0}, bytes_{0};
    const uint64_t capacity_;
    uint64_t used_ = 0;
    uint64_t next_ = 0;  // where to look for a place first
    Allocations allocations_;
};

}  // namespace dovetail

#endif
