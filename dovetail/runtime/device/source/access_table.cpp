#include "access_table.h"

#include <cstring>
#include <new>

namespace dovetail {

namespace {

// Of the pool's memory, this share is for clocks of counters.
constexpr uint64_t kClockShare = 8;

// Whether two accesses to the same bytes go together without an order between them.
bool AreCompatible(const Access &earlier, const Access &later) {
    if (earlier.kind == later.kind && earlier.kind != AccessKind::Write) {
        return true;
    }
    if (earlier.component == later.component && earlier.number == later.number) {
        return true;
    }
    const auto polls = [](const Access &one, const Access &other) {
        return one.kind == AccessKind::Read && (one.traits & kPoll) != 0 && (other.traits & kCounter) != 0;
    };
    if (polls(earlier, later) || polls(later, earlier)) {
        return true;
    }
    const bool of_one_pipe = earlier.component == later.component;
    if ((earlier.traits & later.traits & kUnitFlag) != 0 && !of_one_pipe) {
        return true;
    }
    return of_one_pipe && (earlier.traits & kWholeMmad) != 0;
}

}  // namespace

RecordPool::RecordPool(void *memory, uint64_t bytes, uint32_t components)
    : components_(components), header_(static_cast<Header *>(memory)) {
    const uint64_t clock_bytes = components * sizeof(uint32_t);
    clock_capacity_ = static_cast<uint32_t>(bytes / kClockShare / clock_bytes);
    const uint64_t left = bytes - sizeof(Header) - clock_capacity_ * clock_bytes;
    record_capacity_ = static_cast<uint32_t>(left / sizeof(Record));
    clocks_ = reinterpret_cast<uint32_t *>(header_ + 1);
    records_ = reinterpret_cast<Record *>(clocks_ + static_cast<uint64_t>(clock_capacity_) * components);
}

void RecordPool::Clear() { *header_ = {}; }

uint32_t RecordPool::Take() {
    if (header_->free != 0) {
        const uint32_t index = header_->free;
        header_->free = records_[index].next;
        return index;
    }
    if (header_->taken + 1 >= record_capacity_) {
        throw std::bad_alloc();
    }
    return ++header_->taken;
}

void RecordPool::Give(uint32_t index) {
    Record &record = records_[index];
    if (record.clock != 0) {
        *clock(record.clock) = header_->clocks_free;
        header_->clocks_free = record.clock;
    }
    record.next = header_->free;
    header_->free = index;
}

uint32_t RecordPool::Reserve(uint32_t count) {
    if (record_capacity_ - header_->taken <= count) {
        throw std::bad_alloc();
    }
    const uint32_t first = header_->taken + 1;
    header_->taken += count;
    return first;
}

uint32_t RecordPool::TakeClock() {
    if (header_->clocks_free != 0) {
        const uint32_t index = header_->clocks_free;
        header_->clocks_free = *clock(index);
        return index;
    }
    if (header_->clocks_taken + 1 >= clock_capacity_) {
        throw std::bad_alloc();
    }
    return ++header_->clocks_taken;
}

void AccessTable::Visit(uint64_t begin, uint64_t end, const Access &access, const Clock &clock, uint32_t core,
                        Conflict &conflict, std::vector<ReadCounter> &counters) {
    for (uint64_t cell = begin / cell_bytes_; cell * cell_bytes_ < end; ++cell) {
        const uint64_t base = cell * cell_bytes_;
        const uint64_t first = begin > base ? begin - base : 0;
        const uint64_t last = end - base < cell_bytes_ ? end - base : cell_bytes_;
        VisitCell(cell, static_cast<uint16_t>(first), static_cast<uint16_t>(last), access, clock, core, conflict,
                  counters);
    }
}

uint32_t AccessTable::Take(uint64_t cell) {
    if (used_ != nullptr && used_[cell] != 3) {
        const uint32_t place = used_[cell] & 1;
        used_[cell] |= static_cast<uint8_t>(1 << place);
        return own_ + static_cast<uint32_t>(2 * cell) + place;
    }
    return pool_->Take();
}

void AccessTable::Give(uint64_t cell, uint32_t index) {
    const uint32_t place = index - own_ - static_cast<uint32_t>(2 * cell);
    if (used_ != nullptr && place < 2) {
        used_[cell] &= static_cast<uint8_t>(~(1 << place));
    } else {
        pool_->Give(index);
    }
}

void AccessTable::VisitCell(uint64_t cell, uint16_t begin, uint16_t end, const Access &access, const Clock &clock,
                            uint32_t core, Conflict &conflict, std::vector<ReadCounter> &counters) {
    RecordPool &pool = *pool_;
    const uint64_t base = cell * cell_bytes_;
    uint32_t &head = heads_[cell];
    if (access.kind == AccessKind::Write && head != 0) {
        // The usual case: all of the cell is written, and was before.
        Record &record = pool[head];
        const bool whole = begin == 0 && end == cell_bytes_ && record.next == 0 && record.clock == 0;
        if (whole && record.begin == 0 && record.end == cell_bytes_ &&
            (AreCompatible(record.access, access) ||
             Knows(clock, core, record.access.component, record.access.number))) {
            record.access = access;
            return;
        }
    }
    uint32_t *link = &head;
    while (*link != 0) {
        const uint32_t index = *link;
        Record &record = pool[index];
        if (record.end <= begin || record.begin >= end) {
            link = &record.next;
            continue;
        }
        const Access &earlier = record.access;
        if (!AreCompatible(earlier, access)) {
            const uint64_t from = base + (record.begin > begin ? record.begin : begin);
            const uint64_t to = base + (record.end < end ? record.end : end);
            const bool continues = conflict.found && conflict.end == from && earlier.number == conflict.other.number &&
                                   earlier.component == conflict.other.component;
            if (continues) {
                conflict.end = to;
            } else if (!conflict.found && !Knows(clock, core, earlier.component, earlier.number)) {
                conflict = {true, earlier, from, to};
            }
        } else if (access.kind == AccessKind::Read && record.clock != 0) {
            counters.push_back({earlier, record.clock});
        }
        // What is overwritten, or known from a later access of the same pipe, need not be kept.
        const bool same = earlier.component == access.component && earlier.kind == access.kind;
        const bool replaced = access.kind == AccessKind::Write || (same && record.begin >= begin && record.end <= end);
        if (!replaced) {
            link = &record.next;
        } else if (record.begin < begin && record.end > end) {
            const uint32_t tail = Take(cell);
            Record &rest = pool[tail];
            rest = pool[index];
            rest.begin = end;
            rest.clock = 0;
            pool[index].end = begin;
            pool[index].next = tail;
            link = &pool[tail].next;
        } else if (record.begin < begin) {
            record.end = begin;
            link = &record.next;
        } else if (record.end > end) {
            record.begin = end;
            link = &record.next;
        } else {
            *link = record.next;
            Give(cell, index);
        }
    }
    const uint32_t made = Take(cell);
    pool[made] = {head, begin, end, access, 0};
    head = made;
}

const Access *AccessTable::WriteOf(uint64_t place) const {
    const uint64_t offset = place % cell_bytes_;
    for (uint32_t index = heads_[place / cell_bytes_]; index != 0; index = (*pool_)[index].next) {
        const Record &record = (*pool_)[index];
        if (record.begin <= offset && offset < record.end && record.access.kind != AccessKind::Read) {
            return &record.access;
        }
    }
    return nullptr;
}

void AccessTable::KeepClock(uint64_t begin, const uint32_t *counts) {
    Record &record = (*pool_)[heads_[begin / cell_bytes_]];
    record.clock = pool_->TakeClock();
    memcpy(pool_->clock(record.clock), counts, pool_->components() * sizeof(uint32_t));
}

}  // namespace dovetail
