// What instructions touch: whether it is theirs to touch, who else does, and whether there is anything.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>

#include "checked_executor.h"
#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

constexpr uint64_t kPageBytes = 1 << 16;  // of global memory that no window holds
constexpr uint64_t kLineBytes = 64;       // of the data cache
constexpr uint64_t kWordBytes = 4;        // of a counter

unsigned long long Long(uint64_t value) { return value; }

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

Tensor *Checked::TensorAt(const Rank &rank, uint64_t address) {
    for (Tensor &tensor : tensors_[rank.index - launch_.request->first_rank]) {
        if (address >= tensor.begin && address < tensor.end) {
            return &tensor;
        }
    }
    return nullptr;
}

// -- bounds --

void Checked::CheckBounds(Core &core, const Instruction &instruction) {
    DescribeFootprint(instruction, footprint_);
    const auto check = [&](bool writes) {
        return [&, writes](const Operand &operand, uint64_t offset, uint64_t bytes) {
            CheckBounds(core, instruction.pipe, operand, offset, bytes, writes, instruction.where);
        };
    };
    ForEachRun(footprint_.reads, check(false));
    ForEachRun(footprint_.writes, check(true));
    CheckOverlap(core, instruction);
}

void Checked::CheckBounds(Core &core, pipe_t pipe, const Operand &operand, uint64_t offset, uint64_t bytes, bool writes,
                          Location where) {
    const std::string described = std::string(NameOf(pipe)) + (writes ? " writes" : " reads");
    const char *verb = described.c_str();
    const uint64_t begin = operand.address + offset, end = begin + bytes;
    if (operand.memory != Memory::Global) {
        const uint64_t size = core.memories[static_cast<int>(operand.memory)].bytes;
        if (operand.extent != kUnbounded && operand.address + operand.extent > size) {
            FailCore(core, where, "over capacity: %s a tensor of %s that ends at byte %llu, and there are %llu", verb,
                     NameOf(operand.memory), Long(operand.address + operand.extent), Long(size));
        }
        if (static_cast<int64_t>(begin) < 0 || end > size) {
            FailCore(core, where, "out of bounds: %s bytes [%lld, %llu) of %s, which has %llu%s", verb,
                     static_cast<long long>(begin), Long(end), NameOf(operand.memory), Long(size),
                     size == 0 ? " on this kind of core" : "");
        }
    }
    if (operand.extent != kUnbounded && (static_cast<int64_t>(offset) < 0 || offset + bytes > operand.extent)) {
        const std::string place = operand.memory == Memory::Global ? NameOfRange(core, operand.memory, begin, end)
                                                                   : std::string(NameOf(operand.memory));
        FailCore(core, where, "out of bounds: %s bytes [%lld, %lld) of a tensor that has %llu, in %s", verb,
                 static_cast<long long>(offset), static_cast<long long>(offset + bytes), Long(operand.extent),
                 place.c_str());
    }
    if (operand.memory != Memory::Global || WindowOwner(launch_, begin) >= 0) {
        const int owner = operand.memory == Memory::Global ? WindowOwner(launch_, begin) : -1;
        const uint64_t window = owner < 0 ? 0 : reinterpret_cast<uint64_t>(launch_.request->windows[owner]);
        if (owner >= 0 && end > window + launch_.request->window_bytes) {
            FailCore(core, where, "out of bounds: %s bytes [%llu, %llu) of the window of rank %d, which has %llu", verb,
                     Long(begin - window), Long(end - window), owner, Long(launch_.request->window_bytes));
        }
        return;
    }
    const std::vector<Tensor> &tensors = tensors_[core.rank->index - launch_.request->first_rank];
    if (tensors.empty()) {
        return;
    }
    const Tensor *nearest = &tensors.front();
    for (const Tensor &tensor : tensors) {
        if (begin >= tensor.begin && end <= tensor.end) {
            if (writes && (tensor.access & DOVETAIL_OUTPUT) == 0) {
                FailCore(core, where, "out of bounds: writes bytes [%llu, %llu) of %s, which is an input",
                         Long(begin - tensor.begin), Long(end - tensor.begin), tensor.name.c_str());
            }
            return;
        }
        const auto distance = [&](const Tensor &other) {
            return begin < other.begin ? other.begin - begin : begin < other.end ? 0 : begin - other.end + 1;
        };
        nearest = distance(tensor) < distance(*nearest) ? &tensor : nearest;
    }
    FailCore(core, where, "out of bounds: %s bytes [%lld, %lld) of %s, which has %llu", verb,
             static_cast<long long>(begin - nearest->begin), static_cast<long long>(end - nearest->begin),
             nearest->name.c_str(), Long(nearest->end - nearest->begin));
}

// Source and destination in one memory are the same bytes or have none in common, and nothing is written twice.
void Checked::CheckOverlap(Core &core, const Instruction &instruction) {
    for (const Strip &write : footprint_.writes) {
        if (!write.MayOverlapItself()) {
            continue;
        }
        std::vector<std::pair<uint64_t, uint64_t>> runs;
        ForEachRun({write}, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
            runs.emplace_back(operand.address + offset, operand.address + offset + bytes);
        });
        std::sort(runs.begin(), runs.end());
        for (size_t i = 1; i < runs.size(); ++i) {
            if (runs[i].first < runs[i - 1].second) {
                FailCore(core, instruction.where, "overlap: %s writes %s twice", NameOf(instruction.pipe),
                         NameOfRange(core, write.operand->memory, runs[i].first, runs[i - 1].second).c_str());
            }
        }
    }
    if (instruction.operation != Operation::Vector &&
        !(instruction.operation == Operation::Copy && instruction.first.memory == instruction.destination.memory)) {
        return;
    }
    for (const Strip &read : footprint_.reads) {
        for (const Strip &write : footprint_.writes) {
            const uint64_t from = read.operand->address + read.offset, to = write.operand->address + write.offset;
            if (from < to + write.bytes && to < from + read.bytes && from != to) {
                FailCore(core, instruction.where,
                         "overlap: %s reads bytes [%llu, %llu) of %s and writes [%llu, %llu); they must be the same "
                         "or apart",
                         NameOf(instruction.pipe), Long(from), Long(from + read.bytes), NameOf(read.operand->memory),
                         Long(to), Long(to + write.bytes));
            }
        }
    }
}

// -- races --

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
    for (const ReadCounter &counter : counters_) {
        trace_.Write({DOVETAIL_READ_COUNTER, lane, core.checked->number, 0, item.number, counter.write.component,
                      counter.write.number});
        SharedCounts clock = ClockOf(*core.checked, lane, counter);
        if (clock != nullptr) {
            // Polls of a pipe may take effect in any order.
            auto &learnt = core.checked->pipes[lane].learnt;
            auto place = learnt.end();
            while (place != learnt.begin() && std::prev(place)->first > item.number) {
                --place;
            }
            learnt.emplace(place, item.number, std::move(clock));
        }
    }
    const Access write =
        MakeAccess(core, lane, item.number, item.issue, Accumulates(instruction) ? AccessKind::Add : AccessKind::Write,
                   traits & ~kPoll, instruction.where);
    ForEachRun(footprint_.writes, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
        VisitRun(core, write, item.clock, operand.memory, operand.address + offset, bytes);
    });
}

// What had happened before a counter was written; null if this pipe has learnt it already.
SharedCounts Checked::ClockOf(CheckedCore &state, Lane lane, const ReadCounter &counter) {
    uint32_t &read = state.counters_read[{lane, counter.write.component}];
    if (read >= counter.write.number) {
        return nullptr;
    }
    read = counter.write.number;
    const uint32_t *clock = memory_of_counters_->clock(counter.clock);
    return std::make_shared<Counts>(clock, clock + memory_.components());
}

void Checked::VisitRun(Core &core, const Access &access, const Clock &clock, Memory memory, uint64_t address,
                       uint64_t bytes) {
    CheckedCore &state = *core.checked;
    const uint32_t kind = DOVETAIL_READ + static_cast<uint32_t>(access.kind);
    trace_.Write({kind, access.component % kLanes, state.number, static_cast<uint32_t>(memory),
                  access.number, address, address + bytes});
    Conflict conflict;
    if (memory != Memory::Global) {
        AccessTable table(pool_, state.cells[static_cast<int>(memory)].data(), CellBytesOf(memory));
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
            table.KeepClock(address - window, *clocks_.Share(clock, state.number));
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
            table.KeepClock(begin, *clocks_.Share(clock, state.number));
        }
        ReportConflict(core, access, conflict, memory, base);
        done += end - begin;
    }
}

void Checked::ReportConflict(Core &core, const Access &access, const Conflict &conflict, Memory memory, uint64_t base) {
    if (conflict.found && check_->passes_races == 0) {
        Conflict placed = conflict;
        placed.begin += base;
        placed.end += base;
        FailLaunch(core, DescribeRace(core, access, placed, memory));
    }
}

// -- what nobody wrote --

Definedness *Checked::DefinednessAt(Core &core, const Operand &operand, uint64_t offset, uint64_t *begin) {
    *begin = operand.address + offset;
    if (operand.memory != Memory::Global) {
        return &core.checked->defined[static_cast<int>(operand.memory)];
    }
    Tensor *tensor = TensorAt(*core.rank, *begin);
    if (tensor == nullptr || (tensor->access & DOVETAIL_INPUT) != 0) {
        return nullptr;
    }
    *begin -= tensor->begin;
    return &tensor->defined;
}

// Somebody reads what nobody wrote. If somebody writes it later in this run that is a race, so the run goes on until
// nothing moves; but the scalar that reads, or that waits for what is computed, would go astray.
void Checked::RequireDefined(Core &core, pipe_t pipe, const Operand &operand, uint64_t offset, uint64_t bytes,
                             Location where) {
    uint64_t begin = 0;
    const Definedness *defined = DefinednessAt(core, operand, offset, &begin);
    const uint64_t first = defined == nullptr ? begin + bytes : defined->FirstUndefined(begin, bytes);
    if (first == begin + bytes) {
        return;
    }
    core.checked->is_stopped = true;
    if (launch_.suspicion.empty()) {
        const uint64_t address = operand.address + offset;
        launch_.suspicion =
            Describe(core, where, "uninitialised: %s reads %s, of which nobody has written byte %llu", NameOf(pipe),
                     NameOfRange(core, operand.memory, address, address + bytes).c_str(), Long(first));
    }
    if (core.worker->IsRunning(core)) {
        core.wait = Wait::Stopped;
        core.worker->Suspend(core);
    }
}

void Checked::SetDefined(Core &core, const Operand &operand, uint64_t offset, uint64_t bytes, bool defined) {
    uint64_t begin = 0;
    Definedness *of = DefinednessAt(core, operand, offset, &begin);
    if (of != nullptr) {
        of->Set(begin, bytes, defined);
    }
}

// Copies carry undefined bytes along; whoever computes with them, or stores them to global memory, fails.
void Checked::MoveDefinedness(Core &core, const Instruction &instruction) {
    DescribeFootprint(instruction, footprint_);
    const auto local = [&](const Operand &operand) -> Definedness & {
        return core.checked->defined[static_cast<int>(operand.memory)];
    };
    const bool copies = instruction.operation == Operation::Copy || instruction.operation == Operation::CopyNdToNz ||
                        instruction.operation == Operation::LoadFractals;
    if (!copies || instruction.destination.memory == Memory::Global) {
        ForEachRun(footprint_.reads, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
            RequireDefined(core, instruction.pipe, operand, offset, bytes, instruction.where);
        });
        if (instruction.operation == Operation::Multiply && instruction.multiply.initialises) {
            // What lies beyond m and n in the last fractals is now of no meaning.
            const MultiplyShape &shape = instruction.multiply;
            constexpr uint64_t kFractalBytes = 1024;  // of an accumulator
            const uint64_t fractals = (shape.m + 15ull) / 16 * ((shape.n + 15ull) / 16);
            SetDefined(core, instruction.destination, 0, fractals * kFractalBytes, false);
        }
        ForEachRun(footprint_.writes, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
            SetDefined(core, operand, offset, bytes, true);
        });
        return;
    }
    if (instruction.first.memory == Memory::Global) {
        // What is undefined in global memory is so for whoever loads it.
        ForEachRun(footprint_.reads, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
            RequireDefined(core, instruction.pipe, operand, offset, bytes, instruction.where);
        });
    }
    const Operand &to = instruction.destination;
    if (instruction.operation == Operation::Copy) {
        const CopyShape &shape = instruction.copy;
        const uint64_t left = shape.fills ? shape.left_bytes : 0;
        for (uint32_t block = 0; block < shape.block_count; ++block) {
            uint64_t from_begin = 0;
            const Definedness *from =
                DefinednessAt(core, instruction.first, static_cast<uint64_t>(block * shape.source_pitch), &from_begin);
            const uint64_t place = to.address + static_cast<uint64_t>(block * shape.destination_pitch);
            if (shape.fills) {
                local(to).Set(place, left + shape.block_bytes + shape.right_bytes, true);
            }
            local(to).Copy(place + left, from, from_begin, shape.block_bytes);
        }
    } else if (instruction.operation == Operation::CopyNdToNz) {
        MoveDefinednessToNz(core, instruction);
    } else {
        MoveDefinednessOfFractals(core, instruction);
    }
}

void Checked::MoveDefinednessToNz(Core &core, const Instruction &instruction) {
    ForEachRun(footprint_.writes, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
        SetDefined(core, operand, offset, bytes, true);
    });
    uint64_t begin = 0;
    if (DefinednessAt(core, instruction.first, 0, &begin) == nullptr) {
        return;
    }
    const NdToNzShape &shape = instruction.nd_to_nz;
    const uint64_t row_bytes = static_cast<uint64_t>(shape.columns) * shape.element_bytes;
    constexpr uint64_t kRowBytes = 32;
    Definedness &to = core.checked->defined[static_cast<int>(instruction.destination.memory)];
    for (uint64_t matrix = 0; matrix < shape.matrices; ++matrix) {
        for (uint64_t row = 0; row < shape.rows; ++row) {
            const uint64_t elements = matrix * shape.source_matrix_pitch + row * shape.source_row_pitch;
            const Definedness *from = DefinednessAt(core, instruction.first, elements * shape.element_bytes, &begin);
            for (uint64_t column = 0; column * kRowBytes < row_bytes; ++column) {
                const uint64_t left = row_bytes - column * kRowBytes;
                const uint64_t place =
                    instruction.destination.address + matrix * shape.destination_matrix_pitch * shape.element_bytes +
                    column * shape.block_column_pitch * kRowBytes + row * shape.row_pitch * kRowBytes;
                to.Copy(place, from, begin + column * kRowBytes, left < kRowBytes ? left : kRowBytes);
            }
        }
    }
}

void Checked::MoveDefinednessOfFractals(Core &core, const Instruction &instruction) {
    const FractalShape &shape = instruction.fractals;
    constexpr uint64_t kFractal = 512, kElement = 2, kLine = 16;
    Definedness &to = core.checked->defined[static_cast<int>(instruction.destination.memory)];
    for (uint32_t repeat = 0; repeat < shape.repeat; ++repeat) {
        const auto number = static_cast<uint64_t>(shape.start + static_cast<int64_t>(repeat) * shape.source_step);
        uint64_t begin = 0;
        const Definedness *from = DefinednessAt(core, instruction.first, number * kFractal, &begin);
        const uint64_t place = instruction.destination.address + repeat * shape.destination_step * kFractal;
        const bool all = from == nullptr || from->FirstUndefined(begin, kFractal) == begin + kFractal;
        if (all || !shape.transposes) {
            to.Copy(place, all ? nullptr : from, begin, kFractal);
            continue;
        }
        for (uint64_t i = 0; i < kLine * kLine; ++i) {
            to.Copy(place + i * kElement, from, begin + (i % kLine * kLine + i / kLine) * kElement, kElement);
        }
    }
}

// -- the scalar unit --

void *Checked::Scalar(Core &core, const Operand &operand, uint64_t bytes, bool writes, Location where) {
    TakeTurn(core);
    CheckBounds(core, PIPE_S, operand, 0, bytes, writes, where);
    CheckedCore &state = *core.checked;
    if (data_ != nullptr) {
        data_->Await(core, operand.memory, operand.address, operand.address + bytes);
    }
    if (operand.memory == Memory::Global) {
        return ThroughCache(core, operand.address, bytes, writes, where);
    }
    AccessByScalar(core, operand.memory, operand.address, bytes, writes, where);
    if (check_->moves_no_data == 0) {
        if (writes) {
            state.defined[static_cast<int>(operand.memory)].Set(operand.address, bytes, true);
        } else {
            RequireDefined(core, PIPE_S, operand, 0, bytes, where);
        }
    }
    return core.memories[static_cast<int>(operand.memory)].data + operand.address;
}

void Checked::AccessByScalar(Core &core, Memory memory, uint64_t address, uint64_t bytes, bool writes, Location where) {
    CheckedCore &state = *core.checked;
    PipeState &scalar = state.pipes[kScalar];
    scalar.start.own[kScalar] = ++scalar.started;
    // A word that is cleaned, or read after an invalidation, may be a counter.
    const uint8_t traits = memory != Memory::Global ? 0 : writes ? (bytes == kWordBytes ? kCounter : 0) : kPoll;
    const Access access = MakeAccess(core, kScalar, scalar.started, ++state.issued,
                                     writes ? AccessKind::Write : AccessKind::Read, traits, where);
    counters_.clear();
    trace_.Write({DOVETAIL_BY_SCALAR, kScalar, state.number, where.line, scalar.started, 0, 0});
    VisitRun(core, access, scalar.start, memory, address, bytes);
    for (const ReadCounter &counter : counters_) {
        trace_.Write({DOVETAIL_READ_COUNTER, kScalar, state.number, 0, scalar.started, counter.write.component,
                      counter.write.number});
        clocks_.Learn(scalar.start, state.number, ClockOf(state, kScalar, counter));
    }
}

// Lines of 64 bytes that nothing keeps coherent: a load finds what an earlier one found, a store stays.
void *Checked::ThroughCache(Core &core, uint64_t address, uint64_t bytes, bool writes, Location where) {
    CacheLine &line = core.checked->cache[address / kLineBytes];
    const uint64_t offset = address % kLineBytes;
    const uint64_t mask = ((uint64_t{1} << bytes) - 1) << offset;
    if (writes) {
        dirty_lines_ += line.dirty == 0 ? 1 : 0;
        line.valid |= mask;
        line.dirty |= mask;
        line.where = where;
    } else if ((line.valid & mask) != mask) {
        std::optional<CheckMemory::Lock> lock;
        if (launch_.has_remote_ranks) {
            lock.emplace(memory_);
        }
        AccessByScalar(core, Memory::Global, address, bytes, false, where);
        if (check_->moves_no_data == 0) {
            RequireDefined(core, PIPE_S, {address, Memory::Global, Element::UInt8}, 0, bytes, where);
        }
        memcpy(line.bytes + offset, reinterpret_cast<const void *>(address), bytes);
        line.valid |= mask;
    } else if ((line.dirty & mask) == 0 && check_->passes_races == 0 &&
               memcmp(line.bytes + offset, reinterpret_cast<const void *>(address), bytes) != 0) {
        FailCore(core, where,
                 "race: GetValue finds an old line in the data cache: DataCacheCleanAndInvalid before it "
                 "lets it find what %s holds now",
                 NameOfRange(core, Memory::Global, address, address + bytes).c_str());
    }
    return line.bytes + offset;
}

void Checked::CleanLine(Core &core, uint64_t number, CacheLine &line) {
    std::optional<CheckMemory::Lock> lock;
    if (launch_.has_remote_ranks && line.dirty != 0) {
        lock.emplace(memory_);
    }
    dirty_lines_ -= line.dirty != 0 ? 1 : 0;
    while (line.dirty != 0) {
        // The stores of a line are one access for each run of bytes.
        const auto begin = static_cast<uint64_t>(__builtin_ctzll(line.dirty));
        const uint64_t rest = ~(line.dirty >> begin);
        const uint64_t bytes = rest == 0 ? kLineBytes : static_cast<uint64_t>(__builtin_ctzll(rest));
        const uint64_t address = number * kLineBytes + begin;
        line.dirty &=
            bytes + begin == kLineBytes ? (uint64_t{1} << begin) - 1 : ~(((uint64_t{1} << bytes) - 1) << begin);
        AccessByScalar(core, Memory::Global, address, bytes, true, line.where);
        if (data_ != nullptr) {
            data_->Await(core, Memory::Global, address, address + bytes);
        }
        memcpy(reinterpret_cast<void *>(address), line.bytes + begin, bytes);
        SetDefined(core, {address, Memory::Global, Element::UInt8}, 0, bytes, true);
        launch_.control->Advance();
    }
    line.valid = 0;
}

void Checked::SynchronizeCache(Core &core, const Operand &operand, bool entire, Location where) {
    TakeTurn(core);
    std::map<uint64_t, CacheLine> &cache = core.checked->cache;
    const auto first = entire ? cache.begin() : cache.find(operand.address / kLineBytes);
    const auto last = entire || first == cache.end() ? cache.end() : std::next(first);
    for (auto each = first; each != last; ++each) {
        CleanLine(core, each->first, each->second);
    }
    cache.erase(first, last);
    core.where = where;
}

// A copy does not see what a scalar has stored and not cleaned.
void Checked::CheckDirtyLines(Core &core, const Access &access, uint64_t address, uint64_t bytes) {
    if (dirty_lines_ == 0 || check_->passes_races != 0 || access.component % kLanes == kScalar) {
        return;
    }
    for (const auto &rank : launch_.ranks) {
        for (const auto &other : rank->cores) {
            std::map<uint64_t, CacheLine> &cache = other->checked->cache;
            for (auto each = cache.lower_bound(address / kLineBytes);
                 each != cache.end() && each->first * kLineBytes < address + bytes; ++each) {
                if (each->second.dirty != 0) {
                    FailCore(core, {memory_.FileName(access.file), access.line},
                             "race: what SetValue of %s (%s) stored is still in the data cache: "
                             "DataCacheCleanAndInvalid writes it to global memory",
                             NameOf(*other).c_str(), NameOf(each->second.where).c_str());
                }
            }
        }
    }
}

}  // namespace dovetail
