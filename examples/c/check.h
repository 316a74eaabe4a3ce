// What the examples do with the codes that functions return.
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>

// Calls a function of ACL, HCCL or aclnn. All of them return 0 or a code, and leave a message for the calling thread.
#define CHECK(rank, call) Check((rank), #call, (int)(call))
// Ends the program with a message if the code is not 0.
void Check(uint32_t rank, const char *call, int code);

#endif
