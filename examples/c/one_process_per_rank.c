// aclnnAllGatherMatmulV2 with a process for each rank. Start it once for every rank, all with the same key:
//
//     for rank in 0 1 2 3; do one_process_per_rank --rank $rank --ranks 4 --key my-job & done; wait
//
// In C, because that is the language of the interface. Programs in C++ call it in the same way.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "multiply.h"

int main(int argc, char **argv) {
    Problem problem;
    uint32_t rank;
    const char *key;
    if (!ReadProblem(argc, argv, &problem, &rank, &key)) {
        return 2;
    }

    // Ranks find each other by a string that all of them know. HcclGetRootInfo would make one that no other job has,
    // but rank 0 would then have to send it to the others.
    HcclRootInfo root_info;
    if (strlen(key) >= sizeof(root_info.internal)) {
        fprintf(stderr, "--key has %zu characters; allowed are %zu\n", strlen(key), sizeof(root_info.internal) - 1);
        return 2;
    }
    strcpy(root_info.internal, key);

    CHECK(rank, aclInit(NULL));
    CHECK(rank, aclrtSetDevice((int32_t)rank));
    aclrtStream stream;
    CHECK(rank, aclrtCreateStream(&stream));
    HcclComm comm;
    CHECK(rank, HcclCommInitRootInfo(problem.ranks, &root_info, rank, &comm));  // returns when all ranks have come

    const bool right = Multiply(&problem, rank, comm, stream);

    CHECK(rank, HcclCommDestroy(comm));
    CHECK(rank, aclrtDestroyStream(stream));
    CHECK(rank, aclrtResetDevice((int32_t)rank));
    CHECK(rank, aclFinalize());
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
