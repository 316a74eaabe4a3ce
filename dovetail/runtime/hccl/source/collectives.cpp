// HcclBarrier and HcclAllGather. Ranks meet at barriers in the shared segment; data goes through the windows, which no
// kernel uses meanwhile: all steps before have ended at every rank that is at a barrier.
#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

#include "hccl/source/faults.h"
#include "hccl/source/step.h"
#include "window.inc"

namespace dovetail {

namespace {

class Collective : public Step {
public:
    Collective(std::shared_ptr<LocalRank> rank, const char *name, std::string description, std::vector<Region> regions)
        : Step(std::move(rank), name, std::move(regions)), description_(std::move(description)) {}

protected:
    virtual void Exchange() = 0;

    // Returns when all ranks have come here. False if the communicator has failed.
    bool Meet() {
        const Segment &segment = communicator_.segment;
        const uint64_t barrier = segment.member(rank_->rank).barriers.fetch_add(1) + 1;
        Patience patience(*rank_, number_, stream_);
        for (uint64_t round = 0; communicator_.Failure() == nullptr; ++round) {
            bool all = true;
            for (uint32_t other = 0; other < communicator_.ranks; ++other) {
                all = all && segment.member(other).barriers.load() >= barrier;
            }
            if (all) {
                return true;
            }
            patience.Look([&](uint32_t other) { return segment.member(other).barriers.load() < barrier; });
            round < kSpins ? std::this_thread::yield() : std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
        return false;
    }

private:
    static constexpr uint64_t kSpins = 100;

    void Perform(Stream &stream) final {
        stream_ = &stream;
        communicator_.Begin(rank_->rank, number_, description_);
        Exchange();
    }

    const std::string description_;
    const Stream *stream_ = nullptr;
};

class Barrier final : public Collective {
public:
    explicit Barrier(std::shared_ptr<LocalRank> rank) : Collective(std::move(rank), "HcclBarrier", "HcclBarrier", {}) {}

private:
    void Exchange() override { Meet(); }
};

class AllGather final : public Collective {
public:
    AllGather(std::shared_ptr<LocalRank> rank, const std::string &description, std::vector<Region> regions,
              uint64_t bytes)
        : Collective(std::move(rank), "HcclAllGather", description, regions),
          send_(static_cast<const uint8_t *>(regions[0].address)),
          receive_(static_cast<uint8_t *>(const_cast<void *>(regions[1].address))),
          bytes_(bytes) {}

private:
    void Exchange() override {
        const uint64_t room = communicator_.options.window_bytes - kWindowData;
        bool whole = Meet();
        for (uint64_t done = 0; whole && done < bytes_; done += room) {
            const uint64_t piece = std::min(room, bytes_ - done);
            memcpy(Data(rank_->rank), send_ + done, piece);
            whole = Meet();
            for (uint32_t other = 0; whole && other < communicator_.ranks; ++other) {
                memcpy(receive_ + other * bytes_ + done, Data(other), piece);
            }
            whole = whole && Meet();
        }
    }

    uint8_t *Data(uint32_t rank) const { return communicator_.segment.window(rank) + kWindowData; }

    const uint8_t *const send_;
    uint8_t *const receive_;
    const uint64_t bytes_;
};

uint64_t BytesOf(HcclDataType type) {
    switch (type) {
        case HCCL_DATA_TYPE_INT8:
        case HCCL_DATA_TYPE_UINT8:
        case HCCL_DATA_TYPE_HIF8:
        case HCCL_DATA_TYPE_FP8E4M3:
        case HCCL_DATA_TYPE_FP8E5M2:
        case HCCL_DATA_TYPE_FP8E8M0:
            return 1;
        case HCCL_DATA_TYPE_INT16:
        case HCCL_DATA_TYPE_UINT16:
        case HCCL_DATA_TYPE_FP16:
        case HCCL_DATA_TYPE_BFP16:
            return 2;
        case HCCL_DATA_TYPE_INT32:
        case HCCL_DATA_TYPE_UINT32:
        case HCCL_DATA_TYPE_FP32:
            return 4;
        case HCCL_DATA_TYPE_INT64:
        case HCCL_DATA_TYPE_UINT64:
        case HCCL_DATA_TYPE_FP64:
            return 8;
        case HCCL_DATA_TYPE_INT128:
            return 16;
        default:
            return 0;
    }
}

HcclResult Null(const char *function, const char *argument) {
    return static_cast<HcclResult>(Refuse(HCCL_E_PTR, Format("%s: %s is null", function, argument)));
}

HcclResult NoCommunicator(const char *function) {
    return static_cast<HcclResult>(
        Refuse(HCCL_E_PARA, Format("%s: comm is no communicator of this process", function)));
}

HcclResult ResultOf(aclError code) {
    switch (code) {
        case ACL_SUCCESS:
            return HCCL_SUCCESS;
        case ACL_ERROR_RT_AICORE_EXCEPTION:
            return HCCL_E_UNAVAIL;
        default:
            return HCCL_E_PARA;
    }
}

}  // namespace

}  // namespace dovetail

extern "C" HcclResult HcclAllGather(void *sendBuf, void *recvBuf, uint64_t sendCount, HcclDataType dataType,
                                    HcclComm comm, aclrtStream stream) {
    using namespace dovetail;
    if (comm == nullptr || stream == nullptr) {
        return Null("HcclAllGather", comm == nullptr ? "comm" : "stream");
    }
    const std::shared_ptr<LocalRank> rank = Find(comm);
    if (rank == nullptr) {
        return NoCommunicator("HcclAllGather");
    }
    if (sendCount == 0) {
        return HCCL_SUCCESS;
    }
    if (sendBuf == nullptr || recvBuf == nullptr) {
        return Null("HcclAllGather", sendBuf == nullptr ? "sendBuf" : "recvBuf");
    }
    const uint64_t size = BytesOf(dataType);
    const uint32_t ranks = rank->communicator->ranks;
    uint64_t bytes = 0, all = 0;
    if (size == 0 || __builtin_mul_overflow(size, sendCount, &bytes) || __builtin_mul_overflow(bytes, ranks, &all)) {
        return static_cast<HcclResult>(
            Refuse(HCCL_E_PARA, Format("HcclAllGather: %llu elements of data type %d",
                                       static_cast<unsigned long long>(sendCount), static_cast<int>(dataType))));
    }
    if (rank->communicator->options.window_bytes <= kWindowData) {
        return static_cast<HcclResult>(
            Refuse(HCCL_E_MEMORY, "HcclAllGather: the windows hold no data beside their counters"));
    }
    std::vector<Region> regions = {{"sendBuf", sendBuf, bytes, 0}, {"recvBuf", recvBuf, all, 0}};
    std::shared_ptr<Stream> queue;
    const aclError code = CheckStep(*rank, "HcclAllGather", stream, &queue, &regions);
    if (code != ACL_SUCCESS) {
        return ResultOf(code);
    }
    const std::string description = Format("HcclAllGather of %llu elements of data type %d",
                                           static_cast<unsigned long long>(sendCount), static_cast<int>(dataType));
    std::lock_guard<std::mutex> lock(SubmissionOrder());
    return Submit(*queue, std::make_unique<AllGather>(rank, description, std::move(regions), bytes)) ? HCCL_SUCCESS
                                                                                                     : HCCL_E_PARA;
}

extern "C" HcclResult HcclBarrier(HcclComm comm, aclrtStream stream) {
    using namespace dovetail;
    if (comm == nullptr || stream == nullptr) {
        return Null("HcclBarrier", comm == nullptr ? "comm" : "stream");
    }
    const std::shared_ptr<LocalRank> rank = Find(comm);
    if (rank == nullptr) {
        return NoCommunicator("HcclBarrier");
    }
    std::vector<Region> none;
    std::shared_ptr<Stream> queue;
    const aclError code = CheckStep(*rank, "HcclBarrier", stream, &queue, &none);
    if (code != ACL_SUCCESS) {
        return ResultOf(code);
    }
    std::lock_guard<std::mutex> lock(SubmissionOrder());
    return Submit(*queue, std::make_unique<Barrier>(rank)) ? HCCL_SUCCESS : HCCL_E_PARA;
}
