// The C interface of the device library: run one Ascend C kernel on some or all ranks of a communicator.
#ifndef DOVETAIL_LAUNCH_H
#define DOVETAIL_LAUNCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Memory that all ranks of a communicator share, zeroed once by whoever creates it, and handed to every launch.
#define DOVETAIL_CONTROL_BYTES 16384

#define DOVETAIL_MAX_ARGUMENTS 24
#define DOVETAIL_MAX_RANKS 64

// What the kernel runs on. Memories are in bytes: L1, L0A, L0B, L0C, BT and FB belong to each AIC, UB to each AIV.
typedef struct {
    uint32_t cores;  // AICs; a launch may not have more blocks
    uint64_t l1, l0a, l0b, l0c, ub, bt, fb;
} DovetailMachine;

// A tensor in global memory, as checked execution knows it.
typedef struct {
    const char *name;
    const void *address;
    uint64_t bytes;
    uint32_t rank;
    uint32_t access;  // DOVETAIL_INPUT, DOVETAIL_OUTPUT or both
} DovetailTensor;

#define DOVETAIL_INPUT 1   // holds something; a kernel that may not write it has DOVETAIL_INPUT alone
#define DOVETAIL_OUTPUT 2  // may be written; without DOVETAIL_INPUT nothing is in it before

#define DOVETAIL_MUTATED_LINES 16

// What calls of the kernel do instead of what is written: for tests of the checker.
typedef struct {
    uint32_t lines[DOVETAIL_MUTATED_LINES];  // of the synchronising calls; 0 ends them
    uint32_t change;                         // DOVETAIL_SKIP or what takes `value` instead
    uint32_t value;
} DovetailMutation;

#define DOVETAIL_SKIP 1
#define DOVETAIL_OTHER_ID 2     // of a flag
#define DOVETAIL_OTHER_EVENT 3  // a HardEvent
#define DOVETAIL_OTHER_PIPE 4   // a pipe_t, of a barrier or of CrossCoreSetFlag
#define DOVETAIL_OTHER_MODE 5   // of CrossCoreSetFlag; of SyncAll: whether of AIVs only
#define DOVETAIL_NEXT_SLOT 6    // of a flag: the id behind it, of `value` in a ring

// What a core issues, in the order of its program, or what becomes of it. A core is (rank * cores + block) * 3 + 0 for
// the AIC, 1 or 2 for the AIVs. A pipe is a pipe_t, but 6 for PIPE_FIX. Instructions of a pipe, waits for its flags,
// and accesses of the scalar unit have numbers, counted from 1 over all launches of a communicator.
typedef struct {
    uint32_t kind;
    uint32_t pipe;
    uint32_t core;
    uint32_t line;
    uint32_t number;
    uint64_t first, second;
} DovetailEvent;

#define DOVETAIL_BEGUN 1            // a launch, with `core` cores for each rank
#define DOVETAIL_ISSUED 2           // an instruction; first: 1 if the next one on its pipe waits for it
#define DOVETAIL_SET_FLAG 3         // first: HardEvent, second: id
#define DOVETAIL_WAIT_FLAG 4        // first: HardEvent, second: id
#define DOVETAIL_BARRIER 5          // pipe 7: of all
#define DOVETAIL_SET_CROSS_CORE 6   // first: mode, second: id
#define DOVETAIL_WAIT_CROSS_CORE 7  // second: id
#define DOVETAIL_SYNC_ALL 8         // first: 1 if of AIVs only
#define DOVETAIL_BY_SCALAR 9        // an access of the scalar unit
#define DOVETAIL_ENDED 10           // the program of a core; first: 1 if it takes part
#define DOVETAIL_STARTED 11         // instruction `number`; first: the row of `clocks` that says what is known
#define DOVETAIL_READ_COUNTER 12    // by instruction `number`; first: component that wrote it, second: number
#define DOVETAIL_READ 13            // by instruction `number`, of bytes [first, second) of memory `line`
#define DOVETAIL_WRITTEN 14
#define DOVETAIL_ADDED 15

// Events beyond the capacity are counted, but not kept.
typedef struct {
    DovetailEvent *events;
    uint64_t event_count, event_capacity;
    uint32_t *clocks;  // a number for each pipe of each core, in rows; may be NULL
    uint64_t clock_count, clock_capacity;
} DovetailTrace;

// Checked execution: asynchronous as on the device, in an order drawn from the seed, and every access checked.
typedef struct {
    uint64_t seed;
    uint32_t passes_races;   // 1: goes on after a race, so that its outcomes can be seen
    uint32_t moves_no_data;  // 1: nothing but counters is moved, for the protocol alone
    DovetailMutation mutation;
    const DovetailTensor *tensors;  // of local ranks; where a rank has none, global memory has no bounds
    uint32_t tensor_count;
    const char *source_lines;  // "line file:line" for each line of the kernel that has a line in the user's source
    // What lasts between launches of a communicator and is shared between its processes, zeroed once:
    // dovetail_check_bytes of it; NULL = this launch is the only one.
    void *memory;
    DovetailTrace *trace;  // NULL: none is kept
} DovetailCheck;

uint64_t dovetail_check_bytes(uint32_t ranks, uint32_t cores, uint64_t window_bytes);

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
    void *control;  // DOVETAIL_CONTROL_BYTES; NULL where all ranks are local and nothing lasts between launches
    double timeout_seconds;  // without progress of any rank; 0 = never; only where other processes take part
    // Asked now and then about each rank of another process that has not ended the launch. 1, with a message: to wait
    // for it is in vain. -1: it is busy elsewhere, and the time-out starts anew.
    int (*fault_of_peer)(void *peers, uint32_t rank, char *message, uint64_t message_size);
    void *peers;
    const DovetailCheck *check;  // NULL: instructions take effect at once, and little is checked
} DovetailLaunch;

// Runs the kernel to its end, on threads of its own. Returns 0, or not 0 with a message: what went wrong, on which
// core, at which line.
int dovetail_launch(const DovetailLaunch *launch, char *message, uint64_t message_size);

// The same in steps, for callers that bring the threads. What `launch` points to must last until the end.
typedef struct DovetailRun DovetailRun;
DovetailRun *dovetail_launch_begin(const DovetailLaunch *launch, char *message, uint64_t message_size);  // or NULL
uint32_t dovetail_launch_workers(const DovetailRun *run);
// Each worker from 0 on is run once, all at the same time.
void dovetail_launch_work(DovetailRun *run, uint32_t worker);
// When all workers have returned. Returns as dovetail_launch does.
int dovetail_launch_end(DovetailRun *run, char *message, uint64_t message_size);

// Has every launch that shares this control memory fail, now and later; the first message stays.
void dovetail_control_fail(void *control, const char *message);
// The first failure, or NULL.
const char *dovetail_control_failure(const void *control);

// Name of the instruction set whose micro-kernels run here: "avx512", "avx2" or "portable".
const char *dovetail_instruction_set(void);

#ifdef __cplusplus
}
#endif

#endif
