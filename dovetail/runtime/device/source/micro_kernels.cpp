#include "micro_kernels.h"

#include <cstdlib>
#include <cstring>

namespace dovetail {

namespace {

const MicroKernels &Choose() {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    const char *wanted = getenv("DOVETAIL_INSTRUCTION_SET");
    const MicroKernels *candidates[] = {
#if defined(__x86_64__)
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                __builtin_cpu_supports("avx512dq")
            ? Avx512Kernels()
            : nullptr,
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
            ? Avx2Kernels()
            : nullptr,
#endif
        &PortableKernels()};
    for (const MicroKernels *kernels : candidates) {
        if (kernels != nullptr && (wanted == nullptr || strcmp(wanted, kernels->name) == 0)) {
            return *kernels;
        }
    }
    return PortableKernels();
}

}  // namespace

const MicroKernels &Kernels() {
    static const MicroKernels &kernels = Choose();
    return kernels;
}

}  // namespace dovetail
