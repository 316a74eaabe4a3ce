// Who else accesses what an instruction accesses, and in which order.
#include <iterator>
#include <utility>

#include "checked_executor.h"
#include "report.h"
#include "window.inc"

namespace dovetail {

namespace {

constexpr uint64_t kPageBytes = 1 << 16;  // of global memory that no window holds
constexpr uint64_t kWordBytes = 4;        // of a counter

uint8_t TraitsOf(const Instruction &instruction) {
    switch (instruction.operation) {
        case Operation::Multiply:
            return static_cast<uint8_t>((instruction.multiply.unit_flag != 0 ? kUnitFlag : 0) |
                                        (IsWholeMmad(instruction) ? kWholeMmad : 0));
        case Operation::StoreTile:
            return instruction.store.unit_flag != 0 ? kUnitFlag : 0;
        case Operation::Copy: {
            const CopyShape &shape = instruction.copy;
            const bool stores = instruction.destination.memory == Memory::Global;
            const bool counts = stores && shape.block_count == 1 && shape.block_bytes == kWordBytes &&
                                instruction.destination.address % kWordBytes == 0;
            return static_cast<uint8_t>((instruction.first.memory == Memory::Global ? kPoll : 0) |
                                        (counts ? kCounter : 0));
        }
        default:
            return 0;
    }
}

bool Accumulates(const Instruction &instruction) {
    return (instruction.operation == Operation::Copy && instruction.copy.accumulates) ||
           (instruction.operation == Operation::StoreTile && instruction.store.accumulates);
}

}  // namespace

bool IsWholeMmad(const Instruction &instruction) {
    constexpr int kFractalsThatFillThePipe = 10;
    return instruction.operation == Operation::Multiply &&
           (instruction.multiply.m / 16) * (instruction.multiply.n / 16) >= kFractalsThatFillThePipe;
}

Access Checked::MakeAccess(Core &core, Lane lane, uint32_t number, uint32_t issue, AccessKind kind, uint8_t traits,
                           Location where) {
    return {core.checked->number * kLanes + lane, number, issue, where.line,
            memory_.FileNumber(where.file),       kind,   traits};
}

AccessTable Checked::PrivateTable(uint64_t address, uint64_t *base) {
    std::vector<uint32_t> &cells = pages_[address / kPageBytes];
    if (cells.empty()) {
        cells.resize(kPageBytes / kCellBytes);
    }
    *base = address / kPageBytes * kPageBytes;
    return {pool_, cells.data()};
}

void Checked::CheckAccesses(Core &core, Lane lane, const InFlight &item) {
    const Instruction &instruction = item.instruction;
    const uint8_t traits = TraitsOf(instruction);
    CheckArrival(core, lane, item, (traits & kCounter) != 0);
    DescribeFootprint(instruction, footprint_);
    counters_.clear();
    const Access read =
        MakeAccess(core, lane, item.number, item.issue, AccessKind::Read, traits & ~kCounter, instruction.where);
    ForEachRun(footprint_.reads, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
        // What is read to be added to is accessed by the write.
        if (&operand != &instruction.destination) {
            VisitRun(core, read, item.clock, operand.memory, operand.address + offset, bytes);
        }
    });
    SharedCounts found = ClocksOfCounters(*core.checked, lane, item.number);
    if (found) {
        // Polls of a pipe may take effect in any order.
        auto &learnt = core.checked->pipes[lane].learnt;
        auto place = learnt.end();
        while (place != learnt.begin() && std::prev(place)->first > item.number) {
            --place;
        }
        learnt.emplace(place, item.number, std::move(found));
    }
    const Access write =
        MakeAccess(core, lane, item.number, item.issue, Accumulates(instruction) ? AccessKind::Add : AccessKind::Write,
                   traits & ~kPoll, instruction.where);
    ForEachRun(footprint_.writes, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
        VisitRun(core, write, item.clock, operand.memory, operand.address + offset, bytes);
    });
}

// W3: between data for a peer and the counter that tells of it lies a barrier of their pipe. Where not even a flag
// orders the two, the peer's accesses race.
void Checked::CheckArrival(Core &core, Lane lane, const InFlight &item, bool is_counter) {
    const Instruction &instruction = item.instruction;
    if (instruction.operation != Operation::Copy || instruction.destination.memory != Memory::Global) {
        return;
    }
    const int owner = WindowOwner(launch_, instruction.destination.address);
    if (owner < 0 || owner == static_cast<int>(core.rank->index)) {
        return;
    }
    PipeState &pipe = core.checked->pipes[lane];
    const uint64_t window = reinterpret_cast<uint64_t>(launch_.request->windows[owner]);
    // Data may have four bytes, too; it lies behind the counters.
    if (!is_counter || instruction.destination.address - window >= kWindowData) {
        if (pipe.sent == 0 || item.number < pipe.sent) {
            pipe.sent = item.number;
            pipe.sent_at = instruction.where;
        }
    } else if (pipe.sent != 0 && item.clock.own[lane] >= pipe.sent) {
        FailCore(
            core, instruction.where,
            "arrival: this counter tells the peer of %s, with flags but no PipeBarrier<PIPE_%s> between them; only "
            "a barrier waits for bytes on their way to a peer",
            NameOf(pipe.sent_at).c_str(), NameOf(instruction.pipe));
    }
}

// What had happened before the counters in `counters_`, which instruction `number` has read, were written; null if this
// pipe has learnt all of it already.
SharedCounts Checked::ClocksOfCounters(CheckedCore &state, Lane lane, uint32_t number) {
    SharedCounts found;
    std::vector<uint32_t> &numbers_read = state.counters_read[lane];
    if (numbers_read.empty() && !counters_.empty()) {
        numbers_read.resize(memory_.components());
    }
    for (const ReadCounter &counter : counters_) {
        trace_.Write(
            {DOVETAIL_READ_COUNTER, lane, state.number, 0, number, counter.write.component, counter.write.number});
        uint32_t &read = numbers_read[counter.write.component];
        if (read >= counter.write.number) {
            continue;
        }
        read = counter.write.number;
        const uint32_t *clock = memory_of_counters_->clock(counter.clock);
        if (!found) {
            found = clocks_.Copy(clock);
        } else {
            clocks_.Raise(found, clock);
        }
    }
    return found;
}

void Checked::VisitRun(Core &core, const Access &access, const Clock &clock, Memory memory, uint64_t address,
                       uint64_t bytes) {
    CheckedCore &state = *core.checked;
    const uint32_t kind = DOVETAIL_READ + static_cast<uint32_t>(access.kind);
    trace_.Write({kind, access.component % kLanes, state.number, static_cast<uint32_t>(memory), access.number, address,
                  address + bytes});
    Conflict conflict;
    if (memory != Memory::Global) {
        AccessTable table(pool_, state.cells[static_cast<int>(memory)], CellBytesOf(memory));
        table.Visit(address, address + bytes, access, clock, state.number, conflict, counters_);
        ReportConflict(core, access, conflict, memory, 0);
        return;
    }
    CheckDirtyLines(core, access, address, bytes);
    const int owner = WindowOwner(launch_, address);
    if (owner >= 0) {
        const uint64_t window = reinterpret_cast<uint64_t>(launch_.request->windows[owner]);
        AccessTable table = memory_.window(static_cast<uint32_t>(owner));
        memory_of_counters_ = &memory_.pool();
        table.Visit(address - window, address - window + bytes, access, clock, state.number, conflict, counters_);
        if ((access.traits & kCounter) != 0) {
            table.KeepClock(address - window, clocks_.Share(clock, state.number).get());
        }
        ReportConflict(core, access, conflict, memory, window);
        return;
    }
    const Tensor *tensor = TensorAt(*core.rank, address);
    if (tensor != nullptr && (tensor->access & DOVETAIL_OUTPUT) == 0) {
        return;  // nobody writes an input
    }
    memory_of_counters_ = &pool_;
    for (uint64_t done = 0; done < bytes;) {
        uint64_t base = 0;
        AccessTable table = PrivateTable(address + done, &base);
        const uint64_t begin = address + done - base;
        const uint64_t end = begin + bytes - done < kPageBytes ? begin + bytes - done : kPageBytes;
        table.Visit(begin, end, access, clock, state.number, conflict, counters_);
        if ((access.traits & kCounter) != 0) {
            table.KeepClock(begin, clocks_.Share(clock, state.number).get());
        }
        ReportConflict(core, access, conflict, memory, base);
        done += end - begin;
    }
}

const Core *Checked::WriterOf(uint64_t address) {
    const int owner = WindowOwner(launch_, address);
    uint64_t base = owner < 0 ? 0 : reinterpret_cast<uint64_t>(launch_.request->windows[owner]);
    const AccessTable table = owner < 0 ? PrivateTable(address, &base) : memory_.window(static_cast<uint32_t>(owner));
    const Access *write = table.WriteOf(address - base);
    for (const auto &rank : launch_.ranks) {
        for (const auto &core : rank->cores) {
            if (write != nullptr && core->checked->number == write->component / kLanes) {
                return core.get();
            }
        }
    }
    return nullptr;
}

void Checked::ReportConflict(Core &core, const Access &access, const Conflict &conflict, Memory memory, uint64_t base) {
    if (conflict.found && check_->passes_races == 0) {
        Conflict placed = conflict;
        placed.begin += base;
        placed.end += base;
        FailLaunch(core, DescribeRace(core, access, placed, memory));
    }
}

}  // namespace dovetail
