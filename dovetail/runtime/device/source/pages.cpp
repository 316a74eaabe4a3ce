#include "pages.h"

#include <sys/mman.h>

#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace dovetail {

namespace {

constexpr uint64_t kGuardBytes = 4096;
constexpr uint64_t kLargePage = 2 * 1024 * 1024;

std::mutex mutex;

// Pages that nobody uses now. Never freed: it must outlive the last static destructor that gives pages back.
std::map<std::pair<uint64_t, PageUse>, std::vector<uint8_t *>> &Unused() {
    static auto *unused = new std::map<std::pair<uint64_t, PageUse>, std::vector<uint8_t *>>;
    return *unused;
}

uint8_t *Map(uint64_t bytes) {
    void *pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) {
        throw std::bad_alloc();
    }
    return static_cast<uint8_t *>(pages);
}

}  // namespace

Pages::Pages(uint64_t bytes, PageUse use) : use_(use) {
    const uint64_t unit = use == PageUse::Stack ? kGuardBytes : kLargePage;
    bytes_ = (bytes + unit - 1) / unit * unit;
    {
        std::lock_guard<std::mutex> lock(mutex);
        std::vector<uint8_t *> &unused = Unused()[{bytes_, use}];
        if (!unused.empty()) {
            data_ = unused.back();
            unused.pop_back();
            return;
        }
    }
    if (use == PageUse::Stack) {
        uint8_t *mapped = Map(bytes_ + kGuardBytes);
        mprotect(mapped, kGuardBytes, PROT_NONE);
        data_ = mapped + kGuardBytes;
        return;
    }
    // Whole large pages: a core that works goes through all of its memories, at few entries of the TLB.
    uint8_t *mapped = Map(bytes_ + kLargePage);
    data_ = mapped + (kLargePage - reinterpret_cast<uint64_t>(mapped) % kLargePage) % kLargePage;
#ifdef MADV_HUGEPAGE
    madvise(data_, bytes_, MADV_HUGEPAGE);
#endif
}

Pages::~Pages() {
    if (data_ != nullptr) {
        std::lock_guard<std::mutex> lock(mutex);
        Unused()[{bytes_, use_}].push_back(data_);
    }
}

}  // namespace dovetail
