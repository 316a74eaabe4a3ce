// Launches of a kernel on ranks of one process: `launches GATHER`, where that is the kernel's shared object.
#include <atomic>
#include <thread>

#include "gather.h"
#include "ranks.h"

namespace {

const char *object;

GatherKernel Kernel(uint32_t ranks) { return GatherKernel(object, ranks, 1 << 20); }

void Destroy(const std::vector<HcclComm> &comms) {
    for (const HcclComm comm : comms) {
        CHECK_OK(HcclCommDestroy(comm));
    }
}

void EveryRankGetsTheRowsOfAll() {
    for (const uint32_t ranks : {1, 2, 3, 8}) {
        const GatherKernel kernel = Kernel(ranks);
        const std::vector<HcclComm> comms = Communicators(ranks);
        OnRanks(ranks, [&](uint32_t rank, aclrtStream stream) {
            for (uint16_t i = 0; i < 5; ++i) {
                Launch launch(kernel, comms[rank], i);
                CHECK_OK(launch.Submit(stream));
                CHECK_OK(aclrtSynchronizeStream(stream));
                launch.Check();
                launch.Free();
            }
        });
        Destroy(comms);
    }
}

void ManyInFlightOnTwoStreams() {
    const GatherKernel kernel = Kernel(2);
    const std::vector<HcclComm> comms = Communicators(2);
    OnRanks(2, [&](uint32_t rank, aclrtStream stream) {
        aclrtStream other = nullptr;
        CHECK_OK(aclrtCreateStream(&other));
        std::vector<Launch> launches;
        for (uint16_t i = 0; i < 40; ++i) {
            launches.emplace_back(kernel, comms[rank], i);
            CHECK_OK(launches.back().Submit(i % 3 == 0 ? stream : other));
        }
        CHECK_OK(aclrtSynchronizeDevice());
        for (Launch &launch : launches) {
            launch.Check();
            launch.Free();
        }
        CHECK_OK(aclrtDestroyStream(other));
    });
    Destroy(comms);
}

// Refused launches are no steps: the next ones find the ranks in order.
void WhatCannotBeLaunchedSpoilsNothing() {
    const GatherKernel kernel = Kernel(2);
    const std::vector<HcclComm> comms = Communicators(2);
    OnRanks(2, [&](uint32_t rank, aclrtStream stream) {
        Launch launch(kernel, comms[rank], 1);
        if (rank == 0) {
            const auto refused = [&](aclError code, const char *words, auto change) {
                launch.change = change;
                CHECK_REFUSED(launch.Submit(stream), code, words);
                launch.change = nullptr;
            };
            using Told = DovetailKernelLaunch &;
            const aclError wrong = ACL_ERROR_INVALID_PARAM;
            refused(wrong, "bytes here and 3 at the caller", [](Told told) { told.struct_size = 3; });
            refused(wrong, "null pointer", [](Told told) { told.name = nullptr; });
            refused(wrong, "null pointer", [](Told told) { told.description = nullptr; });
            refused(wrong, "null pointer", [](Told told) { told.entry = nullptr; });
            refused(wrong, "null pointer", [](Told told) { told.arguments = nullptr; });
            refused(wrong, "null pointer", [](Told told) { told.tiling = nullptr; });
            refused(wrong, "null pointer", [](Told told) { told.regions = nullptr; });
            refused(wrong, "24 arguments; allowed are 23", [](Told told) { told.argument_count = 24; });
            refused(wrong, "4294967295 arguments; allowed are 23", [](Told told) { told.argument_count = 0xffffffff; });
            refused(wrong, "0 blocks; Ascend910B3 has 1 to 20", [](Told told) { told.blocks = 0; });
            refused(wrong, "21 blocks; Ascend910B3 has 1 to 20", [](Told told) { told.blocks = 21; });
            DovetailRegion region = {"y", &region, 8, 0};
            refused(ACL_ERROR_RT_PARAM_INVALID, "y at 0x",
                    [&](Told told) { told.regions = &region, told.region_count = 1; });
            CHECK_SAYS(check::recent, "is not device memory");
            region = {"y", launch.x, 1 << 20, 0};
            refused(ACL_ERROR_RT_PARAM_INVALID, "y at 0x",
                    [&](Told told) { told.regions = &region, told.region_count = 1; });
            CHECK_REFUSED(dovetail_launch_kernel(comms[0], nullptr, stream), wrong, "a launch is null");
            CHECK_OK(aclrtSetDevice(1));
            aclrtStream foreign = nullptr;
            CHECK_OK(aclrtCreateStream(&foreign));
            CHECK_REFUSED(launch.Submit(foreign), ACL_ERROR_RT_STREAM_CONTEXT, "rank 0 of communicator");
            CHECK_OK(aclrtDestroyStream(foreign));
            CHECK_OK(aclrtSetDevice(0));
        }
        CHECK_OK(launch.Submit(stream));
        CHECK_OK(aclrtSynchronizeStream(stream));
        launch.Check();
        launch.Free();
    });
    Destroy(comms);
}

// Of two launches the second fails on both ranks: `prepare` is called before it is submitted, `spoil` by rank 0 alone
// after that. What both are told must have `words` in it.
void Fails(const char *words, const std::function<void(Launch &, uint32_t)> &prepare,
           const std::function<void(Launch &)> &spoil = nullptr) {
    const GatherKernel kernel = Kernel(2);
    const std::vector<HcclComm> comms = Communicators(2);
    std::atomic<int> submitted{0};
    OnRanks(2, [&](uint32_t rank, aclrtStream stream) {
        Launch first(kernel, comms[rank], 1), second(kernel, comms[rank], 2);
        if (prepare) {
            prepare(second, rank);
        }
        // None begins before all are submitted, for after a failure they would be refused.
        aclrtStream other = nullptr;
        aclrtEvent all = nullptr;
        CHECK_OK(aclrtCreateStream(&other));
        CHECK_OK(aclrtCreateEventWithFlag(&all, ACL_EVENT_SYNC));
        CHECK_OK(aclrtStreamWaitEvent(stream, all));
        CHECK_OK(first.Submit(stream));
        CHECK_OK(second.Submit(stream));
        if (rank == 0 && spoil) {
            spoil(second);
        }
        for (++submitted; submitted < 2;) {
            std::this_thread::yield();
        }
        CHECK_OK(aclrtRecordEvent(all, other));
        CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_AICORE_EXCEPTION, words);
        CHECK_OK(aclrtSynchronizeStream(stream));
        first.Check();
        CHECK_SAYS(dovetail_comm_failure(comms[rank]), words);
        HcclResult error = HCCL_SUCCESS;
        CHECK_OK(HcclGetCommAsyncError(comms[rank], &error));
        CHECK_EQUAL(error, HCCL_E_REMOTE);
        CHECK_REFUSED(first.Submit(stream), ACL_ERROR_RT_AICORE_EXCEPTION, "takes no more launches");
        CHECK_SAYS(check::recent, words);
        CHECK_OK(aclrtDestroyEvent(all));
        CHECK_OK(aclrtDestroyStream(other));
    });
    Destroy(comms);
}

void RanksDisagree() {
    Fails("rank 0: gather, 1 blocks: of rank 0",
          [](Launch &launch, uint32_t rank) { launch.description = "of rank " + std::to_string(rank); });
    Fails("2 blocks: as all do", [](Launch &launch, uint32_t rank) {
        launch.change = [rank](DovetailKernelLaunch &told) { told.blocks = 1 + rank; };
    });
    // Descriptions that are longer than what ranks tell each other.
    Fails("rank 1: gather, 1 blocks: 1xxx",
          [](Launch &launch, uint32_t rank) { launch.description = std::to_string(rank) + std::string(5000, 'x'); });
}

void MemoryIsFreed() {
    Fails("rank 0, gather: the memory of output was freed before the launch began", nullptr,
          [](Launch &launch) { CHECK_OK(aclrtFree(launch.output)); });
    Fails("rank 0, gather: the memory of x was freed before the launch began", nullptr,
          [](Launch &launch) { CHECK_OK(aclrtFree(launch.x)); });
}

// Rank 1 does not come.
void NobodyComes() {
    const GatherKernel kernel = Kernel(2);
    const std::vector<HcclComm> comms = Communicators(2, 0.2);
    OnRanks(2, [&](uint32_t rank, aclrtStream stream) {
        if (rank == 0) {
            Launch launch(kernel, comms[0], 1);
            CHECK_OK(launch.Submit(stream));
            CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_AICORE_EXCEPTION,
                          "rank 0 waits for rank 1 in step 1 of communicator");
            launch.Free();
        }
    });
    Destroy(comms);
}

void ARankLeaves() {
    const GatherKernel kernel = Kernel(2);
    const std::vector<HcclComm> comms = Communicators(2);
    OnRanks(2, [&](uint32_t rank, aclrtStream stream) {
        if (rank == 1) {
            CHECK_OK(HcclCommDestroy(comms[1]));
            return;
        }
        Launch launch(kernel, comms[0], 1);
        CHECK_OK(launch.Submit(stream));
        CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_AICORE_EXCEPTION,
                      "rank 1 has destroyed communicator");
        launch.Free();
    });
    CHECK_OK(HcclCommDestroy(comms[0]));
}

void WorkIsDroppedWithItsStream() {
    const GatherKernel kernel = Kernel(2);
    const std::vector<HcclComm> comms = Communicators(2);
    std::atomic<bool> submitted{false};  // on rank 1, which would be refused after the failure
    OnRanks(2, [&](uint32_t rank, aclrtStream stream) {
        if (rank == 1) {
            Launch launch(kernel, comms[1], 1);
            CHECK_OK(launch.Submit(stream));
            submitted = true;
            CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_AICORE_EXCEPTION, "was destroyed by force");
            CHECK_SAYS(check::recent, "rank 0, gather");
            launch.Free();
            return;
        }
        aclrtStream doomed = nullptr;
        aclrtEvent never = nullptr;
        CHECK_OK(aclrtCreateStream(&doomed));
        CHECK_OK(aclrtCreateEventWithFlag(&never, ACL_EVENT_SYNC));
        CHECK_OK(aclrtStreamWaitEvent(doomed, never));
        Launch launch(kernel, comms[0], 1);
        CHECK_OK(launch.Submit(doomed));
        while (!submitted) {
            std::this_thread::yield();
        }
        CHECK_OK(aclrtDestroyStreamForce(doomed));
        CHECK_OK(aclrtDestroyEvent(never));
        launch.Free();
    });
    Destroy(comms);
}

// A launch stands behind an event that is recorded behind a later launch.
void LaterLaunchesPassByWhatWaitsForThem() {
    const GatherKernel kernel = Kernel(2);
    const std::vector<HcclComm> one = Communicators(2), other = Communicators(2);
    OnRanks(2, [&](uint32_t rank, aclrtStream stream) {
        aclrtStream later = nullptr, third = nullptr;
        aclrtEvent event = nullptr;
        CHECK_OK(aclrtCreateStream(&later));
        CHECK_OK(aclrtCreateStream(&third));
        CHECK_OK(aclrtCreateEventWithFlag(&event, ACL_EVENT_SYNC));
        Launch first(kernel, one[rank], 1), second(kernel, one[rank], 2), passing(kernel, other[rank], 3);
        CHECK_OK(aclrtStreamWaitEvent(stream, event));
        CHECK_OK(first.Submit(stream));
        CHECK_OK(second.Submit(third));  // keeps its place behind the first
        CHECK_OK(passing.Submit(later));
        CHECK_OK(aclrtRecordEvent(event, later));
        for (const aclrtStream each : {stream, later, third}) {
            CHECK_OK(aclrtSynchronizeStream(each));
        }
        for (Launch *launch : {&first, &second, &passing}) {
            launch->Check();
            launch->Free();
        }
        CHECK_OK(aclrtDestroyEvent(event));
        CHECK_OK(aclrtDestroyStream(later));
        CHECK_OK(aclrtDestroyStream(third));
    });
    Destroy(one);
    Destroy(other);
}

void OppositeOrder() {
    const GatherKernel kernel = Kernel(2);
    const std::vector<HcclComm> one = Communicators(2), other = Communicators(2);
    std::atomic<int> come{0};
    OnRanks(2, [&](uint32_t rank, aclrtStream stream) {
        Launch first(kernel, (rank == 0 ? one : other)[rank], 1), second(kernel, (rank == 0 ? other : one)[rank], 2);
        ++come;
        while (come < 2) {
            std::this_thread::yield();
        }
        CHECK_OK(first.Submit(stream));
        second.Submit(stream);  // the report may have come already
        CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_AICORE_EXCEPTION, "in opposite order");
        first.Free();
        second.Free();
    });
    for (const std::vector<HcclComm> &comms : {one, other}) {
        CHECK_SAYS(dovetail_comm_failure(comms[0]), "in opposite order");
        Destroy(comms);
    }
}

}  // namespace

int main(int, char **arguments) {
    object = arguments[1];
    CHECK_OK(aclInit(nullptr));
    EveryRankGetsTheRowsOfAll();
    ManyInFlightOnTwoStreams();
    WhatCannotBeLaunchedSpoilsNothing();
    RanksDisagree();
    MemoryIsFreed();
    NobodyComes();
    ARankLeaves();
    WorkIsDroppedWithItsStream();
    LaterLaunchesPassByWhatWaitsForThem();
    OppositeOrder();
}
