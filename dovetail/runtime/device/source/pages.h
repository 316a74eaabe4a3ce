// Pages of anonymous memory for stacks and for the memories of cores, kept for the next launch when given back.
#ifndef DOVETAIL_SOURCE_PAGES_H
#define DOVETAIL_SOURCE_PAGES_H

#include <cstdint>
#include <utility>

namespace dovetail {

enum class PageUse : uint8_t {
    Stack,   // with an unreadable page below it
    Memory,  // in large pages where the system has them
};

// Owns pages, or none. Contents are what the last owner left.
class Pages {
public:
    Pages() = default;
    // Throws std::bad_alloc when the system has no more.
    Pages(uint64_t bytes, PageUse use);
    Pages(Pages &&other) noexcept { *this = std::move(other); }
    Pages &operator=(Pages &&other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        std::swap(use_, other.use_);
        return *this;
    }
    ~Pages();

    uint8_t *data() const { return data_; }
    uint64_t bytes() const { return bytes_; }

private:
    uint8_t *data_ = nullptr;
    uint64_t bytes_ = 0;
    PageUse use_ = PageUse::Stack;
};

}  // namespace dovetail

#endif
