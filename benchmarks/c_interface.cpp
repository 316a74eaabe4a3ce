// What a near-empty call of aclnnAllGatherMatmulV2 costs, and beside it what it costs to wake a thread:
//
//     c_interface threads RANKS LAUNCHES
//     c_interface process KEY RANKS RANK LAUNCHES    one rank; for all of them at the same time
//     c_interface wake ROUNDS
//
// Each prints lines of a name and nanoseconds, one figure for each launch or round.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "aclnnop/aclnn_all_gather_matmul_v2.h"
#include "hccl/hccl.h"

namespace {

constexpr int64_t kRows = 1, kDepth = 256, kColumns = 16;
constexpr int kWarmUp = 50;

int64_t Now() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000ll + now.tv_nsec;
}

using Figures = std::vector<int64_t>;

void Print(const char *name, const Figures &figures) {
    std::string line = name;
    for (const int64_t each : figures) {
        line += " " + std::to_string(each);
    }
    puts(line.c_str());
}

// -- calls of the operator --

void Check(int code, const char *call) {
    if (code != 0) {
        const char *message = aclGetRecentErrMsg();
        fprintf(stderr, "%s returned %d\n%s\n", call, code, message != nullptr ? message : "no message");
        exit(EXIT_FAILURE);
    }
}
#define CHECK(call) Check((call), #call)

aclTensor *ZeroedMatrix(int64_t rows, int64_t columns) {
    const int64_t shape[] = {rows, columns};
    const size_t bytes = static_cast<size_t>(rows * columns) * 2;
    void *memory;
    CHECK(aclrtMalloc(&memory, bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    CHECK(aclrtMemset(memory, bytes, 0, bytes));
    return aclCreateTensor(shape, 2, ACL_FLOAT16, nullptr, 0, ACL_FORMAT_ND, shape, 2, memory);
}

struct Costs {
    Figures stage1, stage2, whole;
};

// The thread's device is that of the rank. What is allocated stays until the program ends.
Costs Launch(HcclComm comm, int launches) {
    uint32_t ranks;
    CHECK(HcclGetRankSize(comm, &ranks));
    char group[COMM_NAME_MAX_LENGTH];
    CHECK(HcclGetCommName(comm, group));
    aclTensor *x1 = ZeroedMatrix(kRows, kDepth), *x2 = ZeroedMatrix(kDepth, kColumns);
    aclTensor *output = ZeroedMatrix(ranks * kRows, kColumns), *gather_out = ZeroedMatrix(ranks * kRows, kDepth);
    aclrtStream stream;
    CHECK(aclrtCreateStream(&stream));
    void *workspace = nullptr;
    uint64_t workspace_bytes = 0, had = 0;
    Costs costs;
    for (int i = -kWarmUp; i < launches; ++i) {
        aclOpExecutor *executor;
        const int64_t start = Now();
        CHECK(aclnnAllGatherMatmulV2GetWorkspaceSize(x1, x2, nullptr, nullptr, nullptr, nullptr, 0, group, 0, 0, 1, 0,
                                                     "aiv", output, gather_out, nullptr, &workspace_bytes, &executor));
        const int64_t planned = Now();
        if (workspace_bytes > had) {
            CHECK(aclrtMalloc(&workspace, workspace_bytes, ACL_MEM_MALLOC_HUGE_FIRST));
            had = workspace_bytes;
        }
        const int64_t allocated = Now();
        CHECK(aclnnAllGatherMatmulV2(workspace, workspace_bytes, executor, stream));
        const int64_t queued = Now();
        CHECK(aclrtSynchronizeStream(stream));
        const int64_t done = Now();
        if (i >= 0) {
            costs.stage1.push_back(planned - start);
            costs.stage2.push_back(queued - allocated);
            costs.whole.push_back(done - allocated);
        }
    }
    CHECK(aclrtDestroyStream(stream));
    return costs;
}

void Print(const Costs &costs) {
    Print("stage1", costs.stage1);
    Print("stage2", costs.stage2);
    Print("whole", costs.whole);
}

void RunThreads(uint32_t ranks, int launches) {
    CHECK(aclInit(nullptr));
    CHECK(aclrtSetDevice(0));
    std::vector<int32_t> devices(ranks);
    std::vector<HcclComm> comms(ranks);
    for (uint32_t rank = 0; rank < ranks; ++rank) {
        devices[rank] = static_cast<int32_t>(rank);
    }
    CHECK(HcclCommInitAll(ranks, devices.data(), comms.data()));
    std::vector<Costs> costs(ranks);
    std::vector<std::thread> threads;
    for (uint32_t rank = 0; rank < ranks; ++rank) {
        threads.emplace_back([&, rank] {
            CHECK(aclrtSetDevice(devices[rank]));
            costs[rank] = Launch(comms[rank], launches);
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    for (uint32_t rank = 0; rank < ranks; ++rank) {
        CHECK(HcclCommDestroy(comms[rank]));
        Print(costs[rank]);
    }
    CHECK(aclFinalize());
}

void RunProcess(const char *key, uint32_t ranks, uint32_t rank, int launches) {
    HcclRootInfo root_info = {};
    strncpy(root_info.internal, key, sizeof(root_info.internal) - 1);
    CHECK(aclInit(nullptr));
    CHECK(aclrtSetDevice(static_cast<int32_t>(rank)));
    HcclComm comm;
    CHECK(HcclCommInitRootInfo(ranks, &root_info, rank, &comm));
    const Costs costs = Launch(comm, launches);
    CHECK(HcclCommDestroy(comm));
    CHECK(aclFinalize());
    Print(costs);
}

// -- waking a thread --

// A letter box of one place, in which one thread waits for another one's number.
class ConditionVariable {
public:
    void Post(int64_t number) {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            number_ = number;
        }
        posted_.notify_one();
    }
    int64_t Await() {
        std::unique_lock<std::mutex> lock(mutex_);
        posted_.wait(lock, [&] { return number_ != 0; });
        return std::exchange(number_, 0);
    }

private:
    std::mutex mutex_;
    std::condition_variable posted_;
    int64_t number_ = 0;
};

class Futex {
public:
    void Post(int64_t number) {
        number_ = number;
        posted_.store(1, std::memory_order_release);
        syscall(SYS_futex, &posted_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
    int64_t Await() {
        while (posted_.load(std::memory_order_acquire) == 0) {
            syscall(SYS_futex, &posted_, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
        }
        posted_.store(0, std::memory_order_relaxed);
        return number_;
    }

private:
    std::atomic<uint32_t> posted_{0};
    int64_t number_ = 0;
};

// How long the poster takes, and how long it takes until the other thread has the number.
template <typename Box>
void Wake(const char *returned_name, const char *arrived_name, int rounds) {
    Box box;
    Figures returned, arrived(rounds);
    std::atomic<int> taken{0};
    std::thread other([&] {
        for (int i = 0; i < rounds; ++i) {
            const int64_t start = box.Await();
            arrived[i] = Now() - start;
            taken = i + 1;
        }
    });
    for (int i = 0; i < rounds; ++i) {
        while (taken < i) {
            std::this_thread::yield();
        }
        std::this_thread::sleep_for(std::chrono::microseconds(100));  // until the other one sleeps
        const int64_t start = Now();
        box.Post(start);
        returned.push_back(Now() - start);
    }
    other.join();
    Print(returned_name, returned);
    Print(arrived_name, arrived);
}

}  // namespace

int main(int count, char **words) {
    const std::string what = count > 1 ? words[1] : "";
    if (what == "threads" && count == 4) {
        RunThreads(static_cast<uint32_t>(atoi(words[2])), atoi(words[3]));
    } else if (what == "process" && count == 6) {
        RunProcess(words[2], static_cast<uint32_t>(atoi(words[3])), static_cast<uint32_t>(atoi(words[4])),
                   atoi(words[5]));
    } else if (what == "wake" && count == 3) {
        Wake<ConditionVariable>("condition_returned", "condition_arrived", atoi(words[2]));
        Wake<Futex>("futex_returned", "futex_arrived", atoi(words[2]));
    } else {
        fprintf(stderr, "see the head of c_interface.cpp\n");
        return 2;
    }
    return 0;
}
