// Prints what the runtime makes of its environment, for test_acl.py.
#include <cstdio>

#include "acl/acl.h"

int main(int, char **) {
    const auto show_message = [] {
        const char *const message = aclGetRecentErrMsg();
        if (message != nullptr) {
            printf("%s\n", message);
        }
    };
    printf("aclInit %d\n", aclInit(nullptr));
    show_message();

    uint32_t count = 0;
    const char *const machine = aclrtGetSocName();
    const aclError code = aclrtGetDeviceCount(&count);
    printf("%s %u\n", machine == nullptr ? "(null)" : machine, code == ACL_SUCCESS ? count : code);
    aclGetRecentErrMsg();

    size_t unused, memory = 0;
    const aclError set = aclrtSetDevice(0);
    printf("aclrtSetDevice %d", set);
    if (set == ACL_SUCCESS && aclrtGetMemInfo(ACL_HBM_MEM, &unused, &memory) == ACL_SUCCESS) {
        printf(" %zu", memory);
    }
    printf("\n");
    show_message();
}
