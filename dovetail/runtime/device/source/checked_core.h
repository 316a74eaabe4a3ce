// What checked execution knows of a core: the queues of its pipes, its flags, and who has accessed its memories.
#ifndef DOVETAIL_SOURCE_CHECKED_CORE_H
#define DOVETAIL_SOURCE_CHECKED_CORE_H

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "access_table.h"
#include "core.h"
#include "definedness.h"
#include "vector_clock.h"

namespace dovetail {

constexpr uint64_t kUnitBytes = 512;  // of L0C, that one unit flag stands for

constexpr size_t kQueueEntries = 32;  // of a pipe; a full queue stops the scalar unit

// What stands in the queue of a pipe.
struct Entry {
    enum class Kind : uint8_t {
        Instruction,
        Barrier,       // nothing later starts before all earlier is complete
        Set,           // of a flag of the core
        Wait,          // for a flag of the core
        CrossCoreSet,  // of a flag between cores
        Signal,        // the pipe is done with a buffer of a queue
        Await,         // the pipe may not start before the buffer has been signalled
        Learn,         // what is issued from here on comes after what `clock` knows
    };
    Kind kind;
    uint8_t mode = 0;      // of a CrossCoreSet
    uint32_t flag = 0;     // Set, Wait: event * kEventIds + id; CrossCoreSet: id; Signal, Await: index of the buffer
    uint32_t signals = 0;  // Await: so many must have come
    uint32_t issue = 0;    // Instruction: its place in the program of the core
    Location where = {};
    Clock clock = {};
    Instruction instruction = {};
};

// The queue of a pipe. It takes memory when it is first used, and keeps it.
class EntryQueue {
public:
    bool empty() const { return first_ == entries_.size(); }
    size_t size() const { return entries_.size() - first_; }
    Entry &front() { return entries_[first_]; }
    const Entry &front() const { return entries_[first_]; }
    void push_back(Entry entry) { entries_.push_back(std::move(entry)); }
    void pop_front() {
        if (++first_ == entries_.size()) {
            entries_.clear();
            first_ = 0;
        } else if (first_ == kMostPassed) {
            entries_.erase(entries_.begin(), entries_.begin() + kMostPassed);
            first_ = 0;
        }
    }

private:
    static constexpr size_t kMostPassed = 64;
    std::vector<Entry> entries_;
    size_t first_ = 0;
};

// An instruction that has started.
struct InFlight {
    uint32_t number;
    uint32_t issue;
    Clock clock;  // what happened before it
    Instruction instruction;
    bool checked = false;                   // its accesses have been, and a part of it may have taken effect
    std::vector<uint8_t> accumulator = {};  // what an Mmad adds to, if it has read that ahead of its end
};

// A set that takes effect when instructions up to `after` are complete.
struct PendingSet {
    uint32_t after;
    Entry entry;
    Clock clock;  // what had happened where it stands
};

struct PipeState {
    EntryQueue queue;
    std::vector<InFlight> in_flight;  // in the order of their numbers
    std::vector<PendingSet> sets;
    Clock start;           // what happens before whatever starts next
    uint32_t started = 0;  // number of the last that has started
    // What polls have learnt from counters, by the number of the poll: known to whoever knows that it is complete.
    // What every set from here on knows is in one piece.
    std::vector<std::pair<uint32_t, SharedCounts>> learnt;
    SharedCounts learnt_by_all;
    // The first copy to a peer's window since the last barrier of this pipe; 0 = none.
    uint32_t sent = 0;
    Location sent_at = {};
    uint32_t slowness = 0;  // it moves when so many random bits are zero
    Location stopped = {};  // the entry at its head that cannot start

    bool IsEmpty() const { return queue.empty() && in_flight.empty(); }
    // The number up to which all are complete.
    uint32_t Complete() const { return in_flight.empty() ? started : in_flight.front().number - 1; }
};

// A flag of the core: an event with an id.
struct FlagState {
    bool raised = false;
    Clock clock;  // of the set
    Location set_at = {};
    uint32_t waited = 0;  // number of the last wait, on the pipe that waits
    Location waited_at = {};
};

// A buffer of a queue, from one pipe to the next.
struct BufferState {
    uint32_t issued = 0, done = 0;  // signals
    Lane pipe = kScalar;            // of the last signal
    Clock clock;
};

// 64 bytes of global memory in the data cache of a core.
struct CacheLine {
    uint8_t bytes[64];
    uint64_t valid = 0, dirty = 0;  // a bit for each byte
    Location where = {};            // of the last store
};

struct CheckedCore {
    uint32_t number = 0;  // of the communicator: (rank * cores of the machine + block) * kCoresOfBlock + place
    PipeState pipes[kLanes];
    std::map<uint32_t, FlagState> flags;
    std::map<std::pair<const void *, int32_t>, uint32_t> buffer_indices;
    std::vector<BufferState> buffers;
    // Clocks of sets that have been issued and not yet used, in the order of the program; of arrivals that wait.
    std::map<std::pair<uint8_t, uint16_t>, std::deque<Clock>> cross_core_sets;
    std::deque<SharedCounts> cross_core_arrivals[kCrossCoreFlags];
    std::map<uint64_t, CacheLine> cache;
    // By the pipe that polls and the pipe that writes counters: number of the last write that has been read.
    std::map<std::pair<Lane, Component>, uint32_t> counters_read;

    std::vector<uint32_t> cells[static_cast<int>(Memory::Count)];
    Definedness defined[static_cast<int>(Memory::Count)];
    std::vector<uint8_t> unit_flags;  // of L0C, for each 512 bytes: whether a finished tile is in it

    uint32_t ready = 0;                           // bit for each lane that may be able to move
    uint32_t place_in_active = 0;                 // 1 + index among the active cores of the worker
    uint32_t calls_left = 0;                      // of the scalar before others may have a turn
    uint32_t awaited_flag = 0;                    // Wait::Flag
    Lane awaited_pipe = kScalar;                  // Wait::Queue
    uint32_t issued = 0;                          // instructions and scalar accesses
    uint32_t instructions = 0, at_last_poll = 0;  // issued now, and when the scalar last looked at a poll
    bool is_stopped = false;                      // its scalar has read what nobody wrote: it would go astray
    Location last_issue = {};                     // of the last instruction since PipeBarrier<PIPE_ALL>, or line 0
};

}  // namespace dovetail

#endif
