// Names and signatures of the vendor's header of this name.
#ifndef TOOLKIT_HCCL_TILING_H
#define TOOLKIT_HCCL_TILING_H

#include <cstdint>
#include <string>

#include "kernel_tiling/kernel_tiling.h"

namespace AscendC {

// Marks what it fills, so that tests see it: with the command, and the length of the algorithm's name.
class Mc2CcTilingConfig {
public:
    explicit Mc2CcTilingConfig(const std::string &groupName, uint32_t opType, const std::string &algConfig,
                               uint32_t reduceType = 0, uint8_t dstDataType = 0, uint8_t srcDataType = 0,
                               uint8_t commEngine = 0)
        : group_(groupName), command_(opType), algorithm_(algConfig) {
        (void)reduceType, (void)dstDataType, (void)srcDataType, (void)commEngine;
    }
    uint32_t GetTiling(::Mc2InitTiling &tiling) {
        tiling.reserved[0] = static_cast<uint8_t>(command_);
        started_ = true;
        return group_.empty() ? 1 : 0;
    }
    uint32_t GetTiling(::Mc2CcTiling &tiling) {
        tiling.reserved[0] = static_cast<uint8_t>(algorithm_.size());
        return started_ ? 0 : 1;
    }

private:
    std::string group_;
    uint32_t command_;
    std::string algorithm_;
    bool started_ = false;
};

}  // namespace AscendC

#endif
