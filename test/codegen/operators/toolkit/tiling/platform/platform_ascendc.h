// Names and signatures of the vendor's header of this name.
#ifndef TOOLKIT_PLATFORM_ASCENDC_H
#define TOOLKIT_PLATFORM_ASCENDC_H

#include <cstdint>

namespace fe {
class PlatFormInfos;
}

namespace platform_ascendc {

class PlatformAscendC {
public:
    explicit PlatformAscendC(fe::PlatFormInfos *) {}
    uint32_t GetCoreNumAic(void) const { return 20; }
    uint32_t GetLibApiWorkSpaceSize(void) const { return 16 << 20; }
};

}  // namespace platform_ascendc

#endif
