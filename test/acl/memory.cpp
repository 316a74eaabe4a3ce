// Device memory: where it lies, how much there is, and what cannot be freed.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "acl/source/memory.h"
#include "check.h"

using namespace dovetail;

namespace {

constexpr size_t kMega = 1 << 20;

void *Allocate(size_t bytes) {
    void *address = nullptr;
    CHECK_OK(aclrtMalloc(&address, bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    CHECK(address != nullptr);
    return address;
}

bool IsReadable(const void *address) {
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    const bool readable = write(ends[1], address, 1) == 1;  // the system looks, and does not crash
    close(ends[0]);
    close(ends[1]);
    return readable;
}

// Kilobytes of memory that this process has now.
long Resident() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            long kilobytes = 0;
            status >> kilobytes;
            return kilobytes;
        }
    }
    return 0;
}

std::string Find(const char *name, const void *address, uint64_t bytes, int device, uint64_t *number = nullptr) {
    Region region{name, address, bytes};
    const std::string fault = FindAllocation(region, device);
    CHECK_EQUAL(fault.empty(), region.allocation != 0);
    if (number != nullptr) {
        *number = region.allocation;
    }
    return fault;
}

void RefusesNonsense() {
    void *address = nullptr;
    CHECK_REFUSED(aclrtMalloc(nullptr, 16, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_INVALID_PARAM, "devPtr is null");
    CHECK_REFUSED(aclrtMalloc(&address, 0, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_INVALID_PARAM, "size is 0");
    CHECK_REFUSED(aclrtMalloc(&address, SIZE_MAX, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_INVALID_PARAM,
                  "larger than any");
    CHECK_REFUSED(aclrtMallocAlign32(&address, 0, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_INVALID_PARAM, "Align32");
    CHECK(address == nullptr);
    CHECK_OK(aclrtMalloc(&address, 16, static_cast<aclrtMemMallocPolicy>(77)));
    CHECK_OK(aclrtFree(address));
}

void AllocationsLieApart() {
    auto *const one = static_cast<uint8_t *>(Allocate(1000));
    auto *const two = static_cast<uint8_t *>(Allocate(1000));
    auto *const large = static_cast<uint8_t *>(Allocate(3 * kMega));
    CHECK_EQUAL(reinterpret_cast<uintptr_t>(one) % 512, 0u);
    CHECK_EQUAL(reinterpret_cast<uintptr_t>(large) % (2 * kMega), 0u);
    memset(one, 1, 1000);
    memset(large, 1, 3 * kMega);
    CHECK(IsReadable(one) && IsReadable(large + 3 * kMega - 1));
    CHECK(!IsReadable(one - 1) && !IsReadable(one + 4096) && !IsReadable(two - 1) && !IsReadable(large - 1));
    CHECK(!IsReadable(large + 4 * kMega));
    for (void *each : {static_cast<void *>(one), static_cast<void *>(two), static_cast<void *>(large)}) {
        CHECK(IsDeviceAddress(each));
        CHECK_OK(aclrtFree(each));
        CHECK(IsDeviceAddress(each) && !IsReadable(each));
    }
    int here;
    CHECK(!IsDeviceAddress(&here) && !IsDeviceAddress(nullptr));
}

void AddressesAreNotGivenAgain() {
    void *const stale = Allocate(512);
    CHECK_OK(aclrtFree(stale));
    for (int i = 0; i < 1000; ++i) {
        void *const next = Allocate(512);
        CHECK(next != stale);
        CHECK_OK(aclrtFree(next));
    }
}

// The range of addresses is passed through more than once.
void ManyLargeAllocations() {
    void *const kept = Allocate(kMega);
    memset(kept, 7, kMega);
    for (int i = 0; i < 200; ++i) {
        auto *const large = static_cast<uint8_t *>(Allocate(40ull << 30));
        CHECK_EQUAL(int{large[0]}, 0);
        large[0] = large[(40ull << 30) - 1] = 1;
        CHECK(static_cast<uint8_t *>(kept)[kMega - 1] == 7);
        CHECK_OK(aclrtFree(large));
    }
    CHECK_OK(aclrtFree(kept));
}

void PagesGoBack() {
    const long before = Resident();
    void *const address = Allocate(200 * kMega);
    memset(address, 1, 200 * kMega);
    CHECK(Resident() > before + 190 * 1024);
    CHECK_OK(aclrtFree(address));
    CHECK(Resident() < before + 20 * 1024);
}

void FreesOnlyWhatIsAllocated() {
    int here = 0;
    auto *const address = static_cast<uint8_t *>(Allocate(4096));
    CHECK_REFUSED(aclrtFree(nullptr), ACL_ERROR_INVALID_PARAM, "devPtr is null");
    CHECK_REFUSED(aclrtFree(&here), ACL_ERROR_RT_PARAM_INVALID, "memory of the host");
    CHECK_REFUSED(aclrtFree(address + 512), ACL_ERROR_RT_PARAM_INVALID, "512 bytes inside the allocation");
    CHECK_OK(aclrtFree(address));
    CHECK_REFUSED(aclrtFree(address), ACL_ERROR_RT_PARAM_INVALID, "freed already");
    CHECK_REFUSED(aclrtFree(address + 512), ACL_ERROR_RT_PARAM_INVALID, "freed already");
    CHECK_REFUSED(aclrtFreeHost(Allocate(1)), ACL_ERROR_RT_PARAM_INVALID, "aclrtMallocHost");
}

void FreesOnThreadsWithoutContext() {
    void *const address = Allocate(4096);
    std::thread([&] {
        CHECK_OK(aclrtFree(address));
        void *other = nullptr;
        CHECK_REFUSED(aclrtMalloc(&other, 16, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_RT_CONTEXT_NULL, "no context");
    }).join();
}

void KnowsHowMuchThereIs() {
    size_t free_before, total, free_now;
    CHECK_OK(aclrtGetMemInfo(ACL_HBM_MEM, &free_before, &total));
    CHECK_EQUAL(total, 64ull << 30);  // of an Ascend910B3
    void *address = nullptr;
    CHECK_REFUSED(aclrtMalloc(&address, free_before + 1, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_RT_MEMORY_ALLOCATION,
                  std::to_string(free_before + 1) + " bytes are asked for");
    address = Allocate(free_before);
    CHECK_OK(aclrtGetMemInfo(ACL_HBM_MEM, &free_now, &total));
    CHECK_EQUAL(free_now, 0u);
    void *more = nullptr;
    CHECK_CODE(aclrtMalloc(&more, 1, ACL_MEM_MALLOC_HUGE_FIRST), ACL_ERROR_RT_MEMORY_ALLOCATION);
    CHECK_OK(aclrtSetDevice(1));  // has memory of its own
    void *const elsewhere = Allocate(1);
    CHECK_OK(aclrtFree(elsewhere));
    CHECK_OK(aclrtSetDevice(0));
    CHECK_OK(aclrtFree(address));
    CHECK_OK(aclrtGetMemInfo(ACL_HBM_MEM, &free_now, &total));
    CHECK_EQUAL(free_now, free_before);
    CHECK_CODE(aclrtGetMemInfo(ACL_HBM_MEM, nullptr, &total), ACL_ERROR_INVALID_PARAM);
    CHECK_OK(aclrtGetMemInfo(static_cast<aclrtMemAttr>(99), &free_now, &total));
    CHECK_EQUAL(total, 0u);
}

void FindsAllocations() {
    int here = 0;
    auto *const address = static_cast<uint8_t *>(Allocate(1000));
    uint64_t number = 0, again = 0;
    CHECK_EQUAL(Find("x1", address, 1000, -1, &number), "");
    CHECK_EQUAL(Find("x1", address + 999, 1, 0, &again), "");
    CHECK_EQUAL(number, again);
    CHECK_EQUAL(Find("x1", address + 1000, 0, 0), "");
    CHECK_SAYS(Find("x1", address + 999, 2, 0), "x1 at 0x");
    CHECK_SAYS(Find("x1", address + 999, 2, 0), "has 1 bytes to the end of its allocation, and 2 are wanted");
    CHECK_SAYS(Find("x1", address + 1001, 1, 0), "has 0 bytes");
    CHECK_SAYS(Find("x1", address + 1, UINT64_MAX, 0), "has 999 bytes");
    CHECK_SAYS(Find("x1", address, 1, 3), "is memory of device 0, not of device 3");
    CHECK_SAYS(Find("x1", &here, 1, 0), "is not device memory");
    CHECK_OK(aclrtFree(address));
    CHECK_SAYS(Find("x1", address, 1, 0), "is in no allocation (any more)");
    void *const other = Allocate(1000);
    CHECK_EQUAL(Find("x1", other, 1, 0, &again), "");
    CHECK(number != again);
    CHECK_OK(aclrtFree(other));
}

void HeldMemoryStaysMapped() {
    auto *const address = static_cast<uint8_t *>(Allocate(1000));
    Region region{"x1", address + 10, 20};
    CHECK_EQUAL(FindAllocation(region, 0), "");
    CHECK(Hold(region) && Hold(region));
    CHECK(Release(region));
    size_t free_before, free_after, total;
    CHECK_OK(aclrtGetMemInfo(ACL_HBM_MEM, &free_before, &total));
    CHECK_OK(aclrtFree(address));
    CHECK_OK(aclrtGetMemInfo(ACL_HBM_MEM, &free_after, &total));
    CHECK_EQUAL(free_after, free_before + 1000);
    CHECK(IsReadable(address));
    CHECK(!Hold(region));
    CHECK_REFUSED(aclrtFree(address), ACL_ERROR_RT_PARAM_INVALID, "freed already");
    CHECK_SAYS(FindAllocation(region, 0), "any more");
    CHECK(!Release(region));
    CHECK(!IsReadable(address));
    CHECK(!Release(region));
    int here = 0;
    CHECK(!Hold({"x1", &here, 1, 1}) && !Release({"x1", &here, 1, 1}));
}

void PinnedMemory() {
    void *address = nullptr;
    CHECK_CODE(aclrtMallocHost(nullptr, 1), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtMallocHost(&address, 0), ACL_ERROR_INVALID_PARAM);
    CHECK_OK(aclrtMallocHost(&address, 5 * kMega));
    CHECK_EQUAL(reinterpret_cast<uintptr_t>(address) % 64, 0u);
    memset(address, 1, 5 * kMega);
    CHECK(!IsDeviceAddress(address));
    CHECK_REFUSED(aclrtFree(address), ACL_ERROR_RT_PARAM_INVALID, "aclrtFreeHost");
    CHECK_CODE(aclrtFreeHost(nullptr), ACL_ERROR_INVALID_PARAM);
    CHECK_CODE(aclrtFreeHost(static_cast<uint8_t *>(address) + 64), ACL_ERROR_RT_PARAM_INVALID);
    CHECK_OK(aclrtFreeHost(address));
    CHECK_REFUSED(aclrtFreeHost(address), ACL_ERROR_RT_PARAM_INVALID, "freed already");
}

void FromManyThreads() {
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
        threads.emplace_back([thread] {
            CHECK_EQUAL(aclrtSetDevice(thread % 2), 0);
            for (int i = 0; i < 200; ++i) {
                void *address = nullptr;
                CHECK_EQUAL(aclrtMalloc(&address, 1 + 40000 * (i % 50), ACL_MEM_MALLOC_HUGE_FIRST), 0);
                memset(address, thread, 100 % (1 + 40000 * (i % 50)));
                Region region{"x", address, 1};
                CHECK_EQUAL(FindAllocation(region, thread % 2), "");
                CHECK(Hold(region));
                CHECK_EQUAL(aclrtFree(address), 0);
                CHECK(!Release(region));
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    CHECK_OK(aclrtSetDevice(0));
    RefusesNonsense();
    AllocationsLieApart();
    AddressesAreNotGivenAgain();
    ManyLargeAllocations();
    PagesGoBack();
    FreesOnlyWhatIsAllocated();
    FreesOnThreadsWithoutContext();
    KnowsHowMuchThereIs();
    FindsAllocations();
    HeldMemoryStaysMapped();
    PinnedMemory();
    FromManyThreads();
}
