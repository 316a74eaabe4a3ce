#pragma once
#include <cstdint>
#include "kernel_tiling/kernel_tiling.h"

struct GatherTiling {
    Mc2InitTiling mc2InitTiling;
    Mc2CcTiling mc2CcTiling;
    int64_t m;
    int64_t k;
};
