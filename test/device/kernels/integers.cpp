// One tile of integers of 8 or 4 bits: output = x1 x x2, both paths of B into L0B, as int32 or scaled to half.
#include "kernel_operator.h"
using namespace AscendC;

struct IntegersTiling {
    int32_t m, n, k, transposed, splits, vector;
    int32_t further;  // along k: multiplied, and not loaded; negative where less is multiplied
};

static __aicore__ inline int32_t Up(int32_t value, int32_t unit) { return (value + unit - 1) / unit * unit; }

// S: the type of both sides, of which a row of a fractal has `width` numbers. DataCopy takes bytes for pairs of them.
template <typename S, int32_t width, typename T, QuantMode_t conversion>
__aicore__ inline void Tile(GM_ADDR x1, GM_ADDR x2, GM_ADDR scales, GM_ADDR output, const IntegersTiling &t) {
    constexpr int32_t shared = width / 32, fractal = 16 * width;
    LocalTensor<S> l1a(TPosition::A1, 0, 196608 * shared), l1b(TPosition::B1, 196608, 262144 * shared);
    LocalTensor<uint64_t> l1s(TPosition::C1, 458752, 1024);
    LocalTensor<S> l0a(TPosition::A2, 0, 65536 * shared), l0b(TPosition::B2, 0, 65536 * shared);
    LocalTensor<int32_t> l0c(TPosition::CO1, 0, 32768);
    GlobalTensor<S> left, right;
    GlobalTensor<T> result;
    GlobalTensor<uint64_t> factors;
    left.SetGlobalBuffer(reinterpret_cast<__gm__ S *>(x1));
    right.SetGlobalBuffer(reinterpret_cast<__gm__ S *>(x2));
    result.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(output));
    factors.SetGlobalBuffer(reinterpret_cast<__gm__ uint64_t *>(scales));
    const int32_t m = Up(t.m, 16), n = Up(t.n, width), k = Up(t.k, width);
    if (t.vector) {
        DataCopy(l1a, left, Nd2NzParams(1, 1, t.k / shared, 0, t.k / shared, 1, 1, 0));
    } else {
        DataCopy(l1a, left, Nd2NzParams(1, t.m, t.k / shared, 0, t.k / shared, m, 1, 0));
    }
    if (t.transposed) {
        DataCopy(l1b, right, Nd2NzParams(1, t.n, t.k / shared, 0, t.k / shared, n, 1, 0));
    } else {
        DataCopy(l1b, right, Nd2NzParams(1, t.k, t.n / shared, 0, t.n / shared, k, 1, 0));
    }
    if (conversion == VDEQF16) {
        DataCopy(l1s, factors, Up(t.n, 4));
    }
    SetFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    const int32_t step = Up((t.k + t.splits - 1) / t.splits, width);
    for (int32_t start = 0; start < t.k; start += step) {
        const int32_t depth = t.k - start < step ? t.k - start : step;
        const int32_t fractals = Up(depth, width) / width;
        if (t.vector) {
            LoadData(l0a, l1a[start], LoadData2DParams(0, Up(depth, 512) / 512, 1, 0, 0, false, 0));
        }
        for (int32_t i = 0; i < m / 16 && !t.vector; ++i) {
            LoadData(l0a[i * fractals * fractal], l1a[start * m + i * fractal],
                     LoadData2DParams(0, fractals, m / 16, 0, 0, false, 0));
        }
        for (int32_t j = 0; j < fractals; ++j) {
            if (t.transposed) {
                LoadData(l0b[j * n * width], l1b[(start + j * width) * n],
                         LoadData2DParams(0, n / 16, 1, 0, 0, false, 0));
            } else {
                LoadDataWithTranspose(l0b[j * n * width], l1b[(start + j * width) * width],
                                      LoadData2dTransposeParams(0, n / width, k / width, width / 16 - 1, 0));
            }
        }
        SetFlag<HardEvent::MTE1_M>(EVENT_ID0);
        WaitFlag<HardEvent::MTE1_M>(EVENT_ID0);
        Mmad(l0c, l0a, l0b, MmadParams(t.vector ? 1 : Up(t.m, 16), n, depth + t.further, 0, false, start == 0));
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
    PipeBarrier<PIPE_ALL>();
}

#define ENTRY(name, side, width, type, conversion)                                                     \
    extern "C" __global__ __aicore__ void name(GM_ADDR x1, GM_ADDR x2, GM_ADDR scales, GM_ADDR output, \
                                               GM_ADDR tiling) {                                       \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);                                             \
        REGISTER_TILING_DEFAULT(IntegersTiling);                                                       \
        GET_TILING_DATA(tilingData, tiling);                                                           \
        if ASCEND_IS_AIC {                                                                             \
            Tile<side, width, type, conversion>(x1, x2, scales, output, tilingData);                   \
        }                                                                                              \
    }

ENTRY(integers_plain, int8_t, 32, int32_t, NoQuant)
ENTRY(integers_scaled, int8_t, 32, half, DEQF16)
ENTRY(integers_scaled_by_column, int8_t, 32, half, VDEQF16)
ENTRY(half_bytes_plain, int4b_t, 64, int32_t, NoQuant)
ENTRY(half_bytes_scaled_by_column, int4b_t, 64, half, VDEQF16)

extern "C" __global__ __aicore__ void half_bytes_from_within_a_byte(GM_ADDR x) {
    GlobalTensor<int4b_t> numbers;
    numbers.SetGlobalBuffer(reinterpret_cast<__gm__ int4b_t *>(x));
    LocalTensor<int4b_t> l1(TPosition::A1, 0, 1024);
    if ASCEND_IS_AIC {
        DataCopy(l1, numbers[3], Nd2NzParams(1, 1, 32, 0, 32, 1, 1, 0));
    }
}
