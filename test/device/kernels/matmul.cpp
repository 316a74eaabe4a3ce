// One tile: output = x1 x x2, both paths of B into L0B, any m, n, k that fits.
#include "kernel_operator.h"
using namespace AscendC;

struct MatmulTiling {
    int32_t m, n, k, transposed, splits;
};

static __aicore__ inline int32_t Up(int32_t value, int32_t unit) { return (value + unit - 1) / unit * unit; }

template <typename T, QuantMode_t conversion>
__aicore__ inline void Tile(GM_ADDR x1, GM_ADDR x2, GM_ADDR output, const MatmulTiling &t) {
    TPipe pipe;
    TBuf<TPosition::A1> a1;
    TBuf<TPosition::B1> b1;
    TBuf<TPosition::A2> a2;
    TBuf<TPosition::B2> b2;
    TBuf<TPosition::CO1> co1;
    pipe.InitBuffer(a1, 262144);
    pipe.InitBuffer(b1, 262144);
    pipe.InitBuffer(a2, 65536);
    pipe.InitBuffer(b2, 65536);
    pipe.InitBuffer(co1, 131072);
    pipe.Destroy();
    GlobalTensor<T> left, right, result;
    left.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(x1));
    right.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(x2));
    result.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(output));
    constexpr int32_t kWidth = 32 / sizeof(T);  // of a fractal: 16 rows of 32 bytes
    constexpr int32_t kFractal = 16 * kWidth;
    const int32_t m = Up(t.m, 16), n = Up(t.n, 16), k = Up(t.k, 16);
    LocalTensor<T> l1a = a1.Get<T>(), l1b = b1.Get<T>(), l0a = a2.Get<T>(), l0b = b2.Get<T>();
    LocalTensor<float> l0c = co1.Get<float>();
    DataCopy(l1a, left, Nd2NzParams(1, t.m, t.k, 0, t.k, m, 1, 0));
    if (t.transposed) {
        DataCopy(l1b, right, Nd2NzParams(1, t.n, t.k, 0, t.k, n, 1, 0));
    } else {
        DataCopy(l1b, right, Nd2NzParams(1, t.k, t.n, 0, t.n, k, 1, 0));
    }
    SetFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    // k in `splits` parts, each a multiple of 16 but the last, added up in L0C.
    const int32_t step = Up((t.k + t.splits - 1) / t.splits, 16);
    for (int32_t start = 0; start < t.k; start += step) {
        const int32_t depth = t.k - start < step ? t.k - start : step;
        const int32_t fractals = Up(depth, kWidth) / kWidth;
        for (int32_t i = 0; i < m / 16; ++i) {
            LoadData(l0a[i * fractals * kFractal], l1a[start * m + i * kFractal],
                     LoadData2DParams(0, fractals, m / 16, 0, 0, false, 0));
        }
        for (int32_t j = 0; j < fractals; ++j) {
            if (t.transposed) {
                LoadData(l0b[j * n * kWidth], l1b[(start + j * kWidth) * n],
                         LoadData2DParams(0, n / 16, 1, 0, 0, false, 0));
            } else {
                LoadData(l0b[j * n * kWidth], l1b[start * 16 + j * kFractal],
                         LoadData2DParams(0, n / 16, k / 16, 0, 0, true, 0));
            }
        }
        SetFlag<HardEvent::MTE1_M>(EVENT_ID0);
        WaitFlag<HardEvent::MTE1_M>(EVENT_ID0);
        Mmad(l0c, l0a, l0b, MmadParams(t.m == 1 ? 16 : t.m, t.n, depth, 0, false, start == 0));
        SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
        WaitFlag<HardEvent::M_MTE1>(EVENT_ID0);
    }
    SetFlag<HardEvent::M_FIX>(EVENT_ID0);
    WaitFlag<HardEvent::M_FIX>(EVENT_ID0);
    Fixpipe<T, float, CFG_ROW_MAJOR>(result, l0c,
                                     FixpipeParamsV220(t.n, t.m, m, t.n, false, conversion, 0, 1, 0, 0, 0));
}

#define ENTRY(name, type, conversion)                                                                    \
    extern "C" __global__ __aicore__ void name(GM_ADDR x1, GM_ADDR x2, GM_ADDR output, GM_ADDR tiling) { \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);                                               \
        REGISTER_TILING_DEFAULT(MatmulTiling);                                                           \
        GET_TILING_DATA(tilingData, tiling);                                                             \
        if ASCEND_IS_AIC {                                                                               \
            Tile<type, conversion>(x1, x2, output, tilingData);                                          \
        }                                                                                                \
    }

ENTRY(matmul_half, half, F322F16)
ENTRY(matmul_brain, bfloat16_t, F322BF16)
ENTRY(matmul_float, float, NoQuant)
