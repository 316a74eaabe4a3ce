// The C interface of the device library: run one Ascend C kernel on some or all ranks of a communicator.
#ifndef DOVETAIL_LAUNCH_H
#define DOVETAIL_LAUNCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Shared memory, zeroed once by whoever creates it, that ranks in several processes hand to every launch.
#define DOVETAIL_CONTROL_BYTES 16384

#define DOVETAIL_MAX_ARGUMENTS 24
#define DOVETAIL_MAX_RANKS 64

// What the kernel runs on. Memories are in bytes: L1, L0A, L0B, L0C, BT and FB belong to each AIC, UB to each AIV.
typedef struct {
    uint32_t cores;  // AICs; a launch may not have more blocks
    uint64_t l1, l0a, l0b, l0c, ub, bt, fb;
} DovetailMachine;

typedef struct {
    uint32_t struct_size;              // sizeof(DovetailLaunch) of the caller
    void *kernel;                      // address of the extern "C" entry; all its parameters are GM_ADDR
    uint32_t argument_count;           // 1..DOVETAIL_MAX_ARGUMENTS
    uint32_t ranks;                    // of the communicator, 1..DOVETAIL_MAX_RANKS
    uint32_t first_rank, local_ranks;  // this process runs ranks [first_rank, first_rank + local_ranks)
    void *const *arguments;            // [local_ranks][argument_count]
    void *const *windows;              // [ranks], mapped in this process; NULL if the kernel uses none
    uint64_t window_bytes;             // of each window
    uint32_t blocks;                   // of each rank: 1 AIC + 2 AIV each
    uint32_t workers;                  // threads; 0 = one per physical core; never more than local_ranks
    double link_bytes_per_second;      // of each directed pair of ranks; 0 = transfers take no time of their own
    DovetailMachine machine;
    void *control;           // NULL, or DOVETAIL_CONTROL_BYTES of shared memory when ranks are processes
    double timeout_seconds;  // without progress of any rank; only where other processes take part
} DovetailLaunch;

// Runs the kernel to its end. Returns 0, or not 0 with a message: what went wrong, on which core, at which line.
int dovetail_launch(const DovetailLaunch *launch, char *message, uint64_t message_size);

// Name of the instruction set whose micro-kernels run here: "avx512", "avx2" or "portable".
const char *dovetail_instruction_set(void);

#ifdef __cplusplus
}
#endif

#endif
