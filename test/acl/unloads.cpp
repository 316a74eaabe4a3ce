// The library is loaded and closed again, while a worker of it lives.
#include <dlfcn.h>

#include <chrono>
#include <thread>

#include "check.h"

int main() {
    void *const library = dlopen("libascendcl.so", RTLD_NOW | RTLD_LOCAL);
    CHECK(library != nullptr);
    const auto set = reinterpret_cast<decltype(&aclrtSetDevice)>(dlsym(library, "aclrtSetDevice"));
    const auto allocate = reinterpret_cast<decltype(&aclrtMalloc)>(dlsym(library, "aclrtMalloc"));
    const auto memset = reinterpret_cast<decltype(&aclrtMemsetAsync)>(dlsym(library, "aclrtMemsetAsync"));
    void *memory = nullptr;
    CHECK(set(0) == 0 && allocate(&memory, 100, ACL_MEM_MALLOC_HUGE_FIRST) == 0);
    CHECK(memset(memory, 100, 3, 100, nullptr) == 0);
    CHECK_EQUAL(dlclose(library), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}
