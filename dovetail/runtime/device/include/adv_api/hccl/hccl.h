// Hccl, the kernel's side of a communicator: which rank this is, and where the windows of all ranks lie.
#ifndef DOVETAIL_HCCL_H
#define DOVETAIL_HCCL_H

#include "dovetail/system.h"

namespace dovetail {

uint32_t CommunicatorRank(const uint8_t *context);
uint32_t CommunicatorRanks(const uint8_t *context);
uint8_t *CommunicatorWindow(const uint8_t *context, uint32_t rank, Location where);

}  // namespace dovetail

namespace AscendC {

constexpr uint32_t HCCL_GROUP_ID_0 = 0;

enum HcclServerType { HCCL_SERVER_TYPE_AICPU = 0, HCCL_SERVER_TYPE_CCU = 5, HCCL_SERVER_TYPE_END };

enum class CoreType : uint8_t { DEFAULT, ON_AIV, ON_AIC };

struct HcclServerConfig {
    CoreType type;
    int64_t blockId;
};
static constexpr HcclServerConfig DEFAULT_CFG = {CoreType::DEFAULT, 0};

template <HcclServerType serverType = HcclServerType::HCCL_SERVER_TYPE_AICPU, const auto &config = DEFAULT_CFG>
class Hccl {
public:
    __aicore__ inline void InitV2(GM_ADDR context, const void *initTiling,
                                  ::dovetail::Location where = ::dovetail::Location::Here()) {
        if (context == nullptr || initTiling == nullptr) {
            ::dovetail::Fail(where, "InitV2: %s is null", context == nullptr ? "context" : "initTiling");
        }
        context_ = context;
    }
    __aicore__ inline int32_t SetCcTilingV2(uint64_t) { return 0; }
    __aicore__ inline uint32_t GetRankId() { return ::dovetail::CommunicatorRank(context_); }
    __aicore__ inline uint32_t GetRankDim() { return ::dovetail::CommunicatorRanks(context_); }
    // The device has one window per rank: what a peer calls its way in is also its way out.
    __aicore__ inline GM_ADDR GetWindowsInAddr(uint32_t rankId,
                                               ::dovetail::Location where = ::dovetail::Location::Here()) {
        return ::dovetail::CommunicatorWindow(context_, rankId, where);
    }
    __aicore__ inline GM_ADDR GetWindowsOutAddr(uint32_t rankId,
                                                ::dovetail::Location where = ::dovetail::Location::Here()) {
        return ::dovetail::CommunicatorWindow(context_, rankId, where);
    }
    template <bool sync = true>
    __aicore__ inline void Finalize() {}

private:
    const uint8_t *context_ = nullptr;
};

}  // namespace AscendC

#endif
