// Copies: both ends are where the kind says, nothing is written past an end, and what is freed too early is told.
#include <sys/mman.h>

#include <cstring>
#include <vector>

#include "tasks.h"

namespace {

constexpr size_t kBytes = 1000;
constexpr auto kToDevice = ACL_MEMCPY_HOST_TO_DEVICE;
constexpr auto kToHost = ACL_MEMCPY_DEVICE_TO_HOST;
constexpr auto kOnDevice = ACL_MEMCPY_DEVICE_TO_DEVICE;

aclrtStream stream;

uint8_t *Allocate(size_t bytes = kBytes) {
    void *address = nullptr;
    CHECK_OK(aclrtMalloc(&address, bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    return static_cast<uint8_t *>(address);
}

uint8_t *AllocatePinned() {
    void *address = nullptr;
    CHECK_OK(aclrtMallocHost(&address, kBytes));
    return static_cast<uint8_t *>(address);
}

std::vector<uint8_t> Numbers() {
    std::vector<uint8_t> numbers(kBytes);
    for (size_t i = 0; i < kBytes; ++i) {
        numbers[i] = static_cast<uint8_t>(i * 7);
    }
    return numbers;
}

void ThereAndBack() {
    const std::vector<uint8_t> given = Numbers();
    std::vector<uint8_t> got(kBytes), between(kBytes);
    uint8_t *const one = Allocate(), *const two = Allocate();
    CHECK_OK(aclrtMemcpy(one, kBytes, given.data(), kBytes, kToDevice));
    CHECK_OK(aclrtMemcpy(two, kBytes, one, kBytes, kOnDevice));
    CHECK_OK(aclrtMemcpy(between.data(), kBytes, two, kBytes, kToHost));
    CHECK_OK(aclrtMemcpy(got.data(), kBytes, between.data(), kBytes, ACL_MEMCPY_HOST_TO_HOST));
    CHECK(got == given);
    CHECK_OK(aclrtMemcpy(one + 1, kBytes - 1, given.data(), 10, ACL_MEMCPY_DEFAULT));
    CHECK_OK(aclrtMemcpy(got.data(), kBytes, one, 12, ACL_MEMCPY_DEFAULT));
    CHECK(got[1] == given[0] && got[10] == given[9] && got[11] == given[11]);
    CHECK_OK(aclrtSetDevice(1));
    uint8_t *const elsewhere = Allocate();
    CHECK_OK(aclrtMemcpy(elsewhere, kBytes, two, kBytes, kOnDevice));
    CHECK_OK(aclrtSetDevice(0));
    CHECK_OK(aclrtMemcpy(got.data(), kBytes, elsewhere, kBytes, kToHost));
    CHECK(got == given);
    for (uint8_t *each : {one, two, elsewhere}) {
        CHECK_OK(aclrtFree(each));
    }
}

void NothingToDo() {
    uint8_t *const device = Allocate();
    CHECK_OK(aclrtMemcpy(nullptr, 0, nullptr, 0, kToDevice));
    CHECK_OK(aclrtMemcpyAsync(nullptr, 0, nullptr, 0, kToDevice, stream));
    CHECK_OK(aclrtMemset(nullptr, 0, 0, 0));
    CHECK_OK(aclrtMemsetAsync(nullptr, 0, 0, 0, stream));
    CHECK_OK(aclrtMemcpy(device, kBytes, device, kBytes, kOnDevice));
    CHECK_OK(aclrtFree(device));
}

void EndsAreWhereTheKindSays() {
    std::vector<uint8_t> host(kBytes), other(kBytes);
    uint8_t *const device = Allocate();
    CHECK_REFUSED(aclrtMemcpy(host.data(), kBytes, other.data(), kBytes, kToDevice), ACL_ERROR_RT_PARAM_INVALID,
                  "ACL_MEMCPY_HOST_TO_DEVICE says that dst is memory of the device, and 0x");
    CHECK_REFUSED(aclrtMemcpy(device, kBytes, device + 1, 1, kToDevice), ACL_ERROR_RT_PARAM_INVALID,
                  "src is memory of the host");
    CHECK_REFUSED(aclrtMemcpy(device, kBytes, host.data(), kBytes, kOnDevice), ACL_ERROR_RT_PARAM_INVALID,
                  "that src is");
    CHECK_REFUSED(aclrtMemcpy(device, kBytes, host.data(), kBytes, kToHost), ACL_ERROR_RT_PARAM_INVALID, "that dst is");
    CHECK_REFUSED(aclrtMemcpy(host.data(), kBytes, device, kBytes, ACL_MEMCPY_HOST_TO_HOST), ACL_ERROR_RT_PARAM_INVALID,
                  "that src is");
    CHECK_REFUSED(aclrtMemcpyAsync(host.data(), kBytes, device, kBytes, kToDevice, stream), ACL_ERROR_RT_PARAM_INVALID,
                  "aclrtMemcpyAsync: ACL_MEMCPY_HOST_TO_DEVICE");
    CHECK_REFUSED(aclrtMemcpy(device, kBytes, host.data(), kBytes, static_cast<aclrtMemcpyKind>(9)),
                  ACL_ERROR_INVALID_PARAM, "kind is 9");
    CHECK_REFUSED(aclrtMemcpyAsync(host.data(), kBytes, other.data(), kBytes, ACL_MEMCPY_HOST_TO_HOST, stream),
                  ACL_ERROR_RT_FEATURE_NOT_SUPPORT, "from host to host");
    CHECK_OK(aclrtFree(device));
}

void NothingPastTheEnd() {
    std::vector<uint8_t> host(2 * kBytes);
    uint8_t *const device = Allocate();
    CHECK_REFUSED(aclrtMemcpy(device, kBytes - 1, host.data(), kBytes, kToDevice), ACL_ERROR_RT_PARAM_INVALID,
                  "count is 1000, more than destMax, which is 999");
    CHECK_REFUSED(aclrtMemcpy(device, 2 * kBytes, host.data(), kBytes + 1, kToDevice), ACL_ERROR_RT_PARAM_INVALID,
                  "dst at 0x");
    CHECK_REFUSED(aclrtMemcpy(host.data(), 2 * kBytes, device + 1, kBytes, kToHost), ACL_ERROR_RT_PARAM_INVALID,
                  "has 999 bytes to the end of its allocation, and 1000 are wanted");
    CHECK_REFUSED(aclrtMemcpy(device, kBytes, nullptr, 1, kToDevice), ACL_ERROR_INVALID_PARAM, "src is null");
    CHECK_REFUSED(aclrtMemcpy(nullptr, kBytes, device, 1, kToHost), ACL_ERROR_INVALID_PARAM, "dst is null");
    CHECK_REFUSED(aclrtMemset(device, 9, 1, 10), ACL_ERROR_RT_PARAM_INVALID, "count is 10, more than maxCount");
    CHECK_REFUSED(aclrtMemset(device, 2 * kBytes, 1, kBytes + 1), ACL_ERROR_RT_PARAM_INVALID, "devPtr at 0x");
    CHECK_REFUSED(aclrtMemset(nullptr, 1, 1, 1), ACL_ERROR_INVALID_PARAM, "devPtr is null");
    CHECK_OK(aclrtFree(device));
    CHECK_REFUSED(aclrtMemcpy(device, kBytes, host.data(), 1, kToDevice), ACL_ERROR_RT_PARAM_INVALID, "(any more)");
    CHECK_REFUSED(aclrtMemset(device, 1, 1, 1), ACL_ERROR_RT_PARAM_INVALID, "(any more)");
}

void AddressesOfNothing() {
    uint8_t *const device = Allocate();
    void *const hole = mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(static_cast<uint8_t *>(hole) + 4096, 4096);
    CHECK_OK(aclrtMemcpy(device, kBytes, static_cast<uint8_t *>(hole) + 4096 - 100, 100, kToDevice));
    CHECK_REFUSED(aclrtMemcpy(device, kBytes, static_cast<uint8_t *>(hole) + 4096 - 100, 101, kToDevice),
                  ACL_ERROR_RT_PARAM_INVALID, "no memory of this process");
    CHECK_REFUSED(aclrtMemcpy(reinterpret_cast<void *>(16), kBytes, device, 1, kToHost), ACL_ERROR_RT_PARAM_INVALID,
                  "no memory of this process");
    CHECK_OK(aclrtFree(device));
}

void Sets() {
    uint8_t *const device = Allocate();
    std::vector<uint8_t> host(kBytes);
    CHECK_OK(aclrtMemset(device, kBytes, 0x1ff, kBytes));
    CHECK_OK(aclrtMemsetAsync(device + 1, kBytes - 1, 3, 2, stream));
    CHECK_OK(aclrtSynchronizeStream(stream));
    CHECK_OK(aclrtMemcpy(host.data(), kBytes, device, kBytes, kToHost));
    CHECK(host[0] == 0xff && host[1] == 3 && host[2] == 3 && host[3] == 0xff && host[kBytes - 1] == 0xff);
    CHECK_OK(aclrtFree(device));
}

void StreamsCopyInOrder() {
    const std::vector<uint8_t> given = Numbers();
    uint8_t *const pinned = AllocatePinned(), *const back = AllocatePinned();
    uint8_t *const one = Allocate(), *const two = Allocate();
    memcpy(pinned, given.data(), kBytes);
    memset(back, 0, kBytes);
    Gate gate;
    Occupy(stream, gate);
    CHECK_OK(aclrtMemcpyAsync(one, kBytes, pinned, kBytes, kToDevice, stream));
    CHECK_OK(aclrtMemcpyAsync(two, kBytes, one, kBytes, kOnDevice, stream));
    CHECK_OK(aclrtMemcpyAsync(back, kBytes, two, kBytes, kToHost, stream));
    CHECK(back[1] == 0);
    gate.Open();
    CHECK_OK(aclrtSynchronizeStream(stream));
    CHECK(memcmp(back, given.data(), kBytes) == 0);
    for (uint8_t *each : {pinned, back}) {
        CHECK_OK(aclrtFreeHost(each));
    }
    for (uint8_t *each : {one, two}) {
        CHECK_OK(aclrtFree(each));
    }
}

// Memory that is not pinned may go as soon as the call is back.
void PageableCopiesAreDoneWhenTheyReturn() {
    uint8_t *const device = Allocate();
    std::vector<uint8_t> given = Numbers(), got(kBytes);
    CHECK_OK(aclrtMemcpyAsync(device, kBytes, given.data(), kBytes, kToDevice, stream));
    const std::vector<uint8_t> kept = given;
    given.assign(kBytes, 0);
    CHECK_OK(aclrtMemcpyAsync(got.data(), kBytes, device, kBytes, kToHost, stream));
    CHECK(got == kept);
    CHECK_OK(aclrtFree(device));
}

void FreedBeforeTheCopy() {
    uint8_t *const one = Allocate(), *const two = Allocate(), *const pinned = AllocatePinned();
    memset(pinned, 1, kBytes);
    const auto blocked = [&](auto queue, auto free, const char *message) {
        Gate gate;
        Occupy(stream, gate);
        CHECK_OK(queue());
        CHECK_OK(free());
        gate.Open();
        CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_SYS_DMA, message);
        CHECK_OK(aclrtSynchronizeStream(stream));
    };
    blocked([&] { return aclrtMemcpyAsync(one, kBytes, two, kBytes, kOnDevice, stream); },
            [&] { return aclrtFree(two); }, "aclrtMemcpyAsync: src was freed before the copy was done");
    blocked([&] { return aclrtMemcpyAsync(one, kBytes, pinned, kBytes, kToDevice, stream); },
            [&] { return aclrtFreeHost(pinned); }, "src was freed");
    blocked([&] { return aclrtMemsetAsync(one, kBytes, 1, 1, stream); }, [&] { return aclrtFree(one); },
            "aclrtMemsetAsync: devPtr was freed");
    CHECK_CODE(aclrtSynchronizeDevice(), ACL_ERROR_RT_SYS_DMA);
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    CHECK_CODE(aclrtMemcpy(nullptr, 0, nullptr, 0, kToDevice), ACL_ERROR_RT_CONTEXT_NULL);
    CHECK_CODE(aclrtMemsetAsync(nullptr, 0, 0, 0, nullptr), ACL_ERROR_RT_CONTEXT_NULL);
    CHECK_OK(aclrtSetDevice(0));
    CHECK_OK(aclrtCreateStream(&stream));
    ThereAndBack();
    NothingToDo();
    EndsAreWhereTheKindSays();
    NothingPastTheEnd();
    AddressesOfNothing();
    Sets();
    StreamsCopyInOrder();
    PageableCopiesAreDoneWhenTheyReturn();
    FreedBeforeTheCopy();
}
