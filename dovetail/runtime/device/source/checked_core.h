// What checked execution knows of a core: the queues of its pipes, its flags, and who has accessed its memories.
#ifndef DOVETAIL_SOURCE_CHECKED_CORE_H
#define DOVETAIL_SOURCE_CHECKED_CORE_H

#include <algorithm>
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
        Learn,         // what is issued from here on comes after what `learnt` says
    };
    Kind kind;
    uint8_t mode;      // of a CrossCoreSet
    uint32_t flag;     // Set, Wait: event * kEventIds + id; CrossCoreSet: id; Signal, Await: index of the buffer
    uint32_t signals;  // Await: so many must have come
    Location where;
    SharedCounts learnt;
};

// An instruction, and its place in the program of its core.
struct Issued {
    uint32_t issue;
    Instruction instruction;
};

// First in, first out, in memory that is kept: whoever takes a place fills it.
template <typename T>
class Ring {
public:
    bool empty() const { return size_ == 0; }
    size_t size() const { return size_; }
    T &front() { return places_[first_]; }
    const T &front() const { return places_[first_]; }
    // The new place at the end, with whatever is in it.
    T &push_back() {
        if (size_ == places_.size()) {
            std::rotate(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(first_), places_.end());
            first_ = 0;
            places_.resize(size_ == 0 ? kFirstPlaces : 2 * size_);
        }
        return places_[(first_ + size_++) & (places_.size() - 1)];
    }
    void pop_front() {
        first_ = (first_ + 1) & (places_.size() - 1);
        --size_;
    }

private:
    static constexpr size_t kFirstPlaces = 4;
    std::vector<T> places_;  // as many as a power of two
    size_t first_ = 0, size_ = 0;
};

// The queue of a pipe.
class EntryQueue {
public:
    bool empty() const { return entries_.empty(); }
    size_t size() const { return entries_.size(); }
    const Entry &front() const { return entries_.front(); }
    // A new entry at the end, of which its kind may want more.
    Entry &Push(Entry::Kind kind, uint32_t flag, Location where) {
        Entry &entry = entries_.push_back();
        entry.kind = kind;
        entry.flag = flag;
        entry.where = where;
        return entry;
    }
    void Push(uint32_t issue, const Instruction &instruction) {
        Push(Entry::Kind::Instruction, 0, instruction.where);
        instructions_.push_back() = {issue, instruction};
    }
    // The one at the front.
    const Issued &instruction() const { return instructions_.front(); }
    void pop_front() {
        if (entries_.front().kind == Entry::Kind::Instruction) {
            instructions_.pop_front();
        }
        entries_.front().learnt = {};
        entries_.pop_front();
    }

private:
    Ring<Entry> entries_;
    Ring<Issued> instructions_;
};

// An instruction that has started.
struct InFlight {
    InFlight(uint32_t number, const Clock &clock, const Issued &issued)
        : number(number), issue(issued.issue), clock(clock), instruction(issued.instruction) {}

    uint32_t number;
    uint32_t issue;
    bool checked = false;  // its accesses have been, and a part of it may have taken effect
    Clock clock;           // what happened before it
    Instruction instruction;
    std::vector<uint8_t> accumulator;  // what an Mmad adds to, if it has read that ahead of its end
};

// A set that takes effect when instructions up to `after` are complete.
struct PendingSet {
    uint32_t after;
    Entry::Kind kind;
    uint8_t mode;
    uint32_t flag;
    Location where;
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

    // As at the start of a launch, but for the memory that it has.
    void Clear();
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

// The flags of a core that have been used.
class FlagTable {
public:
    // `flag` is event * kEventIds + id. What this returns moves when another flag is used for the first time.
    FlagState &operator[](uint32_t flag) {
        uint16_t &place = places_[flag];
        if (place == 0) {
            used_.emplace_back(flag, FlagState{});
            place = static_cast<uint16_t>(used_.size());
        }
        return used_[place - 1].second;
    }
    const std::vector<std::pair<uint32_t, FlagState>> &used() const { return used_; }
    void clear() {
        for (const auto &[flag, state] : used_) {
            places_[flag] = 0;
        }
        used_.clear();
    }

private:
    uint16_t places_[kEvents * kEventIds] = {};  // 1 + index, or 0
    std::vector<std::pair<uint32_t, FlagState>> used_;
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

// Waits of a core for a flag between cores that it has passed, in their order, and how often the flag has been set for
// it.
struct CrossCoreWaits {
    std::vector<uint32_t> passed;  // numbers in the lane of waits
    uint32_t arrivals = 0;
};

// Waits for flags between cores are numbered in the lane of a pipe that this kind of core has not: what knows such a
// number knows that the wait is over.
constexpr Lane LaneOfWaits(CoreKind kind) { return kind == CoreKind::Cube ? kVector : kCube; }

// How far a core has come in its launch.
struct Progress {
    uint32_t ready = 0;                           // bit for each lane that may be able to move
    uint32_t place_in_active = 0;                 // 1 + index among the active cores of the worker
    uint32_t calls_left = 0;                      // of the scalar before others may have a turn
    uint32_t awaited_flag = 0;                    // Wait::Flag
    Lane awaited_pipe = kScalar;                  // Wait::Queue
    uint32_t issued = 0;                          // instructions and scalar accesses
    uint32_t instructions = 0, at_last_poll = 0;  // issued now, and when the scalar last looked at a poll
    // Since the scalar last looked at a poll it has done nothing that leaves traces outside of its stack and registers.
    bool only_polls = false;
    // As long as what it polls holds, its program comes back to this poll in the same state.
    bool polls_for_ever = false;
    bool is_stopped = false;                      // its scalar has read what nobody wrote: it would go astray
    Location last_issue = {};                     // of the last instruction since PipeBarrier<PIPE_ALL>, or line 0
};

struct CheckedCore : Progress {
    // As at the start of a launch, but for the memory that it has.
    void Clear();

    uint32_t number = 0;  // of the communicator: (rank * cores of the machine + block) * kCoresOfBlock + place
    PipeState pipes[kLanes];
    FlagTable flags;
    std::map<std::pair<const void *, int32_t>, uint32_t> buffer_indices;
    std::vector<BufferState> buffers;
    // Clocks of sets that have been issued and not yet used, in the order of the program; of arrivals that wait.
    std::vector<Clock> cross_core_sets[kCrossCoreModes][kCrossCoreFlags];
    std::vector<SharedCounts> cross_core_arrivals[kCrossCoreFlags];
    CrossCoreWaits cross_core_waits[kCrossCoreFlags];
    std::map<uint64_t, CacheLine> cache;
    std::vector<uint8_t> polling_stack;  // when its scalar last slept
    // By the pipe that polls, which has none if it never has, and the component that writes counters: number of the last
    // write that has been read.
    std::vector<uint32_t> counters_read[kLanes];

    std::vector<uint32_t> cells[static_cast<int>(Memory::Count)];
    Definedness defined[static_cast<int>(Memory::Count)];
    std::vector<uint8_t> unit_flags;  // of L0C, for each 512 bytes: whether a finished tile is in it
};

}  // namespace dovetail

#endif
