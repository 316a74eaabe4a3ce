// One tile on architecture 3510: output = x1 x x2 (+ bias), both ways of B into L0B, any m, n, k that fits.
#define __NPU_ARCH__ 3510
#include "kernel_operator.h"
using namespace AscendC;

struct Tiling {
    int32_t m, n, k, transposed, splits;
};

static __aicore__ inline int32_t Up(int32_t value, int32_t unit) { return (value + unit - 1) / unit * unit; }

// Without a bias where `Bias` is char.
template <typename T, typename U, typename Bias, typename Out, QuantMode_t conversion>
__aicore__ inline void Tile(GM_ADDR x1, GM_ADDR x2, GM_ADDR bias, GM_ADDR output, const Tiling &t) {
    constexpr int32_t kWidth = 32 / sizeof(T);
    const int32_t m = Up(t.m, 16), n = Up(t.n, kWidth), k = Up(t.k, 32);
    const LocalTensor<T> l1a(TPosition::A1, 0, m * k);
    const LocalTensor<U> l1b(TPosition::B1, 256 * 1024, n * k);
    const LocalTensor<T> l0a(TPosition::A2, 0, m * k);
    const LocalTensor<U> l0b(TPosition::B2, 0, n * k);
    const LocalTensor<float> l0c(TPosition::CO1, 0, m * n);
    GlobalTensor<T> left;
    GlobalTensor<U> right;
    GlobalTensor<Out> result;
    left.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(x1));
    right.SetGlobalBuffer(reinterpret_cast<__gm__ U *>(x2));
    result.SetGlobalBuffer(reinterpret_cast<__gm__ Out *>(output));
    DataCopy(l1a, left, Nd2NzParams(1, t.m, t.k, 0, t.k, m, 1, 0));
    if (t.transposed) {
        DataCopy(l1b, right, Nd2NzParams(1, t.n, t.k, 0, t.k, n, 1, 0));
    } else {
        DataCopy(l1b, right, Nd2NzParams(1, t.k, t.n, 0, t.n, k, 1, 0));
    }
    const LocalTensor<float> table(TPosition::C2, 0, 1024);
    constexpr bool kHasBias = sizeof(Bias) != sizeof(char);
    if constexpr (kHasBias) {
        GlobalTensor<Bias> row;
        row.SetGlobalBuffer(reinterpret_cast<__gm__ Bias *>(bias));
        const LocalTensor<Bias> l1c(TPosition::C1, 500 * 1024, 1024);
        DataCopy(l1c, row, Nd2NzParams(1, 1, t.n, 0, t.n, 1, 1, 0));
        SetFlag<HardEvent::MTE2_MTE1>(EVENT_ID1);
        WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID1);
        DataCopy(table, l1c, DataCopyParams(1, Up(t.n * sizeof(Bias), 64) / 32, 0, 0));
    }
    SetFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    const int32_t step = Up((t.k + t.splits - 1) / t.splits, 32);
    for (int32_t start = 0; start < t.k; start += step) {
        const int32_t depth = t.k - start < step ? t.k - start : step;
        const int32_t along_k = Up(depth, kWidth) / kWidth;
        LoadData(l0a, l1a, LoadData2DParamsV2(0, start / kWidth, m / 16, along_k, m / 16, m / 16, false, 0));
        if (t.transposed) {
            LoadData(l0b, l1b, LoadData2DParamsV2(0, start / kWidth, n / 16, along_k, n / 16, n / 16, false, 0));
        } else {
            const int32_t rows = along_k * (kWidth / 16);
            LoadData(l0b, l1b, LoadData2DParamsV2(start / 16, 0, rows, n / kWidth, k / 16, n / 16, true, 0));
        }
        SetFlag<HardEvent::MTE1_M>(EVENT_ID0);
        WaitFlag<HardEvent::MTE1_M>(EVENT_ID0);
        MmadParams parameters(t.m, n, depth, 0, false, start == 0);
        parameters.disableGemv = true;
        if (kHasBias && start == 0) {
            Mmad(l0c, l0a, l0b, table, parameters);
        } else {
            Mmad(l0c, l0a, l0b, parameters);
        }
        SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
        WaitFlag<HardEvent::M_MTE1>(EVENT_ID0);
        PipeBarrier<PIPE_M>();
    }
    SetFlag<HardEvent::M_FIX>(EVENT_ID0);
    WaitFlag<HardEvent::M_FIX>(EVENT_ID0);
    FixpipeParamsArch3510<CO2Layout::ROW_MAJOR> out(t.n, t.m, m, t.n);
    out.quantPre = conversion;
    Fixpipe<Out, float, CFG_ROW_MAJOR>(result, l0c, out);
    PipeBarrier<PIPE_ALL>();
}

#define KERNEL(name, T, U, Bias, Out, conversion)                                                                      \
    extern "C" __global__ __aicore__ void name(GM_ADDR x1, GM_ADDR x2, GM_ADDR bias, GM_ADDR output, GM_ADDR tiling) { \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);                                                             \
        if (ASCEND_IS_AIC) {                                                                                           \
            Tile<T, U, Bias, Out, QuantMode_t::conversion>(x1, x2, bias, output,                                       \
                                                           *reinterpret_cast<const Tiling *>(tiling));                 \
        }                                                                                                              \
    }

KERNEL(half_, half, half, char, float, NoQuant)
KERNEL(half_with_bias, half, half, half, half, F322F16)
KERNEL(brain_with_bias, bfloat16_t, bfloat16_t, bfloat16_t, bfloat16_t, F322BF16)
KERNEL(e4m3, fp8_e4m3fn_t, fp8_e4m3fn_t, char, float, NoQuant)
KERNEL(e5m2, fp8_e5m2_t, fp8_e5m2_t, char, float, NoQuant)
KERNEL(e4m3_e5m2, fp8_e4m3fn_t, fp8_e5m2_t, char, float, NoQuant)
KERNEL(e5m2_e4m3, fp8_e5m2_t, fp8_e4m3fn_t, char, float, NoQuant)
KERNEL(hifloat8, hifloat8_t, hifloat8_t, char, float, NoQuant)
KERNEL(e4m3_with_bias, fp8_e4m3fn_t, fp8_e4m3fn_t, float, float, NoQuant)

// One tile of MX: x2 as [n, k], scales as pairs of each row of x1 and x2. k is completed with zeros to whole pairs. A
// row of a fractal has `width` numbers; DataCopy takes bytes for pairs of those of 4 bits.
template <typename T, typename U, int32_t width>
__aicore__ inline void ScaledTile(GM_ADDR x1, GM_ADDR x2, GM_ADDR scales1, GM_ADDR scales2, GM_ADDR output,
                                  const Tiling &t) {
    const int32_t m = Up(t.m, 16), n = Up(t.n, 16), k = Up(t.k, 64), pairs = k / 64;
    const LocalTensor<T> l1a(TPosition::A1, 0, m * k);
    const LocalTensor<U> l1b(TPosition::B1, 128 * 1024, n * k);
    const LocalTensor<fp8_e8m0_t> l1sa(TPosition::A1, 256 * 1024, m * pairs * 2);
    const LocalTensor<fp8_e8m0_t> l1sb(TPosition::B1, 320 * 1024, n * pairs * 2);
    const int32_t place = 32768 / width;  // an address: a multiple of 1024, or of 512 where numbers have 4 bits
    const LocalTensor<T> l0a(TPosition::A2, place, m * k);
    const LocalTensor<U> l0b(TPosition::B2, place, n * k);
    const LocalTensor<float> l0c(TPosition::CO1, 0, m * n);
    const int32_t row = t.k * 32 / width;
    GlobalTensor<T> left;
    GlobalTensor<U> right;
    GlobalTensor<half> pairs1, pairs2;
    GlobalTensor<float> result;
    left.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(x1));
    right.SetGlobalBuffer(reinterpret_cast<__gm__ U *>(x2));
    pairs1.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(scales1));
    pairs2.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(scales2));
    result.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(output));
    DataCopy(l1a, left, Nd2NzParams(1, t.m, row, 0, row, m, 1, 0));
    DataCopy(l1b, right, Nd2NzParams(1, t.n, row, 0, row, n, 1, 0));
    if (width == 32 && Up(t.k, 32) != k) {
        Fill(l1a[Up(t.k, 32) * m].template ReinterpretCast<uint16_t>(), InitConstValueParams<uint16_t>(1, m, 0, 0));
        Fill(l1b[Up(t.k, 32) * n].template ReinterpretCast<uint16_t>(), InitConstValueParams<uint16_t>(1, n, 0, 0));
    }
    DataCopy(l1sa.ReinterpretCast<half>(), pairs1, Dn2NzParams(1, pairs, t.m, 0, pairs, pairs, 1, 0));
    DataCopy(l1sb.ReinterpretCast<half>(), pairs2, Dn2NzParams(1, pairs, t.n, 0, pairs, pairs, 1, 0));
    SetFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    const int32_t step = Up((t.k + t.splits - 1) / t.splits, 64);
    for (int32_t start = 0; start < t.k; start += step) {
        const int32_t depth = k - start < step ? k - start : step;
        LoadData(l0a, l1a, l1sa, LoadData2DParamsV2(0, start / width, m / 16, depth / width, m / 16, m / 16, false, 0),
                 LoadData2DMxParams(0, start / 64, m / 16, depth / 64, pairs, depth / 64));
        LoadData(l0b, l1b, l1sb, LoadData2DParamsV2(0, start / width, n / 16, depth / width, n / 16, n / 16, false, 0),
                 LoadData2DMxParams(0, start / 64, n / 16, depth / 64, pairs, depth / 64));
        SetFlag<HardEvent::MTE1_M>(EVENT_ID0);
        WaitFlag<HardEvent::MTE1_M>(EVENT_ID0);
        MmadParams parameters(t.m, t.n, depth, 0, false, start == 0);
        parameters.disableGemv = true;
        MmadMx(l0c, l0a, l0b, parameters);
        SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
        WaitFlag<HardEvent::M_MTE1>(EVENT_ID0);
        PipeBarrier<PIPE_M>();
    }
    SetFlag<HardEvent::M_FIX>(EVENT_ID0);
    WaitFlag<HardEvent::M_FIX>(EVENT_ID0);
    Fixpipe<float, float, CFG_ROW_MAJOR>(result, l0c, FixpipeParamsArch3510<CO2Layout::ROW_MAJOR>(t.n, t.m, m, t.n));
    PipeBarrier<PIPE_ALL>();
}

#define SCALED(name, T, U, width)                                                                                 \
    extern "C" __global__ __aicore__ void name(GM_ADDR x1, GM_ADDR x2, GM_ADDR scales1, GM_ADDR scales2,          \
                                               GM_ADDR output, GM_ADDR tiling) {                                  \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);                                                        \
        if (ASCEND_IS_AIC) {                                                                                      \
            ScaledTile<T, U, width>(x1, x2, scales1, scales2, output, *reinterpret_cast<const Tiling *>(tiling)); \
        }                                                                                                         \
    }

SCALED(scaled_e4m3, fp8_e4m3fn_t, fp8_e4m3fn_t, 32)
SCALED(scaled_e5m2_e4m3, fp8_e5m2_t, fp8_e4m3fn_t, 32)
SCALED(scaled_e2m1, fp4x2_e2m1_t, fp4x2_e2m1_t, 64)

// What numbers of 4 bits are not for: without scales; transposed on the way.
extern "C" __global__ __aicore__ void half_bytes_without_scales(GM_ADDR, GM_ADDR tiling) {
    const LocalTensor<fp4x2_e2m1_t> l1(TPosition::A1, 0, 4096);
    const LocalTensor<fp4x2_e2m1_t> l0a(TPosition::A2, 0, 1024), l0b(TPosition::B2, 0, 4096);
    if (ASCEND_IS_AIC) {
        if (reinterpret_cast<const Tiling *>(tiling)->transposed) {
            LoadData(l0b, l1, LoadData2DParamsV2(0, 0, 4, 1, 4, 1, true, 0));
        }
        Mmad(LocalTensor<float>(TPosition::CO1, 0, 256), l0a, l0b, MmadParams(16, 16, 64, 0, false, true));
    }
}
