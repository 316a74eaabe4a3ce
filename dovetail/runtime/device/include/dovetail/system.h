// What a kernel asks about itself, and the macros around its entry.
#ifndef DOVETAIL_SYSTEM_H
#define DOVETAIL_SYSTEM_H

#include "dovetail/synchronization.h"
#include "dovetail/tensor.h"

namespace dovetail {

struct Identity {
    CoreKind kind;
    uint32_t block, blocks, sub_block, sub_blocks;
};
const Identity &CoreIdentity();

// Whether the running core takes part in a kernel of this type; from here on identities follow the type.
bool TakesPart(KernelMetaType type, Location where);

// What GetHcclContext hands out: an opaque address that stands for the communicator of the launch.
uint8_t *CommunicatorContext(Location where);

int64_t CycleCounter();

inline bool IsCube() { return CoreIdentity().kind == CoreKind::Cube; }

}  // namespace dovetail

// On the device these are compile-time conditions, one compilation per kind of core. Here one compilation serves both.
#define ASCEND_IS_AIC (::dovetail::IsCube())
#define ASCEND_IS_AIV (!::dovetail::IsCube())
#define ASCEND_IS_NOT_AIC (!::dovetail::IsCube())
#define ASCEND_IS_NOT_AIV (::dovetail::IsCube())

// Cores that the kernel's type leaves out return from the entry here.
#define KERNEL_TASK_TYPE_DEFAULT(value)                                    \
    do {                                                                   \
        if (!::dovetail::TakesPart(value, ::dovetail::Location::Here())) { \
            return;                                                        \
        }                                                                  \
    } while (false)
// The toolkit compiles a file with several kernels once for each, and says which one by TILING_KEY_VAR.
#define TILING_KEY_IS(key) (TILING_KEY_VAR == (key))
#define REGISTER_TILING_DEFAULT(tiling_struct) using DovetailRegisteredTiling [[maybe_unused]] = tiling_struct
#define GET_TILING_DATA_WITH_STRUCT(tiling_struct, tiling_data, tiling_arg) \
    tiling_struct tiling_data;                                              \
    __builtin_memcpy(static_cast<void *>(&tiling_data), tiling_arg, sizeof(tiling_struct))
#define GET_TILING_DATA(tiling_data, tiling_arg) \
    GET_TILING_DATA_WITH_STRUCT(DovetailRegisteredTiling, tiling_data, tiling_arg)

namespace AscendC {

__aicore__ inline int64_t GetBlockNum() { return ::dovetail::CoreIdentity().blocks; }
__aicore__ inline int64_t GetSubBlockIdx() { return ::dovetail::CoreIdentity().sub_block; }
__aicore__ inline int64_t GetSubBlockNum() { return ::dovetail::CoreIdentity().sub_blocks; }
__aicore__ inline int64_t GetTaskRatio() { return ::dovetail::CoreIdentity().sub_blocks; }
__aicore__ inline int64_t GetTaskRation() { return GetTaskRatio(); }
__aicore__ inline int64_t GetBlockIdx() {
    const ::dovetail::Identity &identity = ::dovetail::CoreIdentity();
    return static_cast<int64_t>(identity.block) * identity.sub_blocks + identity.sub_block;
}
__aicore__ inline int64_t GetSystemCycle() { return ::dovetail::CycleCounter(); }

// Brings the core's registers into their initial state, in kernels that have no TPipe.
__aicore__ inline void InitSocState() { ::dovetail::CoreRegisters().adds_to_global = false; }

// The system has no part of the workspace here.
__aicore__ inline __gm__ uint8_t *GetUserWorkspace(__gm__ uint8_t *workspace) { return workspace; }

template <uint32_t index>
__aicore__ inline __gm__ uint8_t *GetHcclContext(void) {
    static_assert(index <= 1, "there are at most two communicators");
    return ::dovetail::CommunicatorContext(::dovetail::Location::Here());
}

template <typename T, CacheLine entireType, DcciDst dcciDst>
__aicore__ inline void DataCacheCleanAndInvalid(const GlobalTensor<T> &dst,
                                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::SynchronizeCache(dst.At(), entireType == CacheLine::ENTIRE_DATA_CACHE, where);
}
template <typename T, CacheLine entireType>
__aicore__ inline void DataCacheCleanAndInvalid(const GlobalTensor<T> &dst,
                                                ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::SynchronizeCache(dst.At(), entireType == CacheLine::ENTIRE_DATA_CACHE, where);
}

// Scalar accesses are complete when they return.
template <MemDsbT arg0>
__aicore__ inline void DataSyncBarrier() {}

}  // namespace AscendC

#endif
