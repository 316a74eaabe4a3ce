// One rank's part of a problem: aclnnAllGatherMatmulV2, from matrices on the host to a verdict.
#ifndef MULTIPLY_H
#define MULTIPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "acl/acl.h"
#include "hccl/hccl.h"
#include "problem.h"

// Calls a function of ACL, HCCL or aclnn. All of them return 0 or a code, and leave a message for the calling thread.
#define CHECK(rank, call) Check((rank), #call, (int)(call))
// Ends the program with a message if the code is not 0.
void Check(uint32_t rank, const char *call, int code);

// Runs the operator on a communicator's rank and says in one line what came out. Returns whether it is right.
bool Multiply(const Problem *problem, uint32_t rank, HcclComm comm, aclrtStream stream);

#endif
