// Compares the micro-kernels of every instruction set that runs here with the portable ones, bit for bit.
#include "micro_kernels.h"

#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

using namespace dovetail;

namespace {

int failures = 0;

template <typename T>
void Expect(const MicroKernels &kernels, const char *what, const std::vector<T> &got, const std::vector<T> &expected) {
    if (memcmp(got.data(), expected.data(), got.size() * sizeof(T)) != 0) {
        size_t at = 0;
        while (memcmp(&got[at], &expected[at], sizeof(T)) == 0) {
            ++at;
        }
        printf("%s: %s differs from element %zu of %zu on\n", kernels.name, what, at, got.size());
        ++failures;
    }
}

// Storage aligned as the memories of cores are.
template <typename T>
struct Aligned {
    explicit Aligned(size_t count) : storage(count * sizeof(T) + 64) {
        const size_t address = reinterpret_cast<size_t>(storage.data());
        data = reinterpret_cast<T *>(storage.data() + (64 - address % 64) % 64);
    }
    std::vector<uint8_t> storage;
    T *data;
};

template <typename T>
std::vector<T> Copy(const T *data, size_t count) {
    return std::vector<T>(data, data + count);
}

const uint32_t kSpecialFloats[] = {0x00000000, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffffffff,
                                   0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0x477fefff, 0x477ff000, 0x477fe000,
                                   0x387fc000, 0x38800000, 0x33000000, 0x33000001, 0x32ffffff, 0x33800000, 0x33c00000,
                                   0x3f808000, 0x3f818000, 0x3f807fff, 0x7f7f8000, 0x7f7f7fff, 0x7f80ffff, 0x7fff8000};

void CompareWidths(const MicroKernels &kernels, std::mt19937 &generator) {
    const MicroKernels &portable = PortableKernels();
    std::vector<uint16_t> all(65536);
    for (size_t i = 0; i < all.size(); ++i) {
        all[i] = static_cast<uint16_t>(i);
    }
    for (int type = 0; type < kNarrowTypes; ++type) {
        std::vector<uint32_t> got(65536), expected(65536);
        kernels.widen[type](reinterpret_cast<float *>(got.data()), all.data(), all.size());
        portable.widen[type](reinterpret_cast<float *>(expected.data()), all.data(), all.size());
        Expect(kernels, "widen", got, expected);

        for (uint32_t pitch = 16; pitch <= kernels.panel_columns; pitch += 16) {
            Aligned<uint32_t> panel(65536 / 16 * pitch), wanted(65536 / 16 * pitch);
            kernels.widen_panel[type](reinterpret_cast<float *>(panel.data), pitch, all.data(), kFractal, 256);
            portable.widen_panel[type](reinterpret_cast<float *>(wanted.data), pitch, all.data(), kFractal, 256);
            Expect(kernels, "widen_panel", Copy(panel.data, 65536 / 16 * pitch), Copy(wanted.data, 65536 / 16 * pitch));
        }

        // A tile of 32 rows and 70 columns of random bits and special numbers, in part and as a whole.
        constexpr uint32_t kRows = 32, kColumns = 80;
        std::vector<uint32_t> bits(kRows * kColumns);
        for (size_t i = 0; i < bits.size(); ++i) {
            bits[i] = i < std::size(kSpecialFloats) ? kSpecialFloats[i]
                      : i % 3 == 0                  ? 0x38000000 + generator() % 0x10000000
                                                    : static_cast<uint32_t>(generator());
        }
        for (const uint32_t rows : {1u, 7u, 32u}) {
            for (const uint32_t columns : {1u, 16u, 31u, 32u, 70u}) {
                for (const bool clamps : {false, true}) {
                    std::vector<uint16_t> got_tile(kRows * 77, 1), wanted_tile(kRows * 77, 1);
                    const float *from = reinterpret_cast<const float *>(bits.data());
                    kernels.narrow_tile[type](got_tile.data(), 77, from, kRows * 16, rows, columns, clamps);
                    portable.narrow_tile[type](wanted_tile.data(), 77, from, kRows * 16, rows, columns, clamps);
                    Expect(kernels, "narrow_tile", got_tile, wanted_tile);
                }
            }
        }
    }
}

void CompareCopies(const MicroKernels &kernels, std::mt19937 &generator) {
    const MicroKernels &portable = PortableKernels();
    std::vector<uint8_t> source(1 << 16);
    for (uint8_t &byte : source) {
        byte = static_cast<uint8_t>(generator());
    }
    for (const int64_t step : {512, 1536, 0, -512}) {
        std::vector<uint8_t> got(1 << 16), expected(1 << 16);
        const uint8_t *from = source.data() + 8192;
        kernels.copy_fractals(got.data(), 1024, from, step, 9);
        portable.copy_fractals(expected.data(), 1024, from, step, 9);
        Expect(kernels, "copy_fractals", got, expected);
        kernels.transpose_fractals(got.data(), 512, from, step, 9);
        portable.transpose_fractals(expected.data(), 512, from, step, 9);
        Expect(kernels, "transpose_fractals", got, expected);
    }
    for (const uint32_t rows : {1u, 5u, 8u, 16u, 27u}) {
        for (const uint64_t bytes : {0u, 32u, 64u, 96u, 512u, 800u}) {
            std::vector<uint8_t> got(1 << 16), expected(1 << 16);
            kernels.copy_to_columns(got.data(), 1024, source.data() + 6, 1002, rows, bytes);
            portable.copy_to_columns(expected.data(), 1024, source.data() + 6, 1002, rows, bytes);
            Expect(kernels, "copy_to_columns", got, expected);
        }
    }
}

// Small integers, which every order of summation gets exactly.
void CompareMultiply(const MicroKernels &kernels, std::mt19937 &generator) {
    for (const uint32_t rows : {16u, 48u}) {
        for (const uint32_t k : {1u, 16u, 37u, 64u}) {
            const uint32_t depth = (k + 15) / 16;
            std::vector<float> a(rows * depth * 16);
            for (float &value : a) {
                value = static_cast<float>(static_cast<int>(generator() % 9) - 4);
            }
            for (uint32_t width = 16; width <= kernels.panel_columns; width += 16) {
                for (const bool initialises : {false, true}) {
                    Aligned<float> panel(k * width), c(2 * rows * 16);
                    for (uint32_t i = 0; i < k * width; ++i) {
                        panel.data[i] = static_cast<float>(static_cast<int>(generator() % 9) - 4);
                    }
                    for (uint32_t i = 0; i < 2 * rows * 16; ++i) {
                        c.data[i] = static_cast<float>(i % 100);
                    }
                    std::vector<float> expected = Copy(c.data, 2 * rows * 16);
                    for (uint32_t row = 0; row < rows; ++row) {
                        for (uint32_t column = 0; column < width; ++column) {
                            float &sum = expected[column / 16 * rows * 16 + row * 16 + column % 16];
                            sum = initialises ? 0.0f : sum;
                            for (uint32_t i = 0; i < k; ++i) {
                                sum += a[(row / 16 * depth + i / 16) * kFractal + row % 16 * 16 + i % 16] *
                                       panel.data[i * width + column];
                            }
                        }
                    }
                    kernels.multiply(a.data(), depth * kFractal, panel.data, c.data,
                                     width == 32 ? c.data + rows * 16 : nullptr, rows, k, initialises);
                    Expect(kernels, "multiply", Copy(c.data, 2 * rows * 16), expected);
                }
            }
        }
    }
}

}  // namespace

int main() {
    std::mt19937 generator(1);
    std::vector<const MicroKernels *> tables = {&PortableKernels()};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c") && Avx2Kernels() != nullptr) {
        tables.push_back(Avx2Kernels());
    }
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && Avx512Kernels() != nullptr) {
        tables.push_back(Avx512Kernels());
    }
#endif
    for (const MicroKernels *kernels : tables) {
        CompareWidths(*kernels, generator);
        CompareCopies(*kernels, generator);
        CompareMultiply(*kernels, generator);
        printf("%s compared\n", kernels->name);
    }
    return failures == 0 ? 0 : 1;
}
