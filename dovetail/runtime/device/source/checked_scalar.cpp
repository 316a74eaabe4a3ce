// What the scalar unit reads and writes: UB itself, and global memory through a data cache that nothing keeps coherent.
#include <cstring>
#include <iterator>

#include "checked_executor.h"
#include "report.h"

namespace dovetail {

namespace {

constexpr uint64_t kLineBytes = 64;  // of the data cache
constexpr uint64_t kWordBytes = 4;   // of a counter

}  // namespace

void *Checked::Scalar(Core &core, const Operand &operand, uint64_t bytes, bool writes, Location where) {
    core.checked->only_polls = core.checked->only_polls && !writes && operand.memory != Memory::Global;
    TakeTurn(core);
    CheckBounds(core, PIPE_S, operand, {0, static_cast<int64_t>(bytes)}, writes, where);
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
    clocks_.Learn(scalar.start, state.number, ClocksOfCounters(state, kScalar, scalar.started));
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
        CheckMemory::Lock lock;
        LockShared(core, lock);
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
    CheckMemory::Lock lock;
    if (line.dirty != 0) {
        LockShared(core, lock);
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
    core.checked->only_polls = false;
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
