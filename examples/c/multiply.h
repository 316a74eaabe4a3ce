// One rank's part of a problem: aclnnAllGatherMatmulV2, from matrices on the host to a verdict. With FP16 in
// multiply.c, with INT8 in quantised.c.
#ifndef MULTIPLY_H
#define MULTIPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "acl/acl.h"
#include "check.h"
#include "hccl/hccl.h"
#include "problem.h"

// Runs the operator on a communicator's rank and says in one line what came out. Returns whether it is right.
bool Multiply(const Problem *problem, uint32_t rank, HcclComm comm, aclrtStream stream);

#endif
