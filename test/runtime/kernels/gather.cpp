// Written by hand: gathers x of all ranks to `output` of each, by the windows, with counters that only grow.
#include <cstddef>
#include "gather_tiling.h"
#include "kernel_operator.h"
#include "lib/hccl/hccl.h"
using namespace AscendC;

constexpr int64_t kArrival = 32, kRelease = 4096, kData = 8192;  // bytes from the start of a window

__aicore__ inline GlobalTensor<int32_t> Counter(GM_ADDR window, int64_t offset) {
    GlobalTensor<int32_t> counter;
    counter.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(window + offset));
    return counter;
}

__aicore__ inline int32_t Read(const GlobalTensor<int32_t> &counter, const LocalTensor<int32_t> &seen) {
    DataCopyPad(seen, counter, DataCopyExtParams(1, 4, 0, 0, 0), DataCopyPadExtParams<int32_t>(false, 0, 0, 0));
    SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
    const int32_t count = seen.GetValue(0);
    SetFlag<HardEvent::S_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE2>(EVENT_ID0);  // for the next load into it, and for loads of what the counter tells of
    return count;
}

// `word` has two places of 32 bytes, the first for counters that are read, the second for those that are written.
__aicore__ inline void Write(const GlobalTensor<int32_t> &counter, const LocalTensor<int32_t> &word, int32_t count) {
    const LocalTensor<int32_t> value = word[8];
    value.SetValue(0, count);
    SetFlag<HardEvent::S_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE3>(EVENT_ID0);
    PipeBarrier<PIPE_MTE3>();
    DataCopyPad(counter, value, DataCopyExtParams(1, 4, 0, 0, 0));
    SetFlag<HardEvent::MTE3_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_S>(EVENT_ID0);
}

__aicore__ inline void Await(const GlobalTensor<int32_t> &counter, const LocalTensor<int32_t> &seen, int32_t target) {
    while (Read(counter, seen) - target < 0) {
    }
}

template <typename T>
__aicore__ inline void Copy(const GlobalTensor<T> &to, const GlobalTensor<T> &from, const LocalTensor<T> &piece,
                            int64_t count) {
    for (int64_t start = 0; start < count; start += 16384) {
        const uint32_t bytes = sizeof(T) * (count - start < 16384 ? count - start : 16384);
        DataCopyPad(piece, from[start], DataCopyExtParams(1, bytes, 0, 0, 0), DataCopyPadExtParams<T>(false, 0, 0, 0));
        SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
        WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
        DataCopyPad(to[start], piece, DataCopyExtParams(1, bytes, 0, 0, 0));
        SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
        WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    }
}

extern "C" __global__ __aicore__ void gather(GM_ADDR x, GM_ADDR output, GM_ADDR workspace, GM_ADDR tiling) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    REGISTER_TILING_DEFAULT(GatherTiling);
    GET_TILING_DATA_WITH_STRUCT(GatherTiling, tilingData, tiling);
    TPipe pipe;
    Hccl<> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tilingData);
    hccl.SetCcTilingV2(offsetof(GatherTiling, mc2CcTiling));
    if ASCEND_IS_AIV {
        if (GetBlockIdx() != 0) {
            return;
        }
        TBuf<TPosition::VECIN> pieceBuffer, wordBuffer;
        pipe.InitBuffer(pieceBuffer, 32768);
        pipe.InitBuffer(wordBuffer, 64);
        LocalTensor<half> piece = pieceBuffer.Get<half>();
        LocalTensor<int32_t> word = wordBuffer.Get<int32_t>();
        const int64_t rank = hccl.GetRankId(), ranks = hccl.GetRankDim(), count = tilingData.m * tilingData.k;
        GM_ADDR own = hccl.GetWindowsInAddr(rank);
        const int32_t epoch = Read(Counter(own, 0), word);
        GlobalTensor<half> source, target;
        source.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(x));
        for (int64_t peer = 0; peer < ranks; peer += 1) {
            GM_ADDR window = hccl.GetWindowsInAddr(peer);
            Await(Counter(own, kRelease + 32 * peer), word, epoch);
            target.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(window + kData + 2 * rank * count));
            Copy(target, source, piece, count);
            Write(Counter(window, kArrival + 32 * rank), word, epoch + 1);
        }
        for (int64_t peer = 0; peer < ranks; peer += 1) {
            Await(Counter(own, kArrival + 32 * peer), word, epoch + 1);
            source.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(own + kData + 2 * peer * count));
            target.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(output) + peer * count);
            Copy(target, source, piece, count);
        }
        // The next launch may place the rows of a rank where this one has those of others: they are released together.
        for (int64_t peer = 0; peer < ranks; peer += 1) {
            Write(Counter(hccl.GetWindowsInAddr(peer), kRelease + 32 * rank), word, epoch + 1);
        }
        Write(Counter(own, 0), word, epoch + 1);
    }
}
