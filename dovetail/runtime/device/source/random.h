// Random numbers that a seed determines on every machine (splitmix64).
#ifndef DOVETAIL_SOURCE_RANDOM_H
#define DOVETAIL_SOURCE_RANDOM_H

#include <cstdint>

namespace dovetail {

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t Next() {
        state_ += 0x9e3779b97f4a7c15;
        uint64_t mixed = state_;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
        return mixed ^ mixed >> 31;
    }
    // From 0 to bound - 1.
    uint32_t Below(uint32_t bound) { return static_cast<uint32_t>((Next() >> 32) * bound >> 32); }

private:
    uint64_t state_;
};

}  // namespace dovetail

#endif
