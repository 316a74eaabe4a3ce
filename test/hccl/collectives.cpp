// HcclAllGather and HcclBarrier on ranks of one process, made at once or by root info, which shares memory by
// descriptors.
#include <cstdint>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "ranks.h"

namespace {

using Work = std::function<void(uint32_t, HcclComm, aclrtStream)>;

// Calls `work` with each rank, its part of a communicator and a stream.
void InCommunicator(uint32_t ranks, uint64_t window_bytes, double seconds, bool by_root_info, const Work &work) {
    HcclRootInfo info;
    CHECK_OK(HcclGetRootInfo(&info));
    std::vector<HcclComm> comms(ranks);
    if (!by_root_info) {
        comms = Communicators(ranks, seconds, window_bytes);
    }
    OnRanks(ranks, [&](uint32_t rank, aclrtStream stream) {
        if (by_root_info) {
            const DovetailCommOptions options = Options(window_bytes, seconds);
            CHECK_OK(dovetail_comm_init(ranks, &info, rank, &options, &comms[rank]));
        }
        work(rank, comms[rank], stream);
        CHECK_OK(HcclCommDestroy(comms[rank]));
    });
}

uint8_t Byte(uint64_t rank, uint64_t index, uint64_t seed) {
    return static_cast<uint8_t>((rank + 1) * 37 + index * 5 + (index >> 8) + seed);
}

void Gather(uint32_t ranks, uint32_t rank, HcclComm comm, aclrtStream stream, uint64_t bytes, bool in_place) {
    uint8_t *receive = nullptr, *send = nullptr;
    CHECK_OK(aclrtMalloc(reinterpret_cast<void **>(&receive), ranks * bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    if (in_place) {
        send = receive + rank * bytes;
    } else {
        CHECK_OK(aclrtMalloc(reinterpret_cast<void **>(&send), bytes, ACL_MEM_MALLOC_HUGE_FIRST));
    }
    std::vector<uint8_t> values(ranks * bytes);
    for (uint64_t i = 0; i < bytes; ++i) {
        values[i] = Byte(rank, i, bytes);
    }
    CHECK_OK(aclrtMemcpy(send, bytes, values.data(), bytes, ACL_MEMCPY_HOST_TO_DEVICE));
    CHECK_OK(HcclAllGather(send, receive, bytes, HCCL_DATA_TYPE_UINT8, comm, stream));
    CHECK_OK(HcclBarrier(comm, stream));
    CHECK_OK(aclrtSynchronizeStream(stream));
    CHECK_OK(aclrtMemcpy(values.data(), values.size(), receive, values.size(), ACL_MEMCPY_DEVICE_TO_HOST));
    for (uint64_t i = 0; i < values.size(); ++i) {
        CHECK_EQUAL(int{values[i]}, int{Byte(i / bytes, i % bytes, bytes)});
    }
    CHECK_OK(aclrtFree(receive));
    if (!in_place) {
        CHECK_OK(aclrtFree(send));
    }
}

void EveryRankReceivesWhatAllSend() {
    for (const bool by_root_info : {false, true}) {
        for (const uint32_t ranks : {1, 2, 5}) {
            InCommunicator(ranks, 300'000, kPatience, by_root_info,
                           [&](uint32_t rank, HcclComm comm, aclrtStream stream) {
                               for (const uint64_t bytes : {1, 1000, 300'000, 100'001}) {
                                   Gather(ranks, rank, comm, stream, bytes, false);
                                   Gather(ranks, rank, comm, stream, bytes, true);
                               }
                           });
        }
    }
}

void WrongArguments() {
    InCommunicator(2, 1 << 20, kPatience, false, [](uint32_t rank, HcclComm comm, aclrtStream stream) {
        if (rank == 1) {
            return;
        }
        void *memory = nullptr, *freed = nullptr;
        CHECK_OK(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST));
        CHECK_OK(aclrtMalloc(&freed, 64, ACL_MEM_MALLOC_HUGE_FIRST));
        CHECK_OK(aclrtFree(freed));
        uint8_t host[64];
        const auto gather = [&](void *send, void *receive, uint64_t count, int type) {
            return HcclAllGather(send, receive, count, static_cast<HcclDataType>(type), comm, stream);
        };
        CHECK_REFUSED(gather(nullptr, memory, 8, 0), HCCL_E_PTR, "sendBuf is null");
        CHECK_REFUSED(gather(memory, nullptr, 8, 0), HCCL_E_PTR, "recvBuf is null");
        CHECK_REFUSED(HcclAllGather(memory, memory, 8, HCCL_DATA_TYPE_INT8, nullptr, stream), HCCL_E_PTR,
                      "comm is null");
        CHECK_REFUSED(HcclAllGather(memory, memory, 8, HCCL_DATA_TYPE_INT8, comm, nullptr), HCCL_E_PTR,
                      "stream is null");
        CHECK_REFUSED(HcclBarrier(comm, nullptr), HCCL_E_PTR, "stream is null");
        CHECK_REFUSED(HcclBarrier(nullptr, stream), HCCL_E_PTR, "comm is null");
        CHECK_REFUSED(gather(memory, memory, 8, 99), HCCL_E_PARA, "8 elements of data type 99");
        CHECK_REFUSED(gather(memory, memory, ~uint64_t{0} / 4, HCCL_DATA_TYPE_INT64), HCCL_E_PARA,
                      "elements of data type");
        CHECK_REFUSED(gather(host, memory, 8, 0), HCCL_E_PARA, "sendBuf at 0x");
        CHECK_REFUSED(gather(memory, host, 8, 0), HCCL_E_PARA, "recvBuf at 0x");
        CHECK_REFUSED(gather(freed, memory, 8, 0), HCCL_E_PARA, "sendBuf at 0x");
        CHECK_REFUSED(gather(memory, memory, 1000, 0), HCCL_E_PARA, "at 0x");
        CHECK_OK(gather(nullptr, nullptr, 0, 0));
        CHECK_OK(aclrtFree(memory));
    });
}

void RanksDisagree() {
    for (const bool by_root_info : {false, true}) {
        InCommunicator(2, 1 << 20, kPatience, by_root_info, [](uint32_t rank, HcclComm comm, aclrtStream stream) {
            void *memory = nullptr;
            CHECK_OK(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST));
            HcclAllGather(memory, memory, 8 + rank, HCCL_DATA_TYPE_INT8, comm, stream);  // may be refused already
            const char *failure = nullptr;
            while ((failure = dovetail_comm_failure(comm)) == nullptr) {
                std::this_thread::yield();
            }
            CHECK_SAYS(failure, "rank 0: HcclAllGather of 8 elements");
            CHECK_SAYS(failure, "rank 1: HcclAllGather of 9 elements");
            aclrtSynchronizeStream(stream);
            CHECK_REFUSED(HcclBarrier(comm, stream), HCCL_E_UNAVAIL, "takes no more launches");
            CHECK_OK(aclrtFree(memory));
        });
    }
}

void NobodyComes() {
    for (const bool by_root_info : {false, true}) {
        InCommunicator(3, 1 << 20, 0.2, by_root_info, [](uint32_t rank, HcclComm comm, aclrtStream stream) {
            if (rank == 0) {
                CHECK_OK(HcclBarrier(comm, stream));
                CHECK_EQUAL(aclrtSynchronizeStream(stream), ACL_ERROR_RT_AICORE_EXCEPTION);
            }
            const char *failure = nullptr;
            while ((failure = dovetail_comm_failure(comm)) == nullptr) {
                std::this_thread::yield();
            }
            CHECK_SAYS(failure, "rank 0 waits for ranks 1, 2 in step 1 of communicator");
            CHECK_SAYS(failure, "for 0.2 s nobody came");
        });
    }
}

void FreedBeforeItsTurn() {
    InCommunicator(2, 1 << 20, kPatience, false, [](uint32_t rank, HcclComm comm, aclrtStream stream) {
        if (rank == 1) {
            while (dovetail_comm_failure(comm) == nullptr) {
                std::this_thread::yield();
            }
            return;
        }
        aclrtEvent event = nullptr;
        aclrtStream other = nullptr;
        void *memory = nullptr;
        CHECK_OK(aclrtCreateStream(&other));
        CHECK_OK(aclrtCreateEventWithFlag(&event, ACL_EVENT_SYNC));
        CHECK_OK(aclrtMalloc(&memory, 64, ACL_MEM_MALLOC_HUGE_FIRST));
        CHECK_OK(aclrtStreamWaitEvent(stream, event));
        CHECK_OK(HcclAllGather(memory, memory, 8, HCCL_DATA_TYPE_INT8, comm, stream));
        CHECK_OK(aclrtFree(memory));
        CHECK_OK(aclrtRecordEvent(event, other));
        CHECK_REFUSED(aclrtSynchronizeStream(stream), ACL_ERROR_RT_AICORE_EXCEPTION,
                      "HcclAllGather: the memory of sendBuf was freed before the launch began");
        CHECK_OK(aclrtDestroyEvent(event));
        CHECK_OK(aclrtDestroyStream(other));
    });
}

}  // namespace

int main() {
    CHECK_OK(aclInit(nullptr));
    EveryRankReceivesWhatAllSend();
    WrongArguments();
    RanksDisagree();
    NobodyComes();
    FreedBeforeItsTurn();
}
