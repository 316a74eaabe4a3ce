#include "micro_bytes.h"

#include <cstdlib>
#include <cstring>

namespace dovetail {

namespace {

void Widen(uint16_t *to, const uint8_t *from, const Halves &table) {
    for (uint32_t line = 0; line < 16; ++line) {
        for (uint32_t part = 0; part < 2; ++part) {
            for (uint32_t i = 0; i < 16; ++i) {
                to[part * 256 + line * 16 + i] = table.halves[from[line * 32 + part * 16 + i]];
            }
        }
    }
}

WidenBytes Choose() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const char *wanted = getenv("DOVETAIL_INSTRUCTION_SET");
    const bool allowed = wanted == nullptr || strcmp(wanted, "avx512") == 0;
    if (allowed && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw") &&
        VbmiBytesToHalves() != nullptr) {
        return VbmiBytesToHalves();
    }
#endif
    return Widen;
}

}  // namespace

WidenBytes BytesToHalves() {
    static const WidenBytes chosen = Choose();
    return chosen;
}

}  // namespace dovetail
