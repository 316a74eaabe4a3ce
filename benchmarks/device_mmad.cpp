// How close the device's cube instructions come to the float32 multiply-add peak of one core of this processor.
// Rounds alternate between the peak and each instruction stream, so that the processor's moods hit both alike.
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "dovetail/launch.h"
#include "kernel_operator.h"

using namespace AscendC;

// Time of this thread alone: what others on the machine take does not count.
static double Now() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Stream {
    int32_t m, n, k;  // of one Mmad
    int32_t slices;   // Mmads that one copy into L1 serves
    int32_t repeats;
    int32_t transposed;  // x2 lies as [k, n]
    int32_t loads;       // LoadData before every Mmad
    int32_t copies;      // DataCopy of new rows and columns every `slices` Mmads
    int32_t stores;      // Fixpipe after this many Mmads, or never
    double seconds;      // result: from the first to the last instruction
};

constexpr int32_t kPitch = 4096;  // elements from one row to the next, in x1, x2 and the output
constexpr int32_t kRows = 2048;

// One tile of the output after the other: x1 x x2 through L1 and L0 into an accumulator.
template <typename T, typename Sum, typename Result, QuantMode_t conversion>
static void Run(GM_ADDR x1, GM_ADDR x2, GM_ADDR output, const Stream &s) {
    constexpr int32_t kWidth = 32 / sizeof(T);  // of a fractal: 16 rows of 32 bytes
    constexpr int32_t kFractal = 16 * kWidth;
    const LocalTensor<T> l1a(TPosition::A1, 0, 65536), l1b(TPosition::B1, 131072, 131072);
    const LocalTensor<T> l0a(TPosition::A2, 0, 32768), l0b(TPosition::B2, 0, 32768);
    const LocalTensor<Sum> l0c(TPosition::CO1, 0, 32768);
    GlobalTensor<T> left, right;
    GlobalTensor<Result> result;
    left.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(x1));
    right.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(x2));
    result.SetGlobalBuffer(reinterpret_cast<__gm__ Result *>(output));
    const int32_t fractals = s.k / kWidth;
    const int32_t depth = s.k * s.slices;
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
            for (int32_t i = 0; i < s.m / 16; ++i) {
                LoadData(l0a[i * fractals * kFractal], l1a[slice * s.k * s.m + i * kFractal],
                         LoadData2DParams(0, fractals, s.m / 16, 0, 0, false, 0));
            }
            for (int32_t j = 0; j < fractals; ++j) {
                const int32_t row = slice * fractals + j;
                if (!s.transposed) {
                    LoadData(l0b[j * s.n * kWidth], l1b[row * kWidth * s.n],
                             LoadData2DParams(0, s.n / 16, 1, 0, 0, false, 0));
                } else if constexpr (sizeof(T) == 1) {
                    LoadDataWithTranspose(l0b[j * s.n * kWidth], l1b[row * 2 * kFractal],
                                          LoadData2dTransposeParams(0, s.n / kWidth, depth / kWidth, 1, 0));
                } else {
                    LoadData(l0b[j * s.n * kWidth], l1b[row * kFractal],
                             LoadData2DParams(0, s.n / kWidth, depth / 16, 0, 0, true, 0));
                }
            }
        }
        const bool first = repeat == 0 || (s.stores != 0 && repeat % s.stores == 0);
        Mmad(l0c, l0a, l0b, MmadParams(s.m, s.n, s.k, 0, false, first));
        if (s.stores != 0 && repeat % s.stores == s.stores - 1) {
            Fixpipe<Result, Sum, CFG_ROW_MAJOR>(
                result, l0c, FixpipeParamsV220(s.n, s.m, s.m, kPitch, false, conversion, 0, 1, 0, 0, 0));
        }
    }
}

#define ENTRY(name, type, sum, result, conversion)                                 \
    extern "C" void name(GM_ADDR x1, GM_ADDR x2, GM_ADDR output, GM_ADDR tiling) { \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);                            \
        Stream &stream = *reinterpret_cast<Stream *>(tiling);                      \
        const double start = Now();                                                \
        Run<type, sum, result, conversion>(x1, x2, output, stream);                \
        stream.seconds = Now() - start;                                            \
    }
ENTRY(stream_half, half, float, half, F322F16)
ENTRY(stream_brain, bfloat16_t, float, bfloat16_t, F322BF16)
ENTRY(stream_byte, int8_t, int32_t, int32_t, NoQuant)

// Twelve independent chains of multiply-adds in registers, in vectors as wide as the processor's.
#if defined(__x86_64__)
#define FMA(number, width) "vfmadd231ps %%" width "13, %%" width "12, %%" width #number "\n\t"
#define CHAINS(width) \
    FMA(0, width)     \
    FMA(1, width)     \
    FMA(2, width)     \
    FMA(3, width)     \
    FMA(4, width) FMA(5, width) FMA(6, width) FMA(7, width) FMA(8, width) FMA(9, width) FMA(10, width) FMA(11, width)
#define PEAK(name, isa, width, lanes)                                                                          \
    __attribute__((target(isa), noinline)) static double name(int64_t rounds) {                                \
        const double start = Now();                                                                            \
        for (int64_t round = 0; round < rounds; ++round) {                                                     \
            asm volatile(CHAINS(width) CHAINS(width)::                                                         \
                             : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", \
                               "xmm10", "xmm11", "xmm12", "xmm13");                                            \
        }                                                                                                      \
        return 2.0 * static_cast<double>(rounds) * 24 * lanes / (Now() - start) * 1e-9;                        \
    }
PEAK(Peak256, "avx2,fma", "ymm", 8)
PEAK(Peak512, "avx512f", "zmm", 16)
static double Peak() { return __builtin_cpu_supports("avx512f") ? Peak512(120000) : Peak256(240000); }
#else
static double Peak() { return 1.0; }
#endif

// Zeros in large pages, as numpy has them.
static uint16_t *Numbers(size_t count) {
    constexpr size_t kLargePage = 2 << 20;
    const size_t bytes = (count * sizeof(uint16_t) + kLargePage - 1) / kLargePage * kLargePage;
    void *numbers = aligned_alloc(kLargePage, bytes);
    madvise(numbers, bytes, MADV_HUGEPAGE);
    memset(numbers, 0, bytes);
    return static_cast<uint16_t *>(numbers);
}

static double Median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? atoi(argv[1]) : 25;
    uint16_t *const x1 = Numbers(kRows * kPitch);
    uint16_t *const x2 = Numbers(kRows * kPitch);
    uint16_t *const output = Numbers(1024 * kPitch);
    for (int32_t i = 0; i < kRows * kPitch; ++i) {
        x1[i] = static_cast<uint16_t>(0x3800 + i % 256);
        x2[i] = static_cast<uint16_t>(0x3800 + i % 253);
    }
    struct Case {
        const char *name;
        void *kernel;
        Stream stream;
    };
    void *const half_kernel = reinterpret_cast<void *>(&stream_half);
    void *const brain_kernel = reinterpret_cast<void *>(&stream_brain);
    void *const byte_kernel = reinterpret_cast<void *>(&stream_byte);
    constexpr int32_t n = 32;
    Case cases[] = {
        {"Mmad alone, FP16 128x256x64", half_kernel, {128, 256, 64, 4, n, 0, 0, 0, 0, 0}},
        {"Mmad alone, BF16 128x256x64", brain_kernel, {128, 256, 64, 4, n, 0, 0, 0, 0, 0}},
        {"Mmad alone, FP16 128x256x128", half_kernel, {128, 256, 128, 2, n, 0, 0, 0, 0, 0}},
        {"LoadData + Mmad, FP16 128x256x64", half_kernel, {128, 256, 64, 4, n, 0, 1, 0, 0, 0}},
        {"LoadData + Mmad, BF16 128x256x64", brain_kernel, {128, 256, 64, 4, n, 0, 1, 0, 0, 0}},
        {"LoadData + Mmad, FP16 128x256x128", half_kernel, {128, 256, 128, 2, n, 0, 1, 0, 0, 0}},
        {"transposing LoadData + Mmad, FP16", half_kernel, {128, 256, 64, 4, n, 1, 1, 0, 0, 0}},
        {"transposing LoadData + Mmad, BF16", brain_kernel, {128, 256, 64, 4, n, 1, 1, 0, 0, 0}},
        {"all but Fixpipe, x2 as [n, k], FP16", half_kernel, {128, 256, 64, 4, n, 0, 1, 1, 0, 0}},
        {"all but Fixpipe, x2 as [k, n], FP16", half_kernel, {128, 256, 64, 4, n, 1, 1, 1, 0, 0}},
        {"all, x2 as [k, n], k = 1024, FP16", half_kernel, {128, 256, 64, 4, n, 1, 1, 1, 16, 0}},
        {"Mmad alone, INT8 128x256x128", byte_kernel, {128, 256, 128, 2, 4 * n, 0, 0, 0, 0, 0}},
        {"LoadData + Mmad, INT8 128x256x128", byte_kernel, {128, 256, 128, 2, 4 * n, 0, 1, 0, 0, 0}},
        {"transposing LoadData + Mmad, INT8", byte_kernel, {128, 256, 128, 2, 4 * n, 1, 1, 0, 0, 0}},
        {"all, x2 as [n, k], k = 2048, INT8", byte_kernel, {128, 256, 128, 2, 4 * n, 0, 1, 1, 16, 0}},
        {"all, x2 as [k, n], k = 2048, INT8", byte_kernel, {128, 256, 128, 2, 4 * n, 1, 1, 1, 16, 0}},
    };
    const DovetailMachine machine = {24, 512 << 10, 64 << 10, 64 << 10, 128 << 10, 192 << 10, 1 << 10, 7 << 10};
    std::vector<std::vector<double>> ratios(std::size(cases));
    std::vector<double> peaks;
    const auto measure = [&](size_t index) {
        Case &chosen = cases[index];
        void *arguments[] = {x1, x2, output, &chosen.stream};
        DovetailLaunch launch = {};
        launch.struct_size = sizeof(launch);
        launch.kernel = chosen.kernel;
        launch.argument_count = 4;
        launch.ranks = launch.local_ranks = 1;
        launch.arguments = arguments;
        launch.blocks = 1;
        launch.workers = 1;
        launch.machine = machine;
        char message[1024];
        if (dovetail_launch(&launch, message, sizeof(message)) != 0) {
            fprintf(stderr, "%s: %s\n", chosen.name, message);
            exit(1);
        }
        const Stream &s = chosen.stream;
        return 2.0 * s.m * s.n * s.k * s.repeats / s.seconds * 1e-9;
    };
    measure(0);
    for (int round = 0; round < rounds; ++round) {
        for (size_t i = 0; i < std::size(cases); ++i) {
            // Peak, stream, stream, peak: a drift of the clock cancels.
            const double before = Peak();
            const double first = measure(i);
            const double second = measure(i);
            const double after = Peak();
            peaks.push_back((before + after) / 2);
            ratios[i].push_back((first + second) / (before + after));
        }
    }
    printf("%s, float32 multiply-add peak %.1f GFLOP/s\n", dovetail_instruction_set(), Median(peaks));
    for (size_t i = 0; i < std::size(cases); ++i) {
        printf("%-42s %5.1f %% of the peak\n", cases[i].name, 100 * Median(ratios[i]));
    }
    return 0;
}
