// Who has accessed which bytes: for each cell of a memory, the last write of every byte and the reads since.
//
// Cells and records refer to each other by index, so that a table may lie in memory that processes map at different
// addresses. All zero is an empty table.
#ifndef DOVETAIL_SOURCE_ACCESS_TABLE_H
#define DOVETAIL_SOURCE_ACCESS_TABLE_H

#include <cstdint>
#include <vector>

#include "vector_clock.h"

namespace dovetail {

constexpr uint64_t kCellBytes = 512;  // of global memory

// Of a core's memory: about as much as one instruction accesses at a time. It matters to speed alone.
constexpr uint64_t CellBytesOf(Memory memory) {
    return memory == Memory::L0A ? 2048 : memory == Memory::L0B ? 4096 : memory == Memory::L0C ? 8192 : kCellBytes;
}

enum class AccessKind : uint8_t { Read, Write, Add };

// Why two accesses that no flag orders may still not be a race.
enum AccessTrait : uint8_t {
    kPoll = 1,       // a copy out of global memory, which may read counters
    kCounter = 2,    // a copy of four aligned bytes into global memory
    kUnitFlag = 4,   // an Mmad or a Fixpipe that carries a unit flag
    kWholeMmad = 8,  // an Mmad large enough for the next one to wait for it
};

struct Access {
    Component component;
    uint32_t number;
    uint32_t issue;  // in the program of its core
    uint32_t line;
    uint16_t file;
    AccessKind kind;
    uint8_t traits;
};

struct Record {
    uint32_t next;
    uint16_t begin, end;  // bytes of the cell
    Access access;
    uint32_t clock;  // of a counter: what happened before it was written, an index of the table's clocks
};

// Records, and clocks of counters, of several tables.
class RecordPool {
public:
    // `memory` is all zero, or has been a pool before. A clock has `components` numbers.
    RecordPool(void *memory, uint64_t bytes, uint32_t components);
    void Clear();
    uint32_t components() const { return components_; }

    Record &operator[](uint32_t index) { return records_[index]; }
    uint32_t *clock(uint32_t index) { return clocks_ + static_cast<uint64_t>(index) * components_; }

    // An index, never 0. Throws std::bad_alloc when all are taken.
    uint32_t Take();
    void Give(uint32_t index);
    // The first of `count` that follow each other, and that are not given back.
    uint32_t Reserve(uint32_t count);
    uint32_t TakeClock();

private:
    struct Header {
        uint32_t taken, free, clocks_taken, clocks_free;
    };

    const uint32_t components_;
    Header *header_;
    Record *records_;
    uint32_t record_capacity_;
    uint32_t *clocks_;
    uint32_t clock_capacity_;
};

// An access that conflicts with one that is recorded.
struct Conflict {
    bool found = false;
    Access other;
    uint64_t begin, end;  // bytes of the memory
};

// A counter that a poll has read.
struct ReadCounter {
    Access write;
    uint32_t clock;
};

// The cells of a memory of a core. Its first records lie in the order of the cells: who goes through the memory goes
// through them.
struct Cells {
    std::vector<uint32_t> heads;  // index of the first record, or 0
    uint32_t own = 0;             // index of the first of two records for each cell
    std::vector<uint8_t> used;    // a bit for each of the two
};

// Records accesses by instructions that are known by their clocks.
class AccessTable {
public:
    AccessTable(RecordPool &pool, uint32_t *heads) : pool_(&pool), heads_(heads) {}
    AccessTable(RecordPool &pool, Cells &cells, uint64_t cell_bytes)
        : pool_(&pool),
          heads_(cells.heads.data()),
          own_(cells.own),
          used_(cells.used.data()),
          cell_bytes_(cell_bytes) {}

    // Records an access to bytes [begin, end). `clock`, of core `core`, is what happened before it. Fills in `conflict`
    // unless one has been found before; appends the counters that a poll finds.
    void Visit(uint64_t begin, uint64_t end, const Access &access, const Clock &clock, uint32_t core,
               Conflict &conflict, std::vector<ReadCounter> &counters);
    // The access that wrote byte `place`, or null.
    const Access *WriteOf(uint64_t place) const;
    // Attaches the clock of core `core` to the counter that has just been written at `begin`.
    void KeepClock(uint64_t begin, const uint32_t *counts);

private:
    void VisitCell(uint64_t cell, uint16_t begin, uint16_t end, const Access &access, const Clock &clock, uint32_t core,
                   Conflict &conflict, std::vector<ReadCounter> &counters);
    uint32_t Take(uint64_t cell);
    void Give(uint64_t cell, uint32_t index);

    RecordPool *pool_;
    uint32_t *heads_;
    uint32_t own_ = 0;
    uint8_t *used_ = nullptr;  // null: cells have no records of their own
    uint64_t cell_bytes_ = kCellBytes;
};

}  // namespace dovetail

#endif
