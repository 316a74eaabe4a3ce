// Ranks talk through their windows. A window: [counter of each rank, 32 bytes apart][data of each rank].
#include "kernel_operator.h"
#include "kernel_tiling/kernel_tiling.h"
#include "lib/hccl/hccl.h"
using namespace AscendC;

struct ExchangeTiling {
    Mc2InitTiling mc2InitTiling;
    Mc2CcTiling mc2CcTiling;
    int32_t elements;  // that each rank sends to each other, a multiple of 8
    int32_t target;    // what a counter has reached when its rank has delivered
    int32_t silent;    // this rank sends nothing
};

constexpr int32_t kCounterWords = 8;

// Every rank sends `x` to every other, then waits for all, and copies all it has got to `gathered`.
extern "C" __global__ __aicore__ void exchange(GM_ADDR x, GM_ADDR gathered, GM_ADDR facts, GM_ADDR tiling) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    REGISTER_TILING_DEFAULT(ExchangeTiling);
    GET_TILING_DATA(tilingData, tiling);
    Hccl<HCCL_SERVER_TYPE_AICPU> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tilingData);
    const int32_t rank = static_cast<int32_t>(hccl.GetRankId());
    const int32_t ranks = static_cast<int32_t>(hccl.GetRankDim());
    const int32_t elements = tilingData.elements;
    if (GetBlockIdx() != 0) {
        return;
    }
    if ASCEND_IS_AIC {
        return;
    }
    GlobalTensor<int32_t> words, source, target;
    words.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(facts));
    words.SetValue(0, rank);
    words.SetValue(1, ranks);
    words.SetValue(2, hccl.GetWindowsInAddr(rank) == hccl.GetWindowsOutAddr(rank) ? 1 : 0);
    source.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(x));
    target.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(gathered));
    const LocalTensor<int32_t> buffer(TPosition::VECOUT, 0, elements);
    const LocalTensor<int32_t> counter(TPosition::VECOUT, 131072, kCounterWords);
    const LocalTensor<int32_t> seen(TPosition::VECIN, 132096, kCounterWords * ranks);
    DataCopy(buffer, source, static_cast<uint32_t>(elements));
    Duplicate(counter, tilingData.target, kCounterWords);
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
    for (int32_t distance = 0; distance < ranks; ++distance) {
        if (rank == tilingData.silent) {
            break;
        }
        GlobalTensor<int32_t> window;
        window.SetGlobalBuffer(
            reinterpret_cast<__gm__ int32_t *>(hccl.GetWindowsInAddr((rank + ranks - distance) % ranks)));
        DataCopy(window[kCounterWords * ranks + rank * elements], buffer, static_cast<uint32_t>(elements));
        PipeBarrier<PIPE_MTE3>();
        DataCopyPad(window[kCounterWords * rank], counter, DataCopyExtParams(1, 4, 0, 0, 0));
    }
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    GlobalTensor<int32_t> own;
    own.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(hccl.GetWindowsInAddr(rank)));
    int32_t behind = ranks;
    while (behind > 0) {
        DataCopy(seen, own, static_cast<uint32_t>(kCounterWords * ranks));
        SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
        WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
        behind = 0;
        for (int32_t i = 0; i < ranks; ++i) {
            if (seen.GetValue(kCounterWords * i) - tilingData.target < 0) {
                behind = behind + 1;
            }
        }
        SetFlag<HardEvent::S_MTE2>(EVENT_ID0);
        WaitFlag<HardEvent::S_MTE2>(EVENT_ID0);
    }
    for (int32_t i = 0; i < ranks; ++i) {
        DataCopy(buffer, own[kCounterWords * ranks + i * elements], static_cast<uint32_t>(elements));
        SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID1);
        WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID1);
        DataCopy(target[i * elements], buffer, static_cast<uint32_t>(elements));
        SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID1);
        WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID1);
    }
    PipeBarrier<PIPE_ALL>();
}

// Reads its window through a rank that does not exist.
extern "C" __global__ __aicore__ void stranger([[maybe_unused]] GM_ADDR trace) {
    Hccl<> hccl;
    int32_t tiling = 0;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tiling);
    hccl.GetWindowsInAddr(hccl.GetRankDim());
}
