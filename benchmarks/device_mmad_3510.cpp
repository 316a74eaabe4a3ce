// Streams of cube instructions as architecture 3510 has them, of 8-bit types.
#define __NPU_ARCH__ 3510
#include "device_mmad.h"
#include "kernel_operator.h"

using namespace AscendC;

template <typename T>
static void Run(GM_ADDR x1, GM_ADDR x2, GM_ADDR output, const Stream &s) {
    constexpr int32_t kWidth = 32;
    const LocalTensor<T> l1a(TPosition::A1, 0, 65536), l1b(TPosition::B1, 131072, 131072);
    const LocalTensor<T> l0a(TPosition::A2, 0, 32768), l0b(TPosition::B2, 0, 32768);
    const LocalTensor<float> l0c(TPosition::CO1, 0, 32768);
    GlobalTensor<T> left, right;
    GlobalTensor<float> result;
    left.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(x1));
    right.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(x2));
    result.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(output));
    const int32_t deep = s.k / kWidth, high = s.m / 16, wide = s.n / 16, depth = s.k * s.slices;
    for (int32_t repeat = 0; repeat < s.repeats; ++repeat) {
        const int32_t slice = repeat % s.slices;
        const int32_t start = repeat / s.slices * depth % kRows;
        if (slice == 0 && (s.copies || repeat == 0)) {
            DataCopy(l1a, left[start], Nd2NzParams(1, s.m, depth, 0, kPitch, s.m, 1, 0));
            if (s.transposed) {
                DataCopy(l1b, right[static_cast<uint64_t>(start) * kPitch],
                         Nd2NzParams(1, depth, s.n, 0, kPitch, depth, 1, 0));
            } else {
                DataCopy(l1b, right[start], Nd2NzParams(1, s.n, depth, 0, kPitch, s.n, 1, 0));
            }
        }
        if (s.loads || repeat == 0) {
            LoadData(l0a, l1a, LoadData2DParamsV2(0, slice * deep, high, deep, high, high, false, 0));
            if (s.transposed) {
                LoadData(l0b, l1b,
                         LoadData2DParamsV2(slice * deep * 2, 0, deep * 2, wide / 2, depth / 16, wide, true, 0));
            } else {
                LoadData(l0b, l1b, LoadData2DParamsV2(0, slice * deep, wide, deep, wide, wide, false, 0));
            }
        }
        const bool first = repeat == 0 || (s.stores != 0 && repeat % s.stores == 0);
        MmadParams parameters(s.m, s.n, s.k, 0, false, first);
        parameters.disableGemv = true;
        Mmad(l0c, l0a, l0b, parameters);
        if (s.stores != 0 && repeat % s.stores == s.stores - 1) {
            Fixpipe<float, float, CFG_ROW_MAJOR>(result, l0c,
                                                 FixpipeParamsArch3510<CO2Layout::ROW_MAJOR>(s.n, s.m, s.m, kPitch));
        }
    }
}

#define ENTRY(name, type)                                                          \
    extern "C" void name(GM_ADDR x1, GM_ADDR x2, GM_ADDR output, GM_ADDR tiling) { \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);                            \
        Stream &stream = *reinterpret_cast<Stream *>(tiling);                      \
        const double start = Now();                                                \
        Run<type>(x1, x2, output, stream);                                         \
        stream.seconds = Now() - start;                                            \
    }
ENTRY(stream_e4m3, fp8_e4m3fn_t)
ENTRY(stream_e5m2, fp8_e5m2_t)
ENTRY(stream_hifloat8, hifloat8_t)
