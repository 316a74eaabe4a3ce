#include "pages.h"

#include <sys/mman.h>

#include <map>
#include <mutex>
#include <new>
#include <utility>
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

uint8_t *TakePages(uint64_t bytes, PageUse use) {
    {
        std::lock_guard<std::mutex> lock(mutex);
        std::vector<uint8_t *> &unused = Unused()[{bytes, use}];
        if (!unused.empty()) {
            uint8_t *pages = unused.back();
            unused.pop_back();
            return pages;
        }
    }
    if (use == PageUse::Stack) {
        uint8_t *pages = Map(bytes + kGuardBytes);
        mprotect(pages, kGuardBytes, PROT_NONE);
        return pages + kGuardBytes;
    }
    // Aligned to large pages, so that a core's memories cost few entries of the TLB.
    uint8_t *pages = Map(bytes + kLargePage);
    const uint64_t skipped = (kLargePage - reinterpret_cast<uint64_t>(pages) % kLargePage) % kLargePage;
#ifdef MADV_HUGEPAGE
    madvise(pages + skipped, bytes, MADV_HUGEPAGE);
#endif
    return pages + skipped;
}

void ReleasePages(uint8_t *pages, uint64_t bytes, PageUse use) {
    std::lock_guard<std::mutex> lock(mutex);
    Unused()[{bytes, use}].push_back(pages);
}

}  // namespace dovetail
