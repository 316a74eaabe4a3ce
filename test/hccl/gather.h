// The kernel of test/runtime/kernels/gather.cpp, and launches of it.
#ifndef DOVETAIL_TEST_GATHER_H
#define DOVETAIL_TEST_GATHER_H

#include <dlfcn.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "../acl/check.h"
#include "dovetail/kernels.h"

constexpr int64_t kM = 2, kK = 24;  // of x of each rank

struct GatherKernel {
    void *entry;
    std::vector<uint8_t> tiling;

    GatherKernel(const char *object, uint32_t ranks, uint64_t window_bytes) {
        void *const opened = dlopen(object, RTLD_NOW | RTLD_LOCAL);
        CHECK(opened != nullptr);
        entry = dlsym(opened, "gather");
        const auto bytes = reinterpret_cast<uint64_t (*)()>(dlsym(opened, "gather_tiling_bytes"));
        const auto fill =
            reinterpret_cast<int32_t (*)(const int64_t *, int64_t, int64_t, int64_t, void *, char *, uint64_t)>(
                dlsym(opened, "gather_tiling"));
        CHECK(entry != nullptr && bytes != nullptr && fill != nullptr);
        tiling.resize(bytes());
        const int64_t sizes[] = {kM, kK};
        char message[256] = "";
        CHECK_EQUAL(fill(sizes, ranks, 1, static_cast<int64_t>(window_bytes), tiling.data(), message, 256), 0);
    }
};

inline void *Allocate(uint64_t bytes) {
    void *memory = nullptr;
    CHECK_OK(aclrtMalloc(&memory, bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    return memory;
}

// One launch of one rank, which must have been made by a thread with the rank's device.
class Launch {
public:
    Launch(const GatherKernel &kernel, HcclComm comm, uint16_t seed) : kernel_(kernel), comm_(comm), seed_(seed) {
        CHECK_OK(dovetail_comm_facts(comm, &facts_));
        x = Allocate(kBytes);
        output = Allocate(facts_.ranks * kBytes);
        workspace = Allocate(64);
        std::vector<uint16_t> elements;
        for (int64_t i = 0; i < kM * kK; ++i) {
            elements.push_back(Element(facts_.rank, i));
        }
        CHECK_OK(aclrtMemcpy(x, kBytes, elements.data(), kBytes, ACL_MEMCPY_HOST_TO_DEVICE));
    }

    aclError Submit(aclrtStream stream) const {
        void *const arguments[] = {x, output, workspace};
        const DovetailRegion regions[] = {{"x", x, kBytes, DOVETAIL_INPUT},
                                          {"output", output, facts_.ranks * kBytes, DOVETAIL_OUTPUT}};
        DovetailKernelLaunch launch = {};
        launch.struct_size = sizeof(launch);
        launch.name = "gather";
        launch.description = description.c_str();
        launch.entry = kernel_.entry;
        launch.arguments = arguments;
        launch.argument_count = 3;
        launch.tiling = kernel_.tiling.data();
        launch.tiling_bytes = kernel_.tiling.size();
        launch.blocks = 1;
        launch.regions = regions;
        launch.region_count = 2;
        if (change) {
            change(launch);
        }
        return dovetail_launch_kernel(comm_, &launch, stream);
    }

    void Check() const {
        std::vector<uint16_t> elements(static_cast<size_t>(facts_.ranks * kM * kK));
        const uint64_t bytes = facts_.ranks * kBytes;
        CHECK_OK(aclrtMemcpy(elements.data(), bytes, output, bytes, ACL_MEMCPY_DEVICE_TO_HOST));
        for (size_t i = 0; i < elements.size(); ++i) {
            CHECK_EQUAL(elements[i], Element(i / (kM * kK), i % (kM * kK)));
        }
    }

    void Free() {
        CHECK_OK(aclrtFree(x));
        CHECK_OK(aclrtFree(output));
        CHECK_OK(aclrtFree(workspace));
    }

    std::string description = "as all do";
    std::function<void(DovetailKernelLaunch &)> change;  // what is told to the library
    void *x, *output, *workspace;

private:
    static constexpr uint64_t kBytes = kM * kK * sizeof(uint16_t);
    uint16_t Element(uint64_t rank, int64_t index) const {
        return static_cast<uint16_t>(seed_ * 4099 + rank * 257 + static_cast<uint64_t>(index));
    }

    const GatherKernel &kernel_;
    const HcclComm comm_;
    const uint16_t seed_;
    DovetailCommFacts facts_;
};

#endif
