// Ranks of one process.
#ifndef DOVETAIL_TEST_RANKS_H
#define DOVETAIL_TEST_RANKS_H

#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "../acl/check.h"
#include "dovetail/kernels.h"

constexpr double kPatience = 100;  // seconds

inline DovetailCommOptions Options(uint64_t window_bytes, double seconds) {
    DovetailCommOptions options = {};
    options.struct_size = sizeof(options);
    options.window_bytes = window_bytes;
    options.timeout_seconds = seconds;
    return options;
}

// Of each rank: its communicator, on the device of its number.
inline std::vector<HcclComm> Communicators(uint32_t ranks, double seconds = kPatience,
                                           uint64_t window_bytes = 1 << 20) {
    const DovetailCommOptions options = Options(window_bytes, seconds);
    std::vector<HcclComm> comms(ranks);
    CHECK_OK(dovetail_comm_init_all(ranks, &options, comms.data()));
    return comms;
}

// Calls `work` with each rank and a stream of its device, side by side.
inline void OnRanks(uint32_t ranks, const std::function<void(uint32_t, aclrtStream)> &work) {
    std::vector<std::thread> threads;
    for (uint32_t rank = 0; rank < ranks; ++rank) {
        threads.emplace_back([&, rank] {
            CHECK_OK(aclrtSetDevice(static_cast<int32_t>(rank)));
            aclrtStream stream = nullptr;
            CHECK_OK(aclrtCreateStream(&stream));
            work(rank, stream);
            CHECK_OK(aclrtDestroyStream(stream));
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

#endif
