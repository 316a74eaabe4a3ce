// Communicators: how they are made, what they say of themselves, how they end, and handles that are none.
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "../acl/check.h"
#include "dovetail/kernels.h"

namespace {

std::string NameOf(HcclComm comm) {
    char name[COMM_NAME_MAX_LENGTH] = "";
    CHECK_OK(HcclGetCommName(comm, name));
    return name;
}

HcclRootInfo RootInfo(const char *key) {
    HcclRootInfo info;
    memset(info.internal, 0xab, sizeof(info.internal));  // what lies behind the key does not matter
    strcpy(info.internal, key);
    return info;
}

void AllInOneProcess() {
    int32_t devices[] = {3, 1, 2};
    HcclComm first[3], second[3];
    CHECK_OK(HcclCommInitAll(3, devices, first));
    CHECK_OK(HcclCommInitAll(3, devices, second));
    std::set<std::string> names;
    for (uint32_t i = 0; i < 3; ++i) {
        uint32_t ranks = 0, rank = 9;
        CHECK_OK(HcclGetRankSize(first[i], &ranks));
        CHECK_OK(HcclGetRankId(first[i], &rank));
        CHECK_EQUAL(ranks, 3u);
        CHECK_EQUAL(rank, i);
        DovetailCommFacts facts;
        CHECK_OK(dovetail_comm_facts(first[i], &facts));
        CHECK_EQUAL(facts.device, devices[i]);
        CHECK_EQUAL(facts.window_bytes, 200u << 20);
        CHECK_EQUAL(std::string(facts.machine), aclrtGetSocName());
        HcclResult error = HCCL_E_INTERNAL;
        CHECK_OK(HcclGetCommAsyncError(first[i], &error));
        CHECK_EQUAL(error, HCCL_SUCCESS);
        CHECK(dovetail_comm_failure(first[i]) == nullptr);
        names.insert(NameOf(first[i]));
        names.insert(NameOf(second[i]));
        int32_t others = 0;
        CHECK_EQUAL(dovetail_comm_find(NameOf(first[i]).c_str(), devices[i], &others), first[i]);
        CHECK_EQUAL(dovetail_comm_find(NameOf(first[i]).c_str(), 7, &others), nullptr);
        CHECK_EQUAL(others, 1);
    }
    CHECK_EQUAL(names.size(), 2u);
    // Windows of one process are the same memory to all of its ranks.
    CHECK_EQUAL(dovetail_comm_window(first[0], 2), dovetail_comm_window(first[1], 2));
    CHECK(dovetail_comm_window(first[0], 2) != dovetail_comm_window(second[0], 2));
    CHECK_EQUAL(dovetail_comm_window(first[0], 3), nullptr);
    for (uint32_t i = 0; i < 3; ++i) {
        CHECK_OK(HcclCommDestroy(first[i]));
        CHECK_OK(HcclCommDestroy(second[i]));
    }
}

void WrongDevices() {
    HcclComm comms[65];
    int32_t negative[] = {0, -1}, large[] = {0, 8}, twice[] = {2, 2}, many[65];
    for (int i = 0; i < 65; ++i) {
        many[i] = i;
    }
    CHECK_REFUSED(HcclCommInitAll(2, negative, comms), HCCL_E_PARA, "device -1 of rank 1; allowed are 0 to 7");
    CHECK_REFUSED(HcclCommInitAll(2, large, comms), HCCL_E_PARA, "device 8 of rank 1; allowed are 0 to 7");
    CHECK_REFUSED(HcclCommInitAll(2, twice, comms), HCCL_E_PARA, "device 2 is given to two ranks");
    CHECK_REFUSED(HcclCommInitAll(0, negative, comms), HCCL_E_PARA, "0 ranks; allowed are 1 to 64");
    CHECK_REFUSED(HcclCommInitAll(65, many, comms), HCCL_E_PARA, "65 ranks; allowed are 1 to 64");
    CHECK_REFUSED(HcclCommInitAll(2, nullptr, comms), HCCL_E_PTR, "devices is null");
    CHECK_REFUSED(HcclCommInitAll(2, twice, nullptr), HCCL_E_PTR, "comms is null");
}

void WrongRootInfo() {
    HcclComm comm = nullptr;
    HcclRootInfo info = RootInfo("a key");
    CHECK_REFUSED(HcclCommInitRootInfo(1, &info, 0, &comm), HCCL_E_RUNTIME, "call aclrtSetDevice first");
    CHECK_OK(aclrtSetDevice(0));
    CHECK_REFUSED(HcclCommInitRootInfo(0, &info, 0, &comm), HCCL_E_PARA, "0 ranks");
    CHECK_REFUSED(HcclCommInitRootInfo(2, &info, 2, &comm), HCCL_E_PARA, "rank 2; allowed are 0 to 1");
    CHECK_REFUSED(HcclCommInitRootInfo(1, nullptr, 0, &comm), HCCL_E_PTR, "rootInfo is null");
    CHECK_REFUSED(HcclCommInitRootInfo(1, &info, 0, nullptr), HCCL_E_PTR, "comm is null");
    info = RootInfo("");
    CHECK_REFUSED(HcclCommInitRootInfo(1, &info, 0, &comm), HCCL_E_PARA, "the root info is empty");
    CHECK_REFUSED(HcclGetRootInfo(nullptr), HCCL_E_PTR, "rootInfo is null");
    memset(info.internal, 'k', sizeof(info.internal));  // a key without an end
    CHECK_OK(HcclCommInitRootInfo(1, &info, 0, &comm));
    CHECK_OK(HcclCommDestroy(comm));
}

void RootInfosDiffer() {
    HcclRootInfo one, other;
    CHECK_OK(HcclGetRootInfo(&one));
    CHECK_OK(HcclGetRootInfo(&other));
    CHECK(strcmp(one.internal, other.internal) != 0);
    HcclComm first = nullptr, second = nullptr;
    CHECK_OK(HcclCommInitRootInfo(1, &one, 0, &first));
    CHECK_OK(HcclCommInitRootInfo(1, &other, 0, &second));
    CHECK(NameOf(first) != NameOf(second));
    CHECK_OK(HcclCommDestroy(first));
    CHECK_OK(HcclCommDestroy(second));
}

void Configurations() {
    HcclComm comm = nullptr;
    const HcclRootInfo info = RootInfo("configured");
    HcclCommConfig config;
    memset(&config, 0, sizeof(config));
    CHECK_REFUSED(HcclCommInitRootInfoConfig(1, &info, 0, &config, &comm), HCCL_E_PARA, "HcclCommConfigInit");
    CHECK_REFUSED(HcclCommInitRootInfoConfig(1, &info, 0, nullptr, &comm), HCCL_E_PTR, "config");
    HcclCommConfigInit(&config);
    config.hcclBufferSize = 0;
    CHECK_REFUSED(HcclCommInitRootInfoConfig(1, &info, 0, &config, &comm), HCCL_E_PARA, "hcclBufferSize is 0");
    config.hcclBufferSize = 3;
    memset(config.hcclCommName, 'n', sizeof(config.hcclCommName));  // a name without an end
    CHECK_OK(HcclCommInitRootInfoConfig(1, &info, 0, &config, &comm));
    CHECK_EQUAL(NameOf(comm), std::string(COMM_NAME_MAX_LENGTH - 1, 'n'));
    DovetailCommFacts facts;
    CHECK_OK(dovetail_comm_facts(comm, &facts));
    CHECK_EQUAL(facts.window_bytes, 3u << 20);
    static_cast<uint8_t *>(dovetail_comm_window(comm, 0))[facts.window_bytes - 1] = 1;
    CHECK_OK(HcclCommDestroy(comm));

    // A caller whose struct ends before the buffer's size has the usual one.
    HcclCommConfigInit(&config);
    config.hcclBufferSize = 3;
    const size_t size = offsetof(HcclCommConfig, hcclBufferSize);
    memcpy(config.reserved, &size, sizeof(size));
    CHECK_OK(HcclCommInitRootInfoConfig(1, &info, 0, &config, &comm));
    CHECK_OK(dovetail_comm_facts(comm, &facts));
    CHECK_EQUAL(facts.window_bytes, 200u << 20);
    CHECK_OK(HcclCommDestroy(comm));
}

void Options() {
    HcclComm comms[2];
    DovetailCommOptions options = {};
    CHECK_REFUSED(dovetail_comm_init_all(2, &options, comms), HCCL_E_PARA, "0 at the caller");
    options.struct_size = sizeof(options);
    options.machine = "Ascend31";
    CHECK_REFUSED(dovetail_comm_init_all(2, &options, comms), HCCL_E_PARA, "no machine of that name");
    options.machine = "ascend910b1";
    CHECK_OK(dovetail_comm_init_all(2, &options, comms));
    DovetailCommFacts facts;
    CHECK_OK(dovetail_comm_facts(comms[0], &facts));
    CHECK_EQUAL(std::string(facts.machine), "Ascend910B1");
    CHECK_OK(HcclCommDestroy(comms[0]));
    CHECK_OK(HcclCommDestroy(comms[1]));
}

void HandlesThatAreNone() {
    int32_t device = 0;
    HcclComm gone = nullptr;
    CHECK_OK(HcclCommInitAll(1, &device, &gone));
    CHECK_OK(HcclCommDestroy(gone));
    CHECK_OK(HcclCommDestroy(nullptr));
    aclrtStream stream = nullptr;
    CHECK_OK(aclrtCreateStream(&stream));
    char name[COMM_NAME_MAX_LENGTH];
    uint32_t number;
    HcclResult error;
    for (HcclComm comm : {gone, static_cast<HcclComm>(&device), reinterpret_cast<HcclComm>(16)}) {
        const char *const words = "comm is no communicator of this process";
        CHECK_REFUSED(HcclCommDestroy(comm), HCCL_E_PARA, words);
        CHECK_REFUSED(HcclGetRankSize(comm, &number), HCCL_E_PARA, words);
        CHECK_REFUSED(HcclGetRankId(comm, &number), HCCL_E_PARA, words);
        CHECK_REFUSED(HcclGetCommName(comm, name), HCCL_E_PARA, words);
        CHECK_REFUSED(HcclGetCommAsyncError(comm, &error), HCCL_E_PARA, words);
        CHECK_REFUSED(HcclBarrier(comm, stream), HCCL_E_PARA, words);
        CHECK_SAYS(dovetail_comm_failure(comm), "no communicator of this process");
        CHECK_EQUAL(dovetail_comm_window(comm, 0), nullptr);
        DovetailKernelLaunch launch = {};
        CHECK_REFUSED(dovetail_launch_kernel(comm, &launch, stream), ACL_ERROR_INVALID_PARAM, "no communicator");
    }
    CHECK_REFUSED(HcclGetRankId(nullptr, &number), HCCL_E_PTR, "comm is null");
    CHECK_REFUSED(HcclGetRankId(gone, nullptr), HCCL_E_PTR, "the result is null");
    CHECK_OK(aclrtDestroyStream(stream));
}

void Codes() {
    for (int code = 0; code < 30; ++code) {
        CHECK(strlen(HcclGetErrorString(static_cast<HcclResult>(code))) > 0);
    }
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    AllInOneProcess();
    WrongDevices();
    WrongRootInfo();
    RootInfosDiffer();
    Configurations();
    Options();
    HandlesThatAreNone();
    Codes();
}
