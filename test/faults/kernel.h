// What the kernels of this folder have in common, so that each file holds its one idea and little else.
#ifndef DOVETAIL_TEST_FAULTS_KERNEL_H
#define DOVETAIL_TEST_FAULTS_KERNEL_H

#include <cstddef>

#include "kernel_operator.h"
#include "kernel_tiling/kernel_tiling.h"
#include "lib/hccl/hccl.h"
using namespace AscendC;

// `input`, `output` and `workspace` have kArgumentWords words each. Nobody has written to the last two.
#define KERNEL(name)                                                                                            \
    extern "C" __global__ __aicore__ void name([[maybe_unused]] GM_ADDR input, [[maybe_unused]] GM_ADDR output, \
                                               [[maybe_unused]] GM_ADDR workspace, [[maybe_unused]] GM_ADDR tiling)

constexpr uint32_t kArgumentWords = 40960;
constexpr uint32_t kWords = 64;  // of most tensors
constexpr uint32_t kBytes = kWords * sizeof(int32_t);

template <typename T>
__aicore__ inline GlobalTensor<T> Global(GM_ADDR address) {
    GlobalTensor<T> tensor;
    tensor.SetGlobalBuffer((__gm__ T *)address);
    return tensor;
}

// What the first pipe of the event has been given is complete before what the second is given from here on.
template <HardEvent event>
__aicore__ inline void Order(int32_t flag = EVENT_ID0) {
    SetFlag<event>(flag);
    WaitFlag<event>(flag);
}

// A cube core works on one fractal of half: 16 rows of 16 columns, in L1, L0A and L0B.
constexpr uint32_t kFractal = 256;

__aicore__ inline Nd2NzParams Rows(uint16_t rows) { return Nd2NzParams(1, rows, 16, 0, 16, 16, 1, 0); }
__aicore__ inline LoadData2DParams Fractal() { return LoadData2DParams(0, 1, 1, 0, 0, false, 0); }
__aicore__ inline LoadData2DParams Transposed() { return LoadData2DParams(0, 1, 1, 0, 0, true, 0); }
__aicore__ inline MmadParams FirstProduct() { return MmadParams(16, 16, 16, 0, false, true); }
__aicore__ inline MmadParams FurtherProduct() { return MmadParams(16, 16, 16, 0, false, false); }
__aicore__ inline FixpipeParamsV220 Tile(uint16_t rows) { return FixpipeParamsV220(16, rows, 16, 16, false); }

// Brings the matrix at `source` into L0A and, as a right-hand side, into L0B.
__aicore__ inline void LoadOperands(LocalTensor<half> l0A, LocalTensor<half> l0B, GM_ADDR source) {
    const LocalTensor<half> l1(TPosition::A1, 0, kFractal);
    DataCopy(l1, Global<half>(source), Rows(16));
    Order<HardEvent::MTE2_MTE1>();
    LoadData(l0A, l1, Fractal());
    LoadData(l0B, l1, Transposed());
    Order<HardEvent::MTE1_M>();
}

// A window: counters, 8 words apart, then a slot for each sender.
constexpr uint32_t kWindowWords = 1024;
constexpr uint32_t kArrival = 0;
constexpr uint32_t kRelease = 8;
constexpr uint32_t kBase = 16;
constexpr uint32_t kSlot = 64;

struct WindowTiling {
    Mc2InitTiling initialisation;
    Mc2CcTiling communication;
};

// The windows of all ranks, as words.
class Windows {
public:
    __aicore__ inline explicit Windows(GM_ADDR tiling) {
        GET_TILING_DATA_WITH_STRUCT(WindowTiling, received, tiling);
        Hccl<HCCL_SERVER_TYPE_AICPU> hccl;
        hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &received);
        hccl.SetCcTilingV2(offsetof(WindowTiling, communication));
        rank_ = hccl.GetRankId();
        for (uint32_t rank = 0; rank < hccl.GetRankDim(); ++rank) {
            windows_[rank] = Global<int32_t>(hccl.GetWindowsInAddr(rank));
        }
    }
    __aicore__ inline uint32_t Rank() const { return rank_; }
    __aicore__ inline GlobalTensor<int32_t> Of(uint32_t rank) const { return windows_[rank]; }

private:
    static constexpr uint32_t kMostRanks = 3;
    uint32_t rank_ = 0;
    GlobalTensor<int32_t> windows_[kMostRanks];
};

// UB of counters: the one that was read, the one to be written.
constexpr uint32_t kSeen = 4096;
constexpr uint32_t kPosted = 4128;

__aicore__ inline int32_t Read(GlobalTensor<int32_t> counter) {
    const LocalTensor<int32_t> seen(TPosition::VECIN, kSeen, 8);
    DataCopy(seen, counter, 8);
    Order<HardEvent::MTE2_S>();
    const int32_t value = seen.GetValue(0);
    Order<HardEvent::S_MTE2>();  // later loads start after the value is known
    return value;
}

__aicore__ inline void Await(GlobalTensor<int32_t> counter, int32_t target) {
    while (Read(counter) - target < 0) {
    }
}

// Waits for nothing that MTE3 has been given before.
__aicore__ inline void Post(GlobalTensor<int32_t> counter, int32_t value) {
    const LocalTensor<int32_t> posted(TPosition::VECOUT, kPosted, 8);
    posted.SetValue(0, value);
    Order<HardEvent::S_MTE3>();
    DataCopyPad(counter, posted, DataCopyExtParams(1, sizeof(int32_t), 0, 0, 0));
    Order<HardEvent::MTE3_S>();  // before `posted` changes again
}

#endif
