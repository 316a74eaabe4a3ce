/* What HCCL and ACL have no call for: communicators with options, and kernels of any kind launched on their ranks. */
#ifndef DOVETAIL_KERNELS_H
#define DOVETAIL_KERNELS_H

#include <stdint.h>

#include "acl/acl.h"
#include "dovetail/launch.h"
#include "hccl/hccl.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct {
    uint32_t struct_size;         /* sizeof(DovetailCommOptions) of the caller */
    const char *machine;          /* a name of dovetail/target/machine.py; NULL = what the devices are */
    uint64_t window_bytes;        /* of each rank; 0 = as HCCL_BUFFSIZE says */
    uint32_t workers;             /* threads that run the ranks of this process; 0 = one per physical core */
    double link_bytes_per_second; /* of each directed pair of ranks; 0 = transfers take no time of their own */
    double timeout_seconds;       /* that ranks wait without progress; 0 = as DOVETAIL_TIMEOUT says */
    uint32_t mode;                /* DOVETAIL_FAST, DOVETAIL_CHECKED; 0 = as DOVETAIL_MODE says */
    const DovetailCheck *check;   /* how launches are checked, but for tensors and memory; NULL = with DOVETAIL_SEED */
} DovetailCommOptions;

#define DOVETAIL_FAST 1
#define DOVETAIL_CHECKED 2

/* Like HcclCommInitAll: all ranks in this process, rank r on device r. */
HcclResult dovetail_comm_init_all(uint32_t ranks, const DovetailCommOptions *options, HcclComm *comms);
/* Like HcclCommInitRootInfo: this rank only, on the device of the thread's context. */
HcclResult dovetail_comm_init(uint32_t ranks, const HcclRootInfo *root_info, uint32_t rank,
                              const DovetailCommOptions *options, HcclComm *comm);

typedef struct {
    uint32_t ranks, rank;
    int32_t device;
    uint64_t window_bytes;
    double timeout_seconds;
    uint32_t cores;      /* of the machine: the most blocks of a launch */
    const char *machine; /* its name */
    const char *family;  /* the target that its code is generated for */
} DovetailCommFacts;

/* Facts of a communicator; the strings live for ever. */
HcclResult dovetail_comm_facts(HcclComm comm, DovetailCommFacts *facts);
/* The communicator of this name on a device, or NULL. `others` is 1 if other devices of this process have it. */
HcclComm dovetail_comm_find(const char *name, int32_t device, int32_t *others);
/* What made the communicator fail first, or NULL while it works. Lives as long as the communicator. */
const char *dovetail_comm_failure(HcclComm comm);
/* Where the window of a rank lies in this process. */
void *dovetail_comm_window(HcclComm comm, uint32_t rank);

typedef struct {
    const char *name;    /* for messages */
    const void *address; /* device memory that the kernel reads or writes */
    uint64_t bytes;
    uint32_t access; /* DOVETAIL_INPUT, DOVETAIL_OUTPUT; 0 = both */
} DovetailRegion;

typedef struct {
    uint32_t struct_size;          /* sizeof(DovetailKernelLaunch) of the caller */
    const char *name;              /* of the operator, for messages */
    const char *description;       /* what ranks must agree on, and what a message shows when they do not */
    void *entry;                   /* the kernel's extern "C" entry */
    void *const *arguments;        /* device addresses, but for the tiling struct, which comes behind them */
    uint32_t argument_count;       /* without the tiling struct */
    const void *tiling;            /* copied */
    uint64_t tiling_bytes;         /* */
    uint32_t blocks;               /* the same on all ranks */
    const DovetailRegion *regions; /* checked now, and again when the launch begins */
    uint32_t region_count;
} DovetailKernelLaunch;

/* Queues a launch of this rank and returns. ACL_SUCCESS, or a code and a recent message: a bad argument, or a
   communicator that has failed. What goes wrong later reaches the next synchronisation of the stream. */
aclError dovetail_launch_kernel(HcclComm comm, const DovetailKernelLaunch *launch, aclrtStream stream);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
