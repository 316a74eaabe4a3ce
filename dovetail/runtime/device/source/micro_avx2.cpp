#include "micro_kernels.h"
namespace dovetail {
const MicroKernels *Avx2Kernels() { return nullptr; }
}
