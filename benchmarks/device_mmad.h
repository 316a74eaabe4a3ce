// What the streams of cube instructions of both architectures share.
#ifndef DEVICE_MMAD_H
#define DEVICE_MMAD_H

#include <cstdint>
#include <ctime>

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

// Of architecture 3510, in a file of its own.
extern "C" {
void stream_e4m3(uint8_t *x1, uint8_t *x2, uint8_t *output, uint8_t *tiling);
void stream_e5m2(uint8_t *x1, uint8_t *x2, uint8_t *output, uint8_t *tiling);
void stream_hifloat8(uint8_t *x1, uint8_t *x2, uint8_t *output, uint8_t *tiling);
}

#endif
