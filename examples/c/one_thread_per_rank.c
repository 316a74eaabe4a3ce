// aclnnAllGatherMatmulV2 with all ranks in this process, and a thread for each:
//
//     one_thread_per_rank --ranks 4
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "multiply.h"

enum { kMostRanks = 64 };

typedef struct {
    const Problem *problem;
    uint32_t rank;
    HcclComm comm;
    bool right;
} Rank;

static void *Run(void *argument) {
    Rank *self = argument;
    // The device, and with it the context, belongs to the thread.
    CHECK(self->rank, aclrtSetDevice((int32_t)self->rank));
    aclrtStream stream;
    CHECK(self->rank, aclrtCreateStream(&stream));
    self->right = Multiply(self->problem, self->rank, self->comm, stream);
    CHECK(self->rank, aclrtDestroyStream(stream));
    CHECK(self->rank, aclrtResetDevice((int32_t)self->rank));
    return NULL;
}

int main(int argc, char **argv) {
    Problem problem;
    if (!ReadProblem(argc, argv, &problem, NULL, NULL)) {
        return 2;
    }
    CHECK(0, aclInit(NULL));
    CHECK(0, aclrtSetDevice(0));
    int32_t devices[kMostRanks];
    HcclComm comms[kMostRanks];
    for (uint32_t rank = 0; rank < problem.ranks; ++rank) {
        devices[rank] = (int32_t)rank;
    }
    CHECK(0, HcclCommInitAll(problem.ranks, devices, comms));

    Rank ranks[kMostRanks];
    pthread_t threads[kMostRanks];
    for (uint32_t rank = 0; rank < problem.ranks; ++rank) {
        ranks[rank] = (Rank){&problem, rank, comms[rank], false};
        if (pthread_create(&threads[rank], NULL, Run, &ranks[rank]) != 0) {
            fprintf(stderr, "rank %u: no thread can be started\n", rank);
            return EXIT_FAILURE;
        }
    }
    bool right = true;
    for (uint32_t rank = 0; rank < problem.ranks; ++rank) {
        pthread_join(threads[rank], NULL);
        right = right && ranks[rank].right;
    }

    for (uint32_t rank = 0; rank < problem.ranks; ++rank) {
        CHECK(rank, HcclCommDestroy(comms[rank]));
    }
    CHECK(0, aclrtResetDevice(0));
    CHECK(0, aclFinalize());
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
