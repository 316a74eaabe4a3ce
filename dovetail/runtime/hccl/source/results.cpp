#include "hccl/hccl.h"

extern "C" const char *HcclGetErrorString(HcclResult code) {
    switch (code) {
        case HCCL_SUCCESS:
            return "no error";
        case HCCL_E_PARA:
            return "invalid parameter";
        case HCCL_E_PTR:
            return "null pointer";
        case HCCL_E_MEMORY:
            return "memory error";
        case HCCL_E_INTERNAL:
            return "internal error";
        case HCCL_E_NOT_SUPPORT:
            return "not supported";
        case HCCL_E_NOT_FOUND:
            return "not found";
        case HCCL_E_UNAVAIL:
            return "not available";
        case HCCL_E_SYSCALL:
            return "system call failed";
        case HCCL_E_TIMEOUT:
            return "timed out";
        case HCCL_E_REMOTE:
            return "another rank failed";
        default:
            return "unknown error";
    }
}
