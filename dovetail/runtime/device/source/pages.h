// Pages of anonymous memory for stacks and for the memories of cores, kept for the next launch when given back.
#ifndef DOVETAIL_SOURCE_PAGES_H
#define DOVETAIL_SOURCE_PAGES_H

#include <cstdint>

namespace dovetail {

enum class PageUse : uint8_t {
    Stack,   // with an unreadable page below it
    Memory,  // in large pages where the system has them
};

// Contents are what the last user left. Throws std::bad_alloc when the system has no more.
uint8_t *TakePages(uint64_t bytes, PageUse use);
void ReleasePages(uint8_t *pages, uint64_t bytes, PageUse use);

}  // namespace dovetail

#endif
