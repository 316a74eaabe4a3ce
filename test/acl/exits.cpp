// A process that ends while its streams work, without a word to the runtime.
#include <chrono>
#include <thread>

#include "tasks.h"

using namespace dovetail;

namespace {

// Destroyed after main, when much else is gone.
struct Late {
    aclrtEvent event = nullptr;
    void *memory = nullptr;
    ~Late() {
        CHECK(aclrtDestroyEvent(event) == ACL_SUCCESS);
        CHECK(aclrtFree(memory) == ACL_SUCCESS);
        CHECK(aclrtSynchronizeStreamWithTimeout(nullptr, 100) == ACL_SUCCESS);
    }
} late;

}  // namespace

int main() {
    Gate &never = *new Gate;
    CHECK_OK(aclInit(nullptr));
    CHECK_OK(aclrtSetDevice(0));
    CHECK_OK(aclrtCreateEvent(&late.event));
    CHECK_OK(aclrtMalloc(&late.memory, 1 << 20, ACL_MEM_MALLOC_HUGE_FIRST));
    for (int i = 0; i < 4; ++i) {
        aclrtStream stream;
        CHECK_OK(aclrtCreateStream(&stream));
        if (i == 0) {
            Occupy(stream, never);
        }
        for (int task = 0; task < 300; ++task) {
            Queue(stream, [](Stream &) {
                std::this_thread::sleep_for(std::chrono::microseconds(100));
                return Outcome();
            });
        }
    }
    std::thread([] {
        CHECK(aclrtSetDevice(0) == ACL_SUCCESS);
        aclrtSynchronizeDevice();
    }).detach();
}
