#include "control.h"

#include <cstring>

namespace dovetail {

void Control::Fail(const char *text) {
    uint32_t nobody = 0;
    if (failing.compare_exchange_strong(nobody, 1)) {
        strncpy(message, text, sizeof(message) - 1);
        message[sizeof(message) - 1] = '\0';
        failed.store(1, std::memory_order_release);
    }
}

bool Control::AllIdle(uint32_t count, uint64_t launch) const {
    const uint64_t now = progress.load();
    for (uint32_t rank = 0; rank < count; ++rank) {
        if (ranks[rank].started.load() < launch) {
            return false;
        }
        if (ranks[rank].finished.load() < launch && ranks[rank].idle_at.load() != now + 1) {
            return false;
        }
    }
    return progress.load() == now;
}

}  // namespace dovetail
