// A process that forks: what is made after the fork works on both sides, what was made before belongs to the parent.
#include <sys/wait.h>
#include <unistd.h>

#include "tasks.h"

using namespace dovetail;

namespace {

void UseEverything() {
    CHECK_OK(aclrtSetDevice(0));
    aclrtStream stream;
    CHECK_OK(aclrtCreateStream(&stream));
    void *memory = nullptr;
    CHECK_OK(aclrtMalloc(&memory, 100, ACL_MEM_MALLOC_HUGE_FIRST));
    CHECK_OK(aclrtMemsetAsync(memory, 100, 3, 100, stream));
    CHECK_OK(aclrtSynchronizeStream(stream));
    char got = 0;
    CHECK_OK(aclrtMemcpy(&got, 1, memory, 1, ACL_MEMCPY_DEVICE_TO_HOST));
    CHECK_EQUAL(int{got}, 3);
    CHECK_OK(aclrtFree(memory));
    CHECK_OK(aclrtDestroyStream(stream));
    CHECK_OK(aclrtResetDevice(0));
}

template <class Work>
void InAChild(Work work) {
    const pid_t child = fork();
    if (child == 0) {
        work();
        _exit(0);
    }
    int status = -1;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK_EQUAL(status, 0);
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    InAChild(UseEverything);
    UseEverything();
    aclrtStream stream;
    CHECK_OK(aclrtSetDevice(0));
    CHECK_OK(aclrtCreateStream(&stream));
    Gate gate;
    Occupy(stream, gate);
    InAChild([&] {
        void *memory = nullptr;
        CHECK_OK(aclrtMalloc(&memory, 100, ACL_MEM_MALLOC_HUGE_FIRST));
        CHECK_REFUSED(aclrtMemsetAsync(memory, 100, 3, 100, stream), ACL_ERROR_RT_INVALID_HANDLE, "forked from");
        CHECK_CODE(aclrtSynchronizeStream(stream), ACL_ERROR_RT_STREAM_SYNC_TIMEOUT);  // rather than for ever
        CHECK_OK(aclrtDestroyStream(stream));
        aclrtContext context;
        CHECK_OK(aclrtCreateContext(&context, 1));
        UseEverything();
    });
    gate.Open();
    CHECK_OK(aclrtSynchronizeStream(stream));
}
