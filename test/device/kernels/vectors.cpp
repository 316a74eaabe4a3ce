// Element-wise functions: the target holds one row of `count` results per function.
#include "kernel_operator.h"
using namespace AscendC;

template <typename T>
__aicore__ inline void All(GM_ADDR first, GM_ADDR second, GM_ADDR target) {
    constexpr uint32_t kCount = 96;
    const LocalTensor<T> a(TPosition::VECIN, 0, kCount), b(TPosition::VECIN, 1024, kCount);
    const LocalTensor<T> c(TPosition::VECOUT, 2048, 8 * kCount);
    GlobalTensor<T> x, y, z;
    x.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(first));
    y.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(second));
    z.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(target));
    DataCopy(a, x, kCount);
    DataCopy(b, y, kCount);
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);
    Add(c, a, b, kCount);
    Sub(c[kCount], a, b, kCount);
    Mul(c[2 * kCount], a, b, kCount);
    Max(c[3 * kCount], a, b, kCount);
    Min(c[4 * kCount], a, b, kCount);
    Adds(c[5 * kCount], a, static_cast<T>(3), kCount);
    Muls(c[6 * kCount], a, static_cast<T>(3), kCount);
    Duplicate(c[7 * kCount], static_cast<T>(3), kCount);
    SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
    DataCopy(z, c, 8 * kCount);
}

#define ENTRY(name, type)                                                                       \
    extern "C" __global__ __aicore__ void name(GM_ADDR first, GM_ADDR second, GM_ADDR target) { \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);                                         \
        All<type>(first, second, target);                                                       \
    }
ENTRY(all_float, float)
ENTRY(all_half, half)
ENTRY(all_int32, int32_t)
ENTRY(all_int16, int16_t)

template <typename T, typename U>
__aicore__ inline void Convert(GM_ADDR source, GM_ADDR target, RoundMode mode) {
    const LocalTensor<U> from(TPosition::VECIN, 0, 64);
    const LocalTensor<T> to(TPosition::VECOUT, 1024, 64);
    GlobalTensor<U> x;
    GlobalTensor<T> z;
    x.SetGlobalBuffer(reinterpret_cast<__gm__ U *>(source));
    z.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(target));
    DataCopy(from, x, 64u);
    SetFlag<HardEvent::MTE2_V>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID0);
    Cast(to, from, mode, 64);
    SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
    DataCopy(z, to, 64u);
}

#define CAST(name, to, from, mode)                                               \
    extern "C" __global__ __aicore__ void name(GM_ADDR source, GM_ADDR target) { \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);                          \
        Convert<to, from>(source, target, RoundMode::mode);                      \
    }
CAST(half_to_float, float, half, CAST_NONE)
CAST(float_to_half, half, float, CAST_RINT)
CAST(brain_to_float, float, bfloat16_t, CAST_NONE)
CAST(float_to_brain, bfloat16_t, float, CAST_RINT)
CAST(float_to_int32_rint, int32_t, float, CAST_RINT)
CAST(float_to_int32_floor, int32_t, float, CAST_FLOOR)
CAST(float_to_int32_trunc, int32_t, float, CAST_TRUNC)
CAST(int32_to_float, float, int32_t, CAST_NONE)
