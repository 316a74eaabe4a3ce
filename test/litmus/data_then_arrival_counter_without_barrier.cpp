// litmus: data-then-arrival-counter-without-barrier
// claim: Without the barrier the counter may arrive before the data.
// rules: P2, W3
// rests on: PipeBarrier
// runs: 2 ranks, 1 block, 1 launch
// input: int32 counting
// result: int32 r0
// outcome: r0=0 allowed
// fast: r0=4089
// checked: race
#include <cstddef>

#include "kernel_operator.h"
#include "kernel_tiling/kernel_tiling.h"
#include "lib/hccl/hccl.h"
using namespace AscendC;

constexpr uint32_t kWords = 4096;

// Words of every window.
constexpr uint32_t kArrival = 0;
constexpr uint32_t kSlot = 1024;

// UB of the one vector core in use: data, then the counter that was read, then the counter to be written.
struct Buffers {
    LocalTensor<int32_t> data, seen, posted;
};

__aicore__ inline GlobalTensor<int32_t> Words(GM_ADDR address, uint32_t offset) {
    GlobalTensor<int32_t> words;
    words.SetGlobalBuffer((__gm__ int32_t *)address + offset);
    return words;
}

__aicore__ inline void Copy(GlobalTensor<int32_t> to, GlobalTensor<int32_t> from, uint32_t words, Buffers &ub) {
    DataCopy(ub.data, from, words);
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopy(to, ub.data, words);
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);  // for the next load into ub.data; no order within MTE3
}

__aicore__ inline int32_t Read(GlobalTensor<int32_t> counter, Buffers &ub) {
    DataCopy(ub.seen, counter, 8);
    SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
    int32_t value = ub.seen.GetValue(0);
    SetFlag<HardEvent::S_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE2>(EVENT_ID0);  // later loads start after the value is known
    return value;
}

__aicore__ inline void Await(GlobalTensor<int32_t> counter, int32_t target, Buffers &ub) {
    while (Read(counter, ub) - target < 0) {
    }
}

__aicore__ inline void Post(GlobalTensor<int32_t> counter, int32_t value, Buffers &ub) {
    ub.posted.SetValue(0, value);
    SetFlag<HardEvent::S_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE3>(EVENT_ID0);
    DataCopyPad(counter, ub.posted, DataCopyExtParams(1, sizeof(int32_t), 0, 0, 0));
    SetFlag<HardEvent::MTE3_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_S>(EVENT_ID0);  // before ub.posted changes again
}

__aicore__ inline void Run(Hccl<HCCL_SERVER_TYPE_AICPU> &hccl, GM_ADDR input, GM_ADDR result, Buffers &ub) {
    uint32_t rank = hccl.GetRankId();
    GM_ADDR receiver = hccl.GetWindowsInAddr(0);
    if (rank == 1) {
        Copy(Words(receiver, kSlot), Words(input, 0), kWords, ub);
        Post(Words(receiver, kArrival), 1, ub);
    } else {
        Await(Words(receiver, kArrival), 1, ub);
        Copy(Words(result, 0), Words(receiver, kSlot + kWords - 8), 8, ub);
    }
}

struct WindowTiling {
    Mc2InitTiling initialisation;
    Mc2CcTiling communication;
};

extern "C" __global__ __aicore__ void data_then_arrival_counter_without_barrier(GM_ADDR input, GM_ADDR result,
                                                                                GM_ADDR workspace, GM_ADDR tiling) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    REGISTER_TILING_DEFAULT(WindowTiling);
    GET_TILING_DATA(tilingData, tiling);
    Hccl<HCCL_SERVER_TYPE_AICPU> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tilingData);
    hccl.SetCcTilingV2(offsetof(WindowTiling, communication));
    if ASCEND_IS_AIV {
        if (GetBlockIdx() == 0) {
            TPipe pipe;
            TBuf<TPosition::VECIN> buffer;
            pipe.InitBuffer(buffer, (kWords + 16) * sizeof(int32_t));
            Buffers ub = {buffer.GetWithOffset<int32_t>(kWords, 0),
                          buffer.GetWithOffset<int32_t>(8, kWords * sizeof(int32_t)),
                          buffer.GetWithOffset<int32_t>(8, (kWords + 8) * sizeof(int32_t))};
            Run(hccl, input, result, ub);
        }
    }
}
