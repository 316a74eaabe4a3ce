// litmus: arrival-forwarded-to-cube-core
// claim: A vector core polls an arrival counter and forwards it in mode 2; the cube core then reads the data in the
//        window.
// rules: W5, X1
// rests on: CrossCore, CrossCoreDetail, PipeBarrier, Windows
// runs: 2 ranks, 1 block, 1 launch
// input: float16 ones
// result: float32 r0
// outcome: r0!=16 forbidden
// fast: r0=16
// checked: end
#include <cstddef>

#include "kernel_operator.h"
#include "kernel_tiling/kernel_tiling.h"
#include "lib/hccl/hccl.h"
using namespace AscendC;

constexpr uint32_t kWords = 128;  // one fractal of half
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

__aicore__ inline void Multiply(GM_ADDR left, GM_ADDR right, GM_ADDR result) {
    GlobalTensor<half> a, b;
    GlobalTensor<float> target;
    a.SetGlobalBuffer((__gm__ half *)left);
    b.SetGlobalBuffer((__gm__ half *)right);
    target.SetGlobalBuffer((__gm__ float *)result);
    TPipe pipe;
    TBuf<TPosition::A1> l1Buffer;
    TBuf<TPosition::A2> l0ABuffer;
    TBuf<TPosition::B2> l0BBuffer;
    TBuf<TPosition::CO1> l0CBuffer;
    pipe.InitBuffer(l1Buffer, 1024);
    pipe.InitBuffer(l0ABuffer, 512);
    pipe.InitBuffer(l0BBuffer, 512);
    pipe.InitBuffer(l0CBuffer, 1024);
    LocalTensor<half> l1 = l1Buffer.Get<half>();
    LocalTensor<half> l0A = l0ABuffer.Get<half>();
    LocalTensor<half> l0B = l0BBuffer.Get<half>();
    LocalTensor<float> l0C = l0CBuffer.Get<float>();

    DataCopy(l1, a, Nd2NzParams(1, 16, 16, 0, 16, 16, 1, 0));
    DataCopy(l1[256], b, Nd2NzParams(1, 16, 16, 0, 16, 16, 1, 0));
    SetFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    LoadData(l0A, l1, LoadData2DParams(0, 1, 1, 0, 0, false, 0));
    LoadData(l0B, l1[256], LoadData2DParams(0, 1, 1, 0, 0, true, 0));
    SetFlag<HardEvent::MTE1_M>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_M>(EVENT_ID0);
    Mmad(l0C, l0A, l0B, MmadParams(16, 16, 16, 0, false, true));
    SetFlag<HardEvent::M_FIX>(EVENT_ID0);
    WaitFlag<HardEvent::M_FIX>(EVENT_ID0);
    Fixpipe<float, float, CFG_ROW_MAJOR>(target, l0C, FixpipeParamsV220(16, 16, 16, 16, false));
}

struct WindowTiling {
    Mc2InitTiling initialisation;
    Mc2CcTiling communication;
};

extern "C" __global__ __aicore__ void arrival_forwarded_to_cube_core(GM_ADDR input, GM_ADDR result, GM_ADDR workspace,
                                                                     GM_ADDR tiling) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    REGISTER_TILING_DEFAULT(WindowTiling);
    GET_TILING_DATA(tilingData, tiling);
    Hccl<HCCL_SERVER_TYPE_AICPU> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tilingData);
    hccl.SetCcTilingV2(offsetof(WindowTiling, communication));
    GM_ADDR receiver = hccl.GetWindowsInAddr(0);
    if ASCEND_IS_AIC {
        if (hccl.GetRankId() == 0) {
            CrossCoreWaitFlag(0);
            Multiply(receiver + kSlot * sizeof(int32_t), input, result);
        }
    }
    if ASCEND_IS_AIV {
        TPipe pipe;
        TBuf<TPosition::VECIN> buffer;
        pipe.InitBuffer(buffer, (kWords + 16) * sizeof(int32_t));
        Buffers ub = {buffer.GetWithOffset<int32_t>(kWords, 0),
                      buffer.GetWithOffset<int32_t>(8, kWords * sizeof(int32_t)),
                      buffer.GetWithOffset<int32_t>(8, (kWords + 8) * sizeof(int32_t))};
        if (hccl.GetRankId() == 1 && GetSubBlockIdx() == 0) {
            Copy(Words(receiver, kSlot), Words(input, 0), kWords, ub);
            PipeBarrier<PIPE_MTE3>();
            Post(Words(receiver, kArrival), 1, ub);
        }
        if (hccl.GetRankId() == 0) {
            if (GetSubBlockIdx() == 0) {
                Await(Words(receiver, kArrival), 1, ub);
            }
            CrossCoreSetFlag<2, PIPE_MTE2>(0);  // mode 2 counts a set of each vector core, the idle one too
        }
    }
}
