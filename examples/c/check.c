#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acl/acl.h"

void Check(uint32_t rank, const char *call, int code) {
    if (code != 0) {
        const char *message = aclGetRecentErrMsg();
        const int name_length = (int)strcspn(call, "(");
        fprintf(stderr, "rank %u: %.*s returned %d\n%s\n", rank, name_length, call, code,
                message != NULL ? message : "no message");
        exit(EXIT_FAILURE);
    }
}
