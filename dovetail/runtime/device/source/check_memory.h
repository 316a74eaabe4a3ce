// What checked execution keeps from launch to launch, and shares between the processes of a communicator: who has
// accessed the windows, and what each rank knew when its last launch ended.
#ifndef DOVETAIL_SOURCE_CHECK_MEMORY_H
#define DOVETAIL_SOURCE_CHECK_MEMORY_H

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <mutex>

#include "access_table.h"
#include "dovetail/launch.h"

namespace dovetail {

class CheckMemory {
public:
    static uint64_t Bytes(uint32_t ranks, uint32_t cores, uint64_t window_bytes);

    // `memory` is Bytes() of zeros, or in use already.
    CheckMemory(void *memory, uint32_t ranks, uint32_t cores, uint64_t window_bytes);

    uint32_t components() const { return components_; }
    // The number of the last instruction of a component, between launches.
    uint32_t &number(Component component) { return numbers_[component]; }
    // What `rank` knew when its last launch ended; components() numbers.
    uint32_t *known(uint32_t rank) { return known_ + static_cast<uint64_t>(rank) * components_; }

    // What came of waiting for the lock. Died: who held it has, so that what it guards is in no known state.
    enum class Taken : uint8_t { Yes, NotYet, Died };
    // Guards all that follows.
    class Lock {
    public:
        Lock() = default;
        ~Lock();
        Lock(const Lock &) = delete;
        Lock &operator=(const Lock &) = delete;

        // Waits a moment at most.
        Taken Take(CheckMemory &memory);

    private:
        pthread_mutex_t *held_ = nullptr;
    };

    AccessTable window(uint32_t rank) { return {pool_, cells_ + rank * cells_of_window_}; }
    RecordPool &pool() { return pool_; }
    // A number that stands for the name of a source file in all processes.
    uint16_t FileNumber(const char *file);
    const char *FileName(uint16_t number) const { return header_->files[number]; }

private:
    static constexpr uint16_t kFiles = 16;
    static constexpr uint32_t kFileName = 256;
    struct Header {
        std::atomic<uint32_t> state;  // 0: nobody has been here; 1: being set up; 2: in use
        pthread_mutex_t mutex;
        char files[kFiles][kFileName];
    };

    const uint32_t components_;
    const uint64_t cells_of_window_;
    Header *header_;
    uint32_t *numbers_, *known_, *cells_;
    RecordPool pool_;
    const char *last_file_ = nullptr;
    uint16_t last_number_ = 0;
};

}  // namespace dovetail

#endif
