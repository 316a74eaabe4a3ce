// Which kernel a shape gets, and how kernels are found and loaded.
#include "aclnn/source/kernels.h"

#include <string>
#include <thread>
#include <vector>

#include "../acl/check.h"

using namespace dovetail;

namespace {

constexpr uint64_t kHalf = Key({ACL_FLOAT16}, {false, false});
constexpr uint64_t kTransposed = Key({ACL_FLOAT16}, {true, false});

Kernel kernels[] = {
    {"large", kHalf, 128, 256, 128, 8000},  {"medium", kHalf, 64, 128, 128, 3491},
    {"narrow", kHalf, 128, 64, 128, 3491},  {"short", kHalf, 16, 512, 128, 9600},
    {"other", kTransposed, 16, 16, 128, 1},
};
// Beside the program, which holds the package.
Package package("aclnnTest", "ascend910b", "test_kernel", "kernels", kernels, {"x1"},
                {"x2 transposed", "no gatherOut"});

void KeysDiffer() {
    const uint64_t keys[] = {
        Key({ACL_FLOAT16}, {false, false}), Key({ACL_FLOAT16}, {true, false}), Key({ACL_FLOAT16}, {false, true}),
        Key({ACL_BF16}, {false, false}),    Key({ACL_FLOAT}, {false, false}),  Key({ACL_FLOAT16, ACL_FLOAT}, {false}),
    };
    for (const uint64_t &one : keys) {
        for (const uint64_t &other : keys) {
            CHECK((&one == &other) == (one == other));
        }
    }
}

// m, n, ranks, cores: the costs worked out by hand from the formula in docs/operator.md.
void LeastCostWins() {
    const auto chosen = [](int64_t m, int64_t n, int64_t ranks, int64_t cores) {
        return std::string(LeastCost(package, kHalf, m, n, ranks, cores)->name);
    };
    // large 8 * 16 = 128 tiles, 7 waves, 56; medium 16 * 32 = 512, 26, 91; narrow 8 * 64 = 512, 26; short 64 * 8, 26,
    // 250
    CHECK_EQUAL(chosen(512, 4096, 2, 20), "large");
    // large 2 * 16 = 32 tiles, 2 waves, 16; medium 2 * 32, 4, 14; narrow 2 * 64, 7, 24; short 2 * 8, 1, 9.6
    CHECK_EQUAL(chosen(1, 4096, 8, 20), "short");
    // large 4 * 4 = 16 tiles, 8; medium 8 * 8 = 64, 4 waves, 14; narrow 4 * 16 = 64, 4; short 32 * 2, 4, 38
    CHECK_EQUAL(chosen(128, 1024, 4, 20), "large");
    // large 16, 8; medium 32 tiles, 2 waves, 7; narrow 16 tiles, 1 wave, 3.5
    CHECK_EQUAL(chosen(512, 64, 4, 20), "narrow");
    // medium 2 tiles, 1 wave, 3.5, as narrow
    CHECK_EQUAL(chosen(1, 16, 2, 20), "medium");
    // 64 is divided by medium: 2 tiles of rows; large spans ranks: 1 + 1. large 2 * 4 = 8, 8; medium 2 * 8 = 16, 3.5
    CHECK_EQUAL(chosen(64, 1024, 2, 20), "medium");
    // Rows that travel in more than one piece do not share tiles: large 2 * 2 * 5 = 20 tiles, one wave of 20 cores, 8.
    CHECK_EQUAL(chosen(130, 1280, 2, 20), "large");
    CHECK(LeastCost(package, Key({ACL_INT8}, {false, false}), 1, 1, 2, 20) == nullptr);
    CHECK_EQUAL(std::string(LeastCost(package, kTransposed, 512, 512, 2, 20)->name), "other");
    // No shape is too large to count.
    CHECK(LeastCost(package, kHalf, int64_t{1} << 31, int64_t{1} << 24, 8, 20) != nullptr);
}

void ObjectsAreLoadedOnce() {
    std::vector<std::thread> threads;
    std::vector<const LoadedKernel *> loaded(4);
    for (size_t number = 0; number < loaded.size(); ++number) {
        threads.emplace_back([&, number] {
            std::string fault;
            loaded[number] = Load(package, kernels[0], &fault);
            CHECK_EQUAL(fault, "");
        });
    }
    for (std::thread &each : threads) {
        each.join();
    }
    for (const LoadedKernel *each : loaded) {
        CHECK(each != nullptr && each == loaded[0]);
    }
    CHECK_EQUAL(loaded[0]->tiling_bytes, 48u);
    CHECK_EQUAL(loaded[0]->fill(nullptr, 0, 0, 0, nullptr, nullptr, 0), 7);
}

void WhatCannotBeLoadedIsSaid() {
    const auto fault_of = [](Kernel &kernel) {
        std::string fault;
        CHECK(Load(package, kernel, &fault) == nullptr);
        return fault;
    };
    CHECK_SAYS(fault_of(kernels[1]), "/kernels/medium.so");  // is not there
    CHECK_SAYS(fault_of(kernels[2]), "/kernels/narrow.so is no kernel test_kernel");
    CHECK_SAYS(fault_of(kernels[3]), "/kernels/short.so has a tiling of 100000 bytes");
}

}  // namespace

int main() {
    KeysDiffer();
    LeastCostWins();
    ObjectsAreLoadedOnce();
    WhatCannotBeLoadedIsSaid();
    puts("kernels are well");
}
