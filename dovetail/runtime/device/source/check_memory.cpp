#include "check_memory.h"

#include <sched.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "core.h"

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

CheckMemory::Taken CheckMemory::Lock::Take(CheckMemory &memory) {
    pthread_mutex_t &mutex = memory.header_->mutex;
    int code = pthread_mutex_trylock(&mutex);
    if (code == EBUSY) {
        constexpr long kMoment = 10'000'000, kSecond = 1'000'000'000;  // nanoseconds
        timespec until = {};
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += kMoment;
        until.tv_sec += until.tv_nsec / kSecond;
        until.tv_nsec %= kSecond;
        code = pthread_mutex_timedlock(&mutex, &until);
    }
    if (code == EOWNERDEAD) {
        pthread_mutex_consistent(&mutex);
        pthread_mutex_unlock(&mutex);
        return Taken::Died;
    }
    if (code != 0) {
        return Taken::NotYet;
    }
    held_ = &mutex;
    return Taken::Yes;
}

CheckMemory::Lock::~Lock() {
    if (held_ != nullptr) {
        pthread_mutex_unlock(held_);
    }
}

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
