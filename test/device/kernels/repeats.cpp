// Vector functions in repeats: what an epilogue does with the rows of a tile.
#include "kernel_operator.h"
using namespace AscendC;

constexpr int32_t kRows = 24, kColumns = 96;

template <typename T>
static __aicore__ inline LocalTensor<T> In(GM_ADDR from, uint32_t place, uint32_t count) {
    LocalTensor<T> local(TPosition::VECIN, place, count);
    GlobalTensor<T> global;
    global.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(from));
    DataCopy(local, global, count);
    return local;
}

template <typename T>
static __aicore__ inline void Out(GM_ADDR to, const LocalTensor<T> &local, uint32_t count) {
    GlobalTensor<T> global;
    global.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(to));
    SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
    DataCopy(global, local, count);
}

// rows[i, j] of int32 -> float, times row[j] * column[i], as floats and as half or bfloat16.
template <typename T>
static __aicore__ inline void Scale(GM_ADDR rows, GM_ADDR row, GM_ADDR column, GM_ADDR scaled, GM_ADDR rounded) {
    if (GetSubBlockIdx() != 0) {
        return;
    }
    const auto sums = In<int32_t>(rows, 0, kRows * kColumns);
    const auto by_column = In<float>(row, 16384, kColumns);
    const auto by_row = In<float>(column, 17408, kRows);
    LocalTensor<float> blocks(TPosition::VECCALC, 18432, kRows * 8), factors(TPosition::VECCALC, 20480, 4096);
    LocalTensor<float> product(TPosition::VECCALC, 40960, 4096);
    LocalTensor<T> narrow(TPosition::VECOUT, 61440, 4096);
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);
    Brcb(blocks, by_row, kRows / 8, BrcbRepeatParams(1, 8));
    PipeBarrier<PIPE_V>();
    for (int32_t j = 0; j < kColumns; j += 64) {
        const uint64_t lanes = kColumns - j < 64 ? kColumns - j : 64;
        Cast(product[j], sums[j], RoundMode::CAST_RINT, lanes, kRows,
             UnaryRepeatParams(1, 1, kColumns / 8, kColumns / 8));
        Mul(factors[j], by_column[j], blocks, lanes, kRows, BinaryRepeatParams(1, 1, 0, kColumns / 8, 0, 1));
        PipeBarrier<PIPE_V>();
        Mul(product[j], product[j], factors[j], lanes, kRows,
            BinaryRepeatParams(1, 1, 1, kColumns / 8, kColumns / 8, kColumns / 8));
        PipeBarrier<PIPE_V>();
        Cast(narrow[j], product[j], RoundMode::CAST_RINT, lanes, kRows,
             UnaryRepeatParams(1, 1, kColumns / 16, kColumns / 8));
    }
    Out(scaled, product, kRows * kColumns);
    Out(rounded, narrow, kRows * kColumns);
}

extern "C" __global__ __aicore__ void scale_half(GM_ADDR a, GM_ADDR b, GM_ADDR c, GM_ADDR d, GM_ADDR e) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        Scale<half>(a, b, c, d, e);
    }
}

extern "C" __global__ __aicore__ void scale_brain(GM_ADDR a, GM_ADDR b, GM_ADDR c, GM_ADDR d, GM_ADDR e) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        Scale<bfloat16_t>(a, b, c, d, e);
    }
}

// Every other block of the source, and of the target.
extern "C" __global__ __aicore__ void spread(GM_ADDR source, GM_ADDR target) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetSubBlockIdx() == 0) {
            const auto numbers = In<float>(source, 0, 128);
            const auto doubled = In<float>(target, 1024, 128);
            SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
            WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);
            Add(doubled, numbers, numbers, 20, 2, BinaryRepeatParams(2, 2, 2, 6, 6, 6));
            Out(target, doubled, 128);
        }
    }
}
