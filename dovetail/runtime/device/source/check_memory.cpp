#include "check_memory.h"

#include <sched.h>

#include <cstring>
#include <stdexcept>

namespace dovetail {

namespace {

// Room for records of accesses to windows: address space, of which only what is used becomes memory.
constexpr uint64_t kPoolBytes = uint64_t{1} << 30;
constexpr uint64_t kAlignment = 4096;

uint64_t Aligned(uint64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

uint32_t ComponentsOf(uint32_t ranks, uint32_t cores) { return ranks * cores * kCoresOfBlock * kLanes; }

struct Layout {
    uint64_t numbers, known, cells, pool, end;

    Layout(uint64_t header_bytes, uint32_t ranks, uint32_t components, uint64_t cells_of_window) {
        const uint64_t clock = components * sizeof(uint32_t);
        numbers = Aligned(header_bytes);
        known = Aligned(numbers + clock);
        cells = Aligned(known + ranks * clock);
        pool = Aligned(cells + ranks * cells_of_window * sizeof(uint32_t));
        end = pool + kPoolBytes;
    }
};

uint64_t CellsOf(uint64_t window_bytes) { return (window_bytes + kCellBytes - 1) / kCellBytes; }

uint8_t *At(void *memory, uint64_t offset) { return static_cast<uint8_t *>(memory) + offset; }

}  // namespace

uint64_t CheckMemory::Bytes(uint32_t ranks, uint32_t cores, uint64_t window_bytes) {
    return Layout(sizeof(Header), ranks, ComponentsOf(ranks, cores), CellsOf(window_bytes)).end;
}

CheckMemory::CheckMemory(void *memory, uint32_t ranks, uint32_t cores, uint64_t window_bytes)
    : components_(ComponentsOf(ranks, cores)),
      cells_of_window_(CellsOf(window_bytes)),
      header_(static_cast<Header *>(memory)),
      pool_(At(memory, Layout(sizeof(Header), ranks, components_, cells_of_window_).pool), kPoolBytes, components_) {
    const Layout layout(sizeof(Header), ranks, components_, cells_of_window_);
    numbers_ = reinterpret_cast<uint32_t *>(At(memory, layout.numbers));
    known_ = reinterpret_cast<uint32_t *>(At(memory, layout.known));
    cells_ = reinterpret_cast<uint32_t *>(At(memory, layout.cells));
    uint32_t nobody = 0;
    if (header_->state.compare_exchange_strong(nobody, 1)) {
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(&header_->mutex, &attributes);
        pthread_mutexattr_destroy(&attributes);
        header_->state.store(2);
    }
    while (header_->state.load() != 2) {
        sched_yield();
    }
}

CheckMemory::Lock::Lock(CheckMemory &memory) : mutex_(memory.header_->mutex) {
    if (pthread_mutex_lock(&mutex_) == EOWNERDEAD) {
        // Whoever waits for the dead rank will say that it died; nothing that is decided from here on is believed.
        pthread_mutex_consistent(&mutex_);
        pthread_mutex_unlock(&mutex_);
        throw std::runtime_error("a rank died while it recorded an access");
    }
}

CheckMemory::Lock::~Lock() { pthread_mutex_unlock(&mutex_); }

uint16_t CheckMemory::FileNumber(const char *file) {
    if (file == last_file_) {
        return last_number_;
    }
    uint16_t number = 0;
    while (number + 1 < kFiles && header_->files[number][0] != '\0' &&
           strncmp(header_->files[number], file, kFileName - 1) != 0) {
        ++number;
    }
    strncpy(header_->files[number], file, kFileName - 1);
    last_file_ = file;
    last_number_ = number;
    return number;
}

}  // namespace dovetail
