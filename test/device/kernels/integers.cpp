// One tile of 8-bit integers: output = x1 x x2, both paths of B into L0B, as int32 or scaled to half.
#include "kernel_operator.h"
using namespace AscendC;

struct IntegersTiling {
    int32_t m, n, k, transposed, splits, vector;
};

static __aicore__ inline int32_t Up(int32_t value, int32_t unit) { return (value + unit - 1) / unit * unit; }

template <typename T, QuantMode_t conversion>
__aicore__ inline void Tile(GM_ADDR x1, GM_ADDR x2, GM_ADDR scales, GM_ADDR output, const IntegersTiling &t) {
    LocalTensor<int8_t> l1a(TPosition::A1, 0, 196608), l1b(TPosition::B1, 196608, 262144);
    LocalTensor<uint64_t> l1s(TPosition::C1, 458752, 1024);
    LocalTensor<int8_t> l0a(TPosition::A2, 0, 65536), l0b(TPosition::B2, 0, 65536);
    LocalTensor<int32_t> l0c(TPosition::CO1, 0, 32768);
    GlobalTensor<int8_t> left, right;
    GlobalTensor<T> result;
    GlobalTensor<uint64_t> factors;
    left.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(x1));
    right.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(x2));
    result.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(output));
    factors.SetGlobalBuffer(reinterpret_cast<__gm__ uint64_t *>(scales));
    const int32_t m = Up(t.m, 16), n = Up(t.n, 32), k = Up(t.k, 32);
    if (t.vector) {
        DataCopy(l1a, left, Nd2NzParams(1, 1, t.k, 0, t.k, 1, 1, 0));
    } else {
        DataCopy(l1a, left, Nd2NzParams(1, t.m, t.k, 0, t.k, m, 1, 0));
    }
    if (t.transposed) {
        DataCopy(l1b, right, Nd2NzParams(1, t.n, t.k, 0, t.k, n, 1, 0));
    } else {
        DataCopy(l1b, right, Nd2NzParams(1, t.k, t.n, 0, t.n, k, 1, 0));
    }
    if (conversion == VDEQF16) {
        DataCopy(l1s, factors, Up(t.n, 4));
    }
    SetFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    const int32_t step = Up((t.k + t.splits - 1) / t.splits, 32);
    for (int32_t start = 0; start < t.k; start += step) {
        const int32_t depth = t.k - start < step ? t.k - start : step;
        const int32_t fractals = Up(depth, 32) / 32;
        if (t.vector) {
            LoadData(l0a, l1a[start], LoadData2DParams(0, Up(depth, 512) / 512, 1, 0, 0, false, 0));
        }
        for (int32_t i = 0; i < m / 16 && !t.vector; ++i) {
            LoadData(l0a[i * fractals * 512], l1a[start * m + i * 512],
                     LoadData2DParams(0, fractals, m / 16, 0, 0, false, 0));
        }
        for (int32_t j = 0; j < fractals; ++j) {
            if (t.transposed) {
                LoadData(l0b[j * n * 32], l1b[(start + j * 32) * n], LoadData2DParams(0, n / 16, 1, 0, 0, false, 0));
            } else {
                LoadDataWithTranspose(l0b[j * n * 32], l1b[start * 32 + j * 1024],
                                      LoadData2dTransposeParams(0, n / 32, k / 32, 1, 0));
            }
        }
        SetFlag<HardEvent::MTE1_M>(EVENT_ID0);
        WaitFlag<HardEvent::MTE1_M>(EVENT_ID0);
        Mmad(l0c, l0a, l0b, MmadParams(t.vector ? 1 : Up(t.m, 16), n, depth, 0, false, start == 0));
        SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
        WaitFlag<HardEvent::M_MTE1>(EVENT_ID0);
    }
    SetFlag<HardEvent::M_FIX>(EVENT_ID0);
    WaitFlag<HardEvent::M_FIX>(EVENT_ID0);
    const int64_t scale = conversion == DEQF16 ? *reinterpret_cast<int64_t *>(scales) : 0;
    const FixpipeParamsV220 parameters(t.n, t.m, m, t.n, false, conversion, scale, 1, 0, 0, 0);
    if (conversion == VDEQF16) {
        Fixpipe<T, int32_t, CFG_ROW_MAJOR>(result, l0c, l1s, parameters);
    } else {
        Fixpipe<T, int32_t, CFG_ROW_MAJOR>(result, l0c, parameters);
    }
}

#define ENTRY(name, type, conversion)                                                                  \
    extern "C" __global__ __aicore__ void name(GM_ADDR x1, GM_ADDR x2, GM_ADDR scales, GM_ADDR output, \
                                               GM_ADDR tiling) {                                       \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);                                             \
        REGISTER_TILING_DEFAULT(IntegersTiling);                                                       \
        GET_TILING_DATA(tilingData, tiling);                                                           \
        if ASCEND_IS_AIC {                                                                             \
            Tile<type, conversion>(x1, x2, scales, output, tilingData);                                \
        }                                                                                              \
    }

ENTRY(integers_plain, int32_t, NoQuant)
ENTRY(integers_scaled, half, DEQF16)
ENTRY(integers_scaled_by_column, half, VDEQF16)
