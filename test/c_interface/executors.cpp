// Executors between the two stages of aclnnAllGatherMatmulV2, on two ranks of one process: `executors NAME` runs a
// test.
#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "../acl/check.h"
#include "aclnnop/aclnn_all_gather_matmul_v2.h"
#include "hccl/hccl.h"

namespace {

constexpr int kRanks = 2;
constexpr int64_t kM = 3, kK = 256, kN = 16;
constexpr int kNull = ACLNN_ERR_PARAM_NULLPTR, kInvalid = ACLNN_ERR_PARAM_INVALID, kRuntime = ACLNN_ERR_RUNTIME_ERROR;

// Small integers, exact in every order of summation.
uint16_t Half(int number) { return aclFloatToFloat16(static_cast<float>(number)); }
int X1(int64_t row, int64_t k) { return static_cast<int>((row * 7 + k) % 5) - 2; }
int X2(int64_t k, int64_t n) { return static_cast<int>((k + 3 * n) % 3) - 1; }

void *Device(int64_t elements) {
    void *memory = nullptr;
    CHECK_OK(aclrtMalloc(&memory, static_cast<size_t>(elements) * 2, ACL_MEM_MALLOC_HUGE_FIRST));
    CHECK_OK(aclrtMemset(memory, static_cast<size_t>(elements) * 2, 0xff, static_cast<size_t>(elements) * 2));
    return memory;
}

struct Matrix {
    int64_t rows, columns;
    void *memory;
    aclTensor *tensor;

    Matrix(int64_t rows, int64_t columns) : rows(rows), columns(columns), memory(Device(rows * columns)) { Make(); }
    void Make() {
        const int64_t dims[] = {rows, columns};
        tensor = aclCreateTensor(dims, 2, ACL_FLOAT16, nullptr, 0, ACL_FORMAT_ND, dims, 2, memory);
        CHECK(tensor != nullptr);
    }
    void Fill(const std::function<int(int64_t, int64_t)> &element) const {
        std::vector<uint16_t> values;
        for (int64_t i = 0; i < rows; ++i) {
            for (int64_t j = 0; j < columns; ++j) {
                values.push_back(Half(element(i, j)));
            }
        }
        CHECK_OK(aclrtMemcpy(memory, values.size() * 2, values.data(), values.size() * 2, ACL_MEMCPY_HOST_TO_DEVICE));
    }
    std::vector<uint16_t> Values(const void *from) const {
        std::vector<uint16_t> values(static_cast<size_t>(rows * columns));
        CHECK_OK(aclrtMemcpy(values.data(), values.size() * 2, from, values.size() * 2, ACL_MEMCPY_DEVICE_TO_HOST));
        return values;
    }
};

// One rank, on its own thread.
struct Rank {
    Rank(int number, HcclComm comm, HcclComm second) : number(number) {
        CHECK_OK(aclrtSetDevice(number));
        CHECK_OK(aclrtCreateStream(&stream));
        CHECK_OK(HcclGetCommName(comm, group));
        CHECK_OK(HcclGetCommName(second, second_group));
        x1.emplace_back(kM, kK);
        x2.emplace_back(kK, kN);
        output.emplace_back(kRanks * kM, kN);
        gather_out.emplace_back(kRanks * kM, kK);
        x1[0].Fill([&](int64_t i, int64_t k) { return X1(number * kM + i, k); });
        x2[0].Fill(X2);
        workspace = Device(4096);
    }

    aclOpExecutor *Plan() { return Plan(group); }
    aclOpExecutor *Plan(const char *of_group) {
        aclOpExecutor *executor = nullptr;
        CHECK_OK(aclnnAllGatherMatmulV2GetWorkspaceSize(x1[0].tensor, x2[0].tensor, nullptr, nullptr, nullptr, nullptr,
                                                        0, of_group, 0, 0, 1, 0, "aiv", output[0].tensor,
                                                        gather_out[0].tensor, nullptr, &bytes, &executor));
        CHECK(bytes > 0 && executor != nullptr);
        return executor;
    }
    aclnnStatus Launch(aclOpExecutor *executor) { return aclnnAllGatherMatmulV2(workspace, bytes, executor, stream); }
    void Synchronize() { CHECK_OK(aclrtSynchronizeStream(stream)); }

    void CheckResults(const void *product = nullptr, const void *gathered = nullptr) {
        const auto outputs = output[0].Values(product != nullptr ? product : output[0].memory);
        const auto rows = gather_out[0].Values(gathered != nullptr ? gathered : gather_out[0].memory);
        for (int64_t i = 0; i < kRanks * kM; ++i) {
            for (int64_t j = 0; j < kN; ++j) {
                int sum = 0;
                for (int64_t k = 0; k < kK; ++k) {
                    sum += X1(i, k) * X2(k, j);
                }
                CHECK_EQUAL(outputs[static_cast<size_t>(i * kN + j)], Half(sum));
            }
            for (int64_t k = 0; k < kK; ++k) {
                CHECK_EQUAL(rows[static_cast<size_t>(i * kK + k)], Half(X1(i, k)));
            }
        }
    }
    void Forget() {
        for (const Matrix *each : {&output[0], &gather_out[0]}) {
            const auto size = static_cast<size_t>(each->rows * each->columns * 2);
            CHECK_OK(aclrtMemset(each->memory, size, 0xff, size));
        }
    }

    const int number;
    char group[COMM_NAME_MAX_LENGTH], second_group[COMM_NAME_MAX_LENGTH];
    aclrtStream stream = nullptr;
    std::vector<Matrix> x1, x2, output, gather_out;
    void *workspace = nullptr;
    uint64_t bytes = 0;
};

// -- tests, of each rank --

void ServesOneLaunch(Rank &rank) {
    aclOpExecutor *executor = rank.Plan();
    CHECK_OK(rank.Launch(executor));
    CHECK_REFUSED(rank.Launch(executor), kInvalid, "executor has been used or destroyed");
    rank.Synchronize();
    rank.CheckResults();
    CHECK_REFUSED(aclDestroyAclOpExecutor(executor), kInvalid, "used or destroyed");
    CHECK_REFUSED(aclSetAclOpExecutorRepeatable(executor), kInvalid, "used or destroyed");
}

void WhatIsNoExecutorIsRefused(Rank &rank) {
    int here = 0;
    CHECK_REFUSED(rank.Launch(nullptr), kNull, "executor is a null pointer");
    CHECK_REFUSED(rank.Launch(reinterpret_cast<aclOpExecutor *>(&here)), kInvalid, "none that stage 1 has made");
    CHECK_REFUSED(rank.Launch(reinterpret_cast<aclOpExecutor *>(rank.x1[0].tensor)), kInvalid, "none that stage 1");
    aclOpExecutor *executor = rank.Plan();
    CHECK_OK(aclDestroyAclOpExecutor(executor));
    CHECK_REFUSED(rank.Launch(executor), kInvalid, "used or destroyed");
    CHECK_REFUSED(aclDestroyAclOpExecutor(nullptr), kNull, "null pointer");
}

void WorkspaceIsChecked(Rank &rank) {
    static char host[4096];
    aclOpExecutor *executor = rank.Plan();
    const auto launch = [&](void *workspace, uint64_t bytes) {
        return aclnnAllGatherMatmulV2(workspace, bytes, executor, rank.stream);
    };
    CHECK_REFUSED(launch(nullptr, rank.bytes), kNull, "workspace is a null pointer");
    CHECK_REFUSED(launch(nullptr, 0), kNull, "workspace is a null pointer");
    CHECK_REFUSED(launch(rank.workspace, 0), kInvalid, "workspaceSize is 0; needed are 512 bytes");
    CHECK_REFUSED(launch(rank.workspace, rank.bytes - 1), kInvalid, "workspaceSize is 511");
    CHECK_REFUSED(launch(host, rank.bytes), kRuntime, "workspace");
    CHECK_OK(launch(rank.workspace, rank.bytes));  // what was refused may be tried again
    rank.Synchronize();
    rank.CheckResults();
}

void StreamOfAnotherDeviceIsRefused(Rank &rank) {
    aclOpExecutor *executor = rank.Plan();
    aclrtStream other = nullptr;
    CHECK_OK(aclrtSetDevice(5));
    CHECK_OK(aclrtCreateStream(&other));
    CHECK_REFUSED(aclnnAllGatherMatmulV2(rank.workspace, rank.bytes, executor, other), kRuntime, "of device 5");
    CHECK_OK(aclrtDestroyStream(other));
    CHECK_OK(aclrtSetDevice(rank.number));
    CHECK_OK(rank.Launch(executor));
    rank.Synchronize();
    rank.CheckResults();
}

void RepeatableServesManyLaunches(Rank &rank) {
    aclOpExecutor *executor = rank.Plan();
    CHECK_OK(aclSetAclOpExecutorRepeatable(executor));
    for (int i = 0; i < 20; ++i) {
        CHECK_OK(rank.Launch(executor));
    }
    rank.Synchronize();
    rank.CheckResults();
    rank.Forget();
    CHECK_OK(rank.Launch(executor));
    rank.Synchronize();
    rank.CheckResults();
    CHECK_OK(aclDestroyAclOpExecutor(executor));
    CHECK_REFUSED(rank.Launch(executor), kInvalid, "used or destroyed");
}

void TensorsOfRepeatableMove(Rank &rank) {
    aclOpExecutor *executor = rank.Plan();
    Matrix x1(kM, kK);
    void *product = Device(kRanks * kM * kN), *gathered = Device(kRanks * kM * kK);
    x1.Fill([&](int64_t i, int64_t k) { return X1(rank.number * kM + i, k); });
    aclTensor *tensor = x1.tensor;
    CHECK_REFUSED(aclSetInputTensorAddr(executor, 0, tensor, x1.memory), kInvalid, "not repeatable");
    CHECK_OK(aclSetAclOpExecutorRepeatable(executor));
    rank.x1[0].Fill([](int64_t, int64_t) { return 0; });
    CHECK_OK(aclSetInputTensorAddr(executor, 0, tensor, x1.memory));
    CHECK_OK(aclSetOutputTensorAddr(executor, 0, rank.output[0].tensor, product));
    CHECK_OK(
        aclSetTensorAddr(executor, 7, rank.gather_out[0].tensor, gathered));  // x1 .. quantScale, output, gatherOut
    CHECK_REFUSED(aclSetInputTensorAddr(executor, 2, tensor, x1.memory), kInvalid, "was not given");  // bias
    CHECK_REFUSED(aclSetInputTensorAddr(executor, 6, tensor, x1.memory), kInvalid, "index is 6; there are 6");
    CHECK_REFUSED(aclSetOutputTensorAddr(executor, 3, tensor, x1.memory), kInvalid, "index is 3; there are 3");
    CHECK_REFUSED(aclSetTensorAddr(executor, 0, nullptr, x1.memory), kNull, "tensor is a null pointer");
    CHECK_REFUSED(aclSetTensorAddr(executor, 0, tensor, nullptr), kNull, "addr is a null pointer");
    CHECK_OK(rank.Launch(executor));
    rank.Synchronize();
    rank.CheckResults(product, gathered);
    CHECK_OK(aclDestroyAclOpExecutor(executor));
}

// Matrices of one launch among many. `factor` tells its x1 from those of the others.
struct Part {
    Part(Rank &rank, int factor)
        : factor(factor), x1(kM, kK), output(kRanks * kM, kN), gather_out(kRanks * kM, kK), workspace(Device(4096)) {
        x1.Fill([&](int64_t i, int64_t k) { return factor * X1(rank.number * kM + i, k); });
    }
    void Launch(Rank &rank, aclOpExecutor *executor, aclrtStream stream) {
        CHECK_OK(aclSetInputTensorAddr(executor, 0, x1.tensor, x1.memory));
        CHECK_OK(aclSetOutputTensorAddr(executor, 0, output.tensor, output.memory));
        CHECK_OK(aclSetOutputTensorAddr(executor, 1, gather_out.tensor, gather_out.memory));
        CHECK_OK(aclnnAllGatherMatmulV2(workspace, rank.bytes, executor, stream));
    }
    void CheckResults() const {
        const auto outputs = output.Values(output.memory), rows = gather_out.Values(gather_out.memory);
        for (int64_t i = 0; i < kRanks * kM; ++i) {
            for (int64_t j = 0; j < kN; ++j) {
                int sum = 0;
                for (int64_t k = 0; k < kK; ++k) {
                    sum += factor * X1(i, k) * X2(k, j);
                }
                CHECK_EQUAL(outputs[static_cast<size_t>(i * kN + j)], Half(sum));
            }
            for (int64_t k = 0; k < kK; ++k) {
                CHECK_EQUAL(rows[static_cast<size_t>(i * kK + k)], Half(factor * X1(i, k)));
            }
        }
    }
    int factor;
    Matrix x1, output, gather_out;
    void *workspace;
};

// Moving the tensors of an executor moves nothing of a launch that is in flight.
void RepeatableInFlightWithOtherTensors(Rank &rank) {
    aclOpExecutor *executor = rank.Plan();
    CHECK_OK(aclSetAclOpExecutorRepeatable(executor));
    std::vector<Part> parts;
    for (int factor = 1; factor <= 12; ++factor) {
        parts.emplace_back(rank, factor);
    }
    for (Part &each : parts) {
        each.Launch(rank, executor, rank.stream);
    }
    CHECK_OK(aclDestroyAclOpExecutor(executor));
    rank.Synchronize();
    for (const Part &each : parts) {
        each.CheckResults();
    }
}

void RepeatableOnTwoStreamsWithTwoGroups(Rank &rank) {
    aclOpExecutor *executors[] = {rank.Plan(rank.group), rank.Plan(rank.second_group)};
    aclrtStream streams[] = {rank.stream, nullptr};
    CHECK_OK(aclrtCreateStream(&streams[1]));
    std::vector<Part> parts;
    for (int factor = 1; factor <= 24; ++factor) {
        parts.emplace_back(rank, factor);
    }
    for (aclOpExecutor *each : executors) {
        CHECK_OK(aclSetAclOpExecutorRepeatable(each));
    }
    for (size_t i = 0; i < parts.size(); ++i) {
        parts[i].Launch(rank, executors[i % 2], streams[i % 2]);
    }
    for (aclrtStream each : streams) {
        CHECK_OK(aclrtSynchronizeStream(each));
    }
    for (const Part &each : parts) {
        each.CheckResults();
    }
    for (aclOpExecutor *each : executors) {
        CHECK_OK(aclDestroyAclOpExecutor(each));
    }
}

// A workspace serves one launch at a time; launches of one stream come one after the other.
void ManyInFlightOnOneStream(Rank &rank) {
    std::vector<Part> parts;
    for (int factor = 1; factor <= 24; ++factor) {
        parts.emplace_back(rank, factor);
    }
    for (Part &each : parts) {
        std::swap(rank.x1[0].tensor, each.x1.tensor);
        std::swap(rank.output[0].tensor, each.output.tensor);
        std::swap(rank.gather_out[0].tensor, each.gather_out.tensor);
        CHECK_OK(rank.Launch(rank.Plan()));
        std::swap(rank.x1[0].tensor, each.x1.tensor);
        std::swap(rank.output[0].tensor, each.output.tensor);
        std::swap(rank.gather_out[0].tensor, each.gather_out.tensor);
    }
    rank.Synchronize();
    for (const Part &each : parts) {
        each.CheckResults();
    }
}

void TensorsMayGoBeforeTheLaunch(Rank &rank) {
    aclOpExecutor *executor = rank.Plan();
    for (Matrix *each : {&rank.x1[0], &rank.x2[0], &rank.output[0], &rank.gather_out[0]}) {
        CHECK_OK(aclDestroyTensor(each->tensor));
    }
    CHECK_OK(rank.Launch(executor));
    rank.Synchronize();
    rank.CheckResults();
}

void OneOfSeveralThreadsLaunches(Rank &rank) {
    for (int i = 0; i < 20; ++i) {
        aclOpExecutor *executor = rank.Plan();
        std::atomic<int> launched{0}, refused{0};
        std::vector<std::thread> threads;
        for (int number = 0; number < 3; ++number) {
            threads.emplace_back([&] {
                CHECK_OK(aclrtSetDevice(rank.number));
                const aclnnStatus status = rank.Launch(executor);
                ++(status == 0 ? launched : refused);
                CHECK(status == 0 || status == kInvalid);
            });
        }
        for (std::thread &each : threads) {
            each.join();
        }
        CHECK_EQUAL(launched.load(), 1);
        CHECK_EQUAL(refused.load(), 2);
    }
    rank.Synchronize();
    rank.CheckResults();
}

void PlannedByManyThreads(Rank &rank) {
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([&] {
            CHECK_OK(aclrtSetDevice(rank.number));
            for (int i = 0; i < 500; ++i) {
                uint64_t bytes = 0;
                aclOpExecutor *executor = nullptr;
                CHECK_OK(aclnnAllGatherMatmulV2GetWorkspaceSize(
                    rank.x1[0].tensor, rank.x2[0].tensor, nullptr, nullptr, nullptr, nullptr, 0, rank.group, 0, 0, 1, 0,
                    "aiv", rank.output[0].tensor, i % 2 == 0 ? rank.gather_out[0].tensor : nullptr, nullptr, &bytes,
                    &executor));
                CHECK_OK(aclDestroyAclOpExecutor(executor));
            }
        });
    }
    for (std::thread &each : threads) {
        each.join();
    }
}

const std::map<std::string, void (*)(Rank &)> kTests = {
    {"serves_one_launch", ServesOneLaunch},
    {"what_is_no_executor_is_refused", WhatIsNoExecutorIsRefused},
    {"workspace_is_checked", WorkspaceIsChecked},
    {"stream_of_another_device_is_refused", StreamOfAnotherDeviceIsRefused},
    {"repeatable_serves_many_launches", RepeatableServesManyLaunches},
    {"tensors_of_repeatable_move", TensorsOfRepeatableMove},
    {"repeatable_in_flight_with_other_tensors", RepeatableInFlightWithOtherTensors},
    {"repeatable_on_two_streams_with_two_groups", RepeatableOnTwoStreamsWithTwoGroups},
    {"many_in_flight_on_one_stream", ManyInFlightOnOneStream},
    {"tensors_may_go_before_the_launch", TensorsMayGoBeforeTheLaunch},
    {"one_of_several_threads_launches", OneOfSeveralThreadsLaunches},
    {"planned_by_many_threads", PlannedByManyThreads},
};

}  // namespace

int main(int count, char **words) {
    if (count != 2) {
        for (const auto &test : kTests) {
            puts(test.first.c_str());
        }
        return 0;
    }
    CHECK_OK(aclInit(nullptr));
    int32_t devices[kRanks] = {0, 1};
    HcclComm comms[kRanks], second[kRanks];
    CHECK_OK(HcclCommInitAll(kRanks, devices, comms));
    CHECK_OK(HcclCommInitAll(kRanks, devices, second));
    std::vector<std::thread> threads;
    for (int number = 0; number < kRanks; ++number) {
        threads.emplace_back([&, number] {
            Rank rank(number, comms[number], second[number]);
            kTests.at(words[1])(rank);
        });
    }
    for (std::thread &each : threads) {
        each.join();
    }
    puts("well");
    fflush(stdout);
    std::_Exit(0);
}
