// Tiling structures that the communication interface wants at the start of a kernel's own tiling structure.
#ifndef DOVETAIL_KERNEL_TILING_H
#define DOVETAIL_KERNEL_TILING_H

#include <stdint.h>

// Filled in on the host by the vendor's tiling interface; opaque to kernels, and to this device.
#pragma pack(push, 8)
struct Mc2InitTiling {
    uint8_t reserved[64];
};
struct Mc2CcTiling {
    uint8_t reserved[280];
};
#pragma pack(pop)

namespace AscendC {
namespace tiling {
using ::Mc2CcTiling;
using ::Mc2InitTiling;
}  // namespace tiling
}  // namespace AscendC

#endif
