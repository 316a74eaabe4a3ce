#include "acl/source/address_space.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "acl/source/errors.h"

namespace dovetail {

namespace {

const uint64_t kPage = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
constexpr uint64_t kLargePage = 2 << 20;
constexpr uint64_t kLarge = 1 << 20;  // allocations of at least so many bytes consist of large pages

uint64_t RoundUp(uint64_t bytes, uint64_t unit) { return (bytes + unit - 1) / unit * unit; }

// Turns pages into addresses that nobody can use; what they held is the system's again.
bool Close(uint64_t address, uint64_t bytes, int fixed) {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    return mmap(reinterpret_cast<void *>(address), bytes, PROT_NONE, kFlags | fixed, -1, 0) != MAP_FAILED;
}

uint64_t NewNumber() {
    static std::atomic<uint64_t> number{0};
    return ++number;
}

}  // namespace

// As large a range as the system gives, up to 16 times the capacity.
bool AddressSpace::Reserve() {
    constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    for (uint64_t bytes = 16 * capacity_; bytes >= (1 << 30); bytes /= 2) {
        void *const range = mmap(nullptr, bytes, PROT_NONE, kFlags, -1, 0);
        if (range != MAP_FAILED) {
            next_ = reinterpret_cast<uint64_t>(range);
            begin_.store(next_, std::memory_order_relaxed);
            bytes_.store(bytes, std::memory_order_release);
            return true;
        }
    }
    return false;
}

void *AddressSpace::Allocate(uint64_t bytes, std::string *fault) {
    const bool large = bytes >= kLarge;
    const uint64_t unit = large ? kLargePage : kPage;
    std::lock_guard<std::mutex> lock(mutex_);
    if (bytes > capacity_ - used_) {
        *fault = Format("%llu bytes are asked for, and %llu of %llu are free", static_cast<unsigned long long>(bytes),
                        static_cast<unsigned long long>(capacity_ - used_), static_cast<unsigned long long>(capacity_));
        return nullptr;
    }
    if (begin_.load() == 0 && !Reserve()) {
        *fault = Format("the system has no range of addresses for it (%s)", strerror(errno));
        return nullptr;
    }
    const uint64_t mapped = RoundUp(bytes, unit);
    const uint64_t place = PlaceFor(mapped, unit);
    if (place == 0) {
        *fault = Format("no free range of addresses is as large as %llu bytes", static_cast<unsigned long long>(bytes));
        return nullptr;
    }
    void *const address = reinterpret_cast<void *>(place);
    if (mprotect(address, mapped, PROT_READ | PROT_WRITE) != 0) {
        *fault = Format("the system does not give it (%s); %zu allocations live", strerror(errno), allocations_.size());
        Close(place, mapped, MAP_FIXED);
        return nullptr;
    }
#ifdef MADV_HUGEPAGE
    if (large) {
        madvise(address, mapped, MADV_HUGEPAGE);
    }
#endif
    allocations_[place] = {bytes, mapped, NewNumber()};
    used_ += bytes;
    next_ = place + mapped + kPage;
    return address;
}

uint64_t AddressSpace::PlaceFor(uint64_t mapped, uint64_t alignment) {
    const uint64_t place = PlaceFrom(next_, mapped, alignment);
    return place != 0 ? place : PlaceFrom(begin_.load(), mapped, alignment);
}

// The first hole behind `from`, which lies in no allocation.
uint64_t AddressSpace::PlaceFrom(uint64_t from, uint64_t mapped, uint64_t alignment) const {
    uint64_t place = RoundUp(from, alignment);
    for (auto next = allocations_.lower_bound(from); next != allocations_.end(); ++next) {
        if (place + mapped + kPage <= next->first) {
            break;
        }
        place = RoundUp(next->first + next->second.mapped + kPage, alignment);
    }
    return place + mapped + kPage <= begin_.load() + bytes_.load() ? place : 0;
}

AddressSpace::Allocations::iterator AddressSpace::Around(const void *address) {
    const uint64_t number = reinterpret_cast<uint64_t>(address);
    auto behind = allocations_.upper_bound(number);
    if (behind == allocations_.begin()) {
        return allocations_.end();
    }
    --behind;
    return number - behind->first < behind->second.mapped ? behind : allocations_.end();
}

std::string AddressSpace::Free(void *address) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto found = Around(address);
    if (found == allocations_.end() || found->second.freed) {
        return "it has been freed already, or never was an allocation";
    }
    if (found->first != reinterpret_cast<uint64_t>(address)) {
        return Format("it lies %llu bytes inside the allocation at %p",
                      static_cast<unsigned long long>(reinterpret_cast<uint64_t>(address) - found->first),
                      reinterpret_cast<void *>(found->first));
    }
    found->second.freed = true;
    used_ -= found->second.bytes;
    if (found->second.holds == 0) {
        Unmap(lock, found);
    }
    return "";
}

void AddressSpace::Unmap(std::unique_lock<std::mutex> &lock, Allocations::iterator allocation) {
    lock.unlock();
    Close(allocation->first, allocation->second.mapped, MAP_FIXED);
    lock.lock();
    allocations_.erase(allocation);
}

std::string AddressSpace::Find(const void *address, uint64_t bytes, uint64_t *number) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = Around(address);
    if (found == allocations_.end() || found->second.freed) {
        return "is in no allocation (any more)";
    }
    const uint64_t offset = reinterpret_cast<uint64_t>(address) - found->first;
    if (offset > found->second.bytes || bytes > found->second.bytes - offset) {
        return Format("has %llu bytes to the end of its allocation, and %llu are wanted",
                      static_cast<unsigned long long>(offset > found->second.bytes ? 0 : found->second.bytes - offset),
                      static_cast<unsigned long long>(bytes));
    }
    *number = found->second.number;
    return "";
}

bool AddressSpace::Hold(const void *address, uint64_t number) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = Around(address);
    if (found == allocations_.end() || found->second.number != number || found->second.freed) {
        return false;
    }
    ++found->second.holds;
    return true;
}

bool AddressSpace::Release(const void *address, uint64_t number) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto found = Around(address);
    if (found == allocations_.end() || found->second.number != number || found->second.holds == 0) {
        return false;
    }
    const bool lives = !found->second.freed;
    if (--found->second.holds == 0 && !lives) {
        Unmap(lock, found);
    }
    return lives;
}

uint64_t AddressSpace::used() {
    std::lock_guard<std::mutex> lock(mutex_);
    return used_;
}

}  // namespace dovetail
