// What the pipes do with their queues, a step at a time.
#include <cstring>
#include <utility>

#include "checked_executor.h"
#include "checked_scheduler.h"
#include "flags.h"
#include "parts.h"
#include "perform.h"
#include "report.h"

namespace dovetail {

namespace {

constexpr size_t kMostInFlight = 6;
constexpr uint32_t kPartsChance = 8;  // one in so many instructions takes effect in parts

bool IsPoll(const Instruction &instruction) {
    constexpr uint64_t kMostBytes = 4096;
    return instruction.operation == Operation::Copy && instruction.first.memory == Memory::Global &&
           instruction.copy.block_bytes * instruction.copy.block_count <= kMostBytes;
}

// What moves even where no data does: what the scalar unit looks at, and what others poll.
bool IsControl(const Instruction &instruction) {
    constexpr uint64_t kWord = 4;
    return instruction.operation == Operation::Copy &&
           (IsPoll(instruction) || instruction.copy.block_bytes * instruction.copy.block_count == kWord);
}

uint8_t UnitFlagOf(const Instruction &instruction) {
    return instruction.operation == Operation::Multiply    ? instruction.multiply.unit_flag
           : instruction.operation == Operation::StoreTile ? instruction.store.unit_flag
                                                           : 0;
}

}  // namespace

bool Checked::Step(Core &core, uint32_t lane_number) {
    const auto lane = static_cast<Lane>(lane_number);
    PipeState &pipe = core.checked->pipes[lane];
    ++steps_;
    bool worked = false;
    Start(core, lane);
    if (!pipe.in_flight.empty()) {
        const uint32_t chosen = Choose(core, lane);
        if (chosen < pipe.in_flight.size()) {
            InFlight &item = pipe.in_flight[chosen];
            worked = !IsPoll(item.instruction);
            if (PerformPart(core, lane, item)) {
                pipe.in_flight.erase(pipe.in_flight.begin() + chosen);
                Settle(core, lane);
                Start(core, lane);
            }
        } else {
            core.checked->ready &= ~(1u << lane);  // until a unit of L0C changes
        }
    }
    if (pipe.in_flight.empty()) {
        core.checked->ready &= ~(1u << lane);  // until something is issued, or what its head waits for comes
    }
    WakeScalar(core);
    return worked;
}

bool Checked::CanStart(Core &core, Lane lane, const Entry &entry) {
    CheckedCore &state = *core.checked;
    switch (entry.kind) {
        case Entry::Kind::Barrier:
            return state.pipes[lane].in_flight.empty();
        case Entry::Kind::Wait:
            return state.flags[entry.flag].raised;
        case Entry::Kind::Await:
            return state.buffers[entry.flag].done >= entry.signals;
        default:
            return true;
    }
}

// Starts what can start, in order.
void Checked::Start(Core &core, Lane lane) {
    CheckedCore &state = *core.checked;
    PipeState &pipe = state.pipes[lane];
    while (!pipe.queue.empty() && pipe.in_flight.size() < kMostInFlight) {
        const Entry &entry = pipe.queue.front();
        if (!CanStart(core, lane, entry)) {
            pipe.stopped = entry.where;
            return;
        }
        switch (entry.kind) {
            case Entry::Kind::Instruction:
                pipe.in_flight.emplace_back(++pipe.started, pipe.start, pipe.queue.instruction());
                trace_.WriteStart(state, lane, pipe.started, pipe.start, memory_.components());
                break;
            case Entry::Kind::Barrier:
                pipe.start.own[lane] = pipe.started;
                pipe.sent = 0;
                clocks_.Learn(pipe.start, state.number, LearntUpTo(pipe, pipe.started));
                break;
            case Entry::Kind::Wait: {
                FlagState &flag = state.flags[entry.flag];
                flag.raised = false;
                clocks_.Join(pipe.start, flag.clock);
                flag.waited = ++pipe.started;
                flag.waited_at = entry.where;
                break;
            }
            case Entry::Kind::Await:
                clocks_.Join(pipe.start, state.buffers[entry.flag].clock);
                break;
            case Entry::Kind::Learn:
                clocks_.Learn(pipe.start, state.number, entry.learnt);
                pipe.start.own[LaneOfWaits(core.identity.kind)] = entry.flag;
                break;
            case Entry::Kind::CrossCoreSet:
            case Entry::Kind::Set:
            case Entry::Kind::Signal:
                pipe.sets.push_back({pipe.started, entry.kind, entry.mode, entry.flag, entry.where, pipe.start});
                pipe.queue.pop_front();
                Settle(core, lane);
                continue;
        }
        pipe.queue.pop_front();
    }
    pipe.stopped = {};
}

// Which instruction in flight takes effect next; none if its units of L0C are not as it wants them.
uint32_t Checked::Choose(Core &core, Lane lane) {
    const std::vector<InFlight> &in_flight = core.checked->pipes[lane].in_flight;
    const auto count = static_cast<uint32_t>(in_flight.size());
    uint32_t chosen = count > 1 ? random_.Below(count) : 0;
    if (lane == kCube || lane == kFixpipe) {
        // An Mmad that is large enough is complete before the next one goes on; unit flags are passed on in order.
        for (uint32_t earlier = 0; earlier < chosen; ++earlier) {
            if (UnitFlagOf(in_flight[earlier].instruction) != 0 || IsWholeMmad(in_flight[earlier].instruction)) {
                chosen = earlier;
            }
        }
        if (!UnitsAllow(core, in_flight[chosen].instruction, false)) {
            return count;
        }
    }
    return chosen;
}

void Checked::Move(Core &core, const Instruction &instruction) {
    const bool is_control = IsControl(instruction);
    if (!is_control && check_->moves_no_data != 0) {
        return;
    }
    if (data_ != nullptr && !is_control) {
        data_->Add(core, instruction);
        return;
    }
    if (data_ != nullptr) {
        data_->AwaitOperands(core, instruction);
    }
    dovetail::Perform(core, instruction);
}

// Has an instruction, or a part of it, take effect. Returns whether it is complete.
bool Checked::PerformPart(Core &core, Lane lane, InFlight &item) {
    const bool global = item.instruction.destination.memory == Memory::Global;
    CheckMemory::Lock lock;
    if (global || item.instruction.first.memory == Memory::Global) {
        LockShared(core, lock);
    }
    if (!item.checked) {
        // Accesses are those of the whole, whenever its parts land.
        item.checked = true;
        CheckAccesses(core, lane, item);
    }
    Instruction part = item.instruction;
    bool parted = false;
    if (check_->moves_no_data == 0 && !IsPoll(part) && item.accumulator.empty() && random_.Below(kPartsChance) == 0) {
        if (ReadAccumulator(core, item)) {
            return false;
        }
        parted = TakePart(part, item.instruction, random_);
    }
    if (check_->moves_no_data == 0) {
        RestoreAccumulator(core, item);
        MoveDefinedness(core, part);
    }
    Move(core, part);
    if (global) {
        launch_.control->Advance();
        static_cast<CheckedWorker &>(*core.worker).NoteWrite(part);
    }
    if (!parted) {
        UnitsAllow(core, part, true);
    }
    return !parted;
}

// An Mmad reads what it adds to some time before it writes the sum: what others write in between is lost. One that is
// large enough holds the next one back for as long. Returns whether the instruction has now read it, and does the rest
// later.
bool Checked::ReadAccumulator(Core &core, InFlight &item) {
    const Instruction &instruction = item.instruction;
    if (instruction.operation != Operation::Multiply || IsWholeMmad(instruction) || instruction.multiply.initialises ||
        instruction.multiply.has_bias) {
        return false;
    }
    if (data_ != nullptr) {
        data_->AwaitAll();
    }
    DescribeFootprint(instruction, footprint_);
    ForEachRun(footprint_.writes, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
        const uint8_t *tile = core.memories[static_cast<int>(operand.memory)].data + operand.address + offset;
        item.accumulator.insert(item.accumulator.end(), tile, tile + bytes);
    });
    return !item.accumulator.empty();
}

void Checked::RestoreAccumulator(Core &core, InFlight &item) {
    if (item.accumulator.empty()) {
        return;
    }
    if (data_ != nullptr) {
        data_->AwaitAll();
    }
    DescribeFootprint(item.instruction, footprint_);
    const uint8_t *next = item.accumulator.data();
    ForEachRun(footprint_.writes, [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
        memcpy(core.memories[static_cast<int>(operand.memory)].data + operand.address + offset, next, bytes);
        next += bytes;
    });
}

// Sets whose instructions are complete take effect.
void Checked::Settle(Core &core, Lane lane) {
    PipeState &pipe = core.checked->pipes[lane];
    for (size_t i = 0; i < pipe.sets.size();) {
        if (pipe.sets[i].after > pipe.Complete()) {
            ++i;
            continue;
        }
        PendingSet set = std::move(pipe.sets[i]);
        if (i + 1 == pipe.sets.size()) {
            pipe.sets.pop_back();
        } else {
            pipe.sets.erase(pipe.sets.begin() + static_cast<std::ptrdiff_t>(i));
        }
        TakeEffect(core, lane, std::move(set));
    }
}

// What is known once the instructions up to `number` are complete. Nobody asks for less afterwards.
const SharedCounts &Checked::LearntUpTo(PipeState &pipe, uint32_t number) {
    size_t folded = 0;
    for (; folded < pipe.learnt.size() && pipe.learnt[folded].first <= number; ++folded) {
        pipe.learnt_by_all = clocks_.Merge(pipe.learnt_by_all, pipe.learnt[folded].second);
    }
    pipe.learnt.erase(pipe.learnt.begin(), pipe.learnt.begin() + static_cast<std::ptrdiff_t>(folded));
    return pipe.learnt_by_all;
}

void Checked::TakeEffect(Core &core, Lane lane, PendingSet set) {
    CheckedCore &state = *core.checked;
    PipeState &pipe = state.pipes[lane];
    Clock clock = std::move(set.clock);
    clock.own[lane] = set.after;
    clocks_.Learn(clock, state.number, LearntUpTo(pipe, set.after));
    auto &worker = static_cast<CheckedWorker &>(*core.worker);
    if (set.kind == Entry::Kind::Set) {
        Raise(core, set.flag, std::move(clock), set.where);
        return;
    }
    if (set.kind == Entry::Kind::Signal) {
        BufferState &buffer = state.buffers[set.flag];
        ++buffer.done;
        clocks_.Join(buffer.clock, clock);
        for (uint32_t other = 0; other < kLanes; ++other) {
            worker.MarkReady(core, static_cast<Lane>(other));
        }
        return;
    }
    const auto flag = static_cast<uint16_t>(set.flag);
    state.cross_core_sets[set.mode][flag].push_back(std::move(clock));
    if (!CompleteCrossCoreSet(core, set.mode, flag, set.where)) {
        return;
    }
    // The k-th arrival comes after the k-th set of each core that takes part.
    SharedCounts brought;
    ForEachOfGroup(core, set.mode, [&](Core &other) {
        if (SetsTogether(core, other, set.mode)) {
            std::vector<Clock> &clocks = other.checked->cross_core_sets[set.mode][flag];
            brought = clocks_.Merge(brought, clocks_.Share(clocks.front(), other.checked->number));
            clocks.erase(clocks.begin());
        }
    });
    ForEachOfGroup(core, set.mode, [&](Core &other) {
        if (Receives(core, other, set.mode)) {
            other.checked->cross_core_arrivals[flag].push_back(brought);
            CheckOutstanding(core, other, flag, brought, set.where);
        }
    });
}

// X6: whatever the order of events, a set comes after the wait for the one fifteen before.
void Checked::CheckOutstanding(Core &core, Core &receiver, uint16_t flag, const SharedCounts &brought, Location where) {
    CrossCoreWaits &waits = receiver.checked->cross_core_waits[flag];
    if (++waits.arrivals <= kCrossCoreLimit || check_->passes_races != 0) {
        return;
    }
    const uint32_t wait = waits.passed[waits.arrivals - kCrossCoreLimit - 1];
    if (!brought || brought[receiver.checked->number * kLanes + LaneOfWaits(receiver.identity.kind)] < wait) {
        FailCore(core, where,
                 "flag: nothing orders this set of cross-core flag %u behind the wait of %s for the one %u before it: "
                 "more than %u may be outstanding",
                 flag, NameOf(receiver).c_str(), kCrossCoreLimit, kCrossCoreLimit);
    }
}

void Checked::Raise(Core &core, uint32_t number, Clock clock, Location where) {
    CheckedCore &state = *core.checked;
    FlagState &flag = state.flags[number];
    const auto event = static_cast<AscendC::HardEvent>(number / kEventIds);
    const uint32_t id = number % kEventIds;
    const Lane to = LaneOf(PipesOf(event).to);
    if (flag.raised) {
        FailCore(core, where, "flag: SetFlag<HardEvent::%s>(%u) again before a WaitFlag took the one of %s",
                 NameOf(event), id, NameOf(flag.set_at).c_str());
    }
    // The scalar unit issues nothing before its own waits are over.
    if (to != kScalar && clock.own[to] < flag.waited && check_->passes_races == 0) {
        FailCore(core, where,
                 "flag: nothing orders SetFlag<HardEvent::%s>(%u) behind the WaitFlag of %s: the flag may still be set",
                 NameOf(event), id, NameOf(flag.waited_at).c_str());
    }
    flag.raised = true;
    flag.clock = std::move(clock);
    flag.set_at = where;
    if (to != kScalar) {
        static_cast<CheckedWorker &>(*core.worker).MarkReady(core, to);
    }
}

// Unit flags: an Mmad wants the units of its tile free, a Fixpipe wants them full. With 3 they change hands after it.
bool Checked::UnitsAllow(Core &core, const Instruction &instruction, bool commit) {
    const uint8_t unit_flag = UnitFlagOf(instruction);
    if (unit_flag == 0) {
        return true;
    }
    CheckedCore &state = *core.checked;
    const bool multiplies = instruction.operation == Operation::Multiply;
    DescribeFootprint(instruction, footprint_);
    bool allowed = true;
    ForEachRun(multiplies ? footprint_.writes : footprint_.reads,
               [&](const Operand &operand, uint64_t offset, uint64_t bytes) {
                   if (operand.memory != Memory::L0C) {
                       return;
                   }
                   const uint64_t begin = operand.address + offset;
                   for (uint64_t unit = begin / kUnitBytes; unit * kUnitBytes < begin + bytes; ++unit) {
                       allowed = allowed && (commit || state.unit_flags[unit] == (multiplies ? 0 : 1));
                       if (commit) {
                           state.unit_flags[unit] = multiplies == (unit_flag == 3);
                       }
                   }
               });
    if (commit) {
        auto &worker = static_cast<CheckedWorker &>(*core.worker);
        worker.MarkReady(core, kCube);
        worker.MarkReady(core, kFixpipe);
    }
    return allowed;
}

// Lets the scalar run again if what it waits for has come from one of its own pipes.
void Checked::WakeScalar(Core &core) {
    CheckedCore &state = *core.checked;
    bool comes = false;
    if (core.wait == Wait::Flag) {
        comes = state.flags[state.awaited_flag].raised;
    } else if (core.wait == Wait::Queue) {
        comes = state.pipes[state.awaited_pipe].queue.size() < kQueueEntries;
    } else if (core.wait == Wait::Drain) {
        comes = true;
        for (const PipeState &pipe : state.pipes) {
            comes = comes && (pipe.IsEmpty() || pipe.stopped.line != 0);
        }
    }
    if (comes) {
        core.worker->Wake(core);
    }
}

}  // namespace dovetail
