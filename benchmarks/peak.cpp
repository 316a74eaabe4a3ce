// The most float32 multiply-adds that a number of cores do in a second: independent chains that never leave registers.
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
typedef float Vector __attribute__((vector_size(kLanes * sizeof(float))));

constexpr int kChains = 12;  // more than the latency of a multiply-add times the units, fewer than there are registers

static double Now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Multiply-adds per second of this core, over `seconds`.
static double OneCore(double seconds) {
    Vector chain[kChains] = {};
    Vector factor = {}, term = {};
    factor += 0.999f;
    term += 0.5f;
    int64_t rounds = 0;
    const double start = Now();
    double now = start;
    while (now - start < seconds) {
        for (int repeat = 0; repeat < 10000; ++repeat) {
            for (int i = 0; i < kChains; ++i) {
                chain[i] = chain[i] * factor + term;
            }
        }
        rounds += 10000;
        now = Now();
    }
    Vector sum = {};
    for (const Vector &each : chain) {
        sum += each;
    }
    volatile float sink = sum[0];
    static_cast<void>(sink);
    return static_cast<double>(rounds) * kChains * kLanes / (now - start);
}

// Floating-point operations per second of `cores` cores that work at the same time; a multiply-add counts as two.
extern "C" double fma_peak(int cores, double seconds) {
    std::vector<double> rates(cores);
    std::vector<std::thread> threads;
    for (int core = 0; core < cores; ++core) {
        threads.emplace_back([&rates, core, seconds] { rates[core] = OneCore(seconds); });
    }
    double sum = 0;
    for (int core = 0; core < cores; ++core) {
        threads[core].join();
        sum += rates[core];
    }
    return 2 * sum;
}
