// What the scalar units issue. See checked_pipes.cpp for what becomes of it.
#include "checked_executor.h"

#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <mutex>
#include <new>
#include <utility>

#include "checked_scheduler.h"
#include "flags.h"
#include "polling.h"
#include "report.h"

namespace dovetail {

namespace {

constexpr uint64_t kPoolBytes = uint64_t{4} << 30;  // of address space
constexpr uint32_t kMostCalls = 12;                 // of a scalar before others may have a turn
constexpr uint32_t kSlowness[] = {0, 0, 0, 0, 1, 2, 4, 6};

void *MapZeros(uint64_t bytes) {
    void *mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) {
        throw std::bad_alloc();
    }
    return mapped;
}

uint64_t OwnBytes(const Launch &launch) {
    const DovetailLaunch &request = *launch.request;
    return request.check->memory != nullptr
               ? 0
               : CheckMemory::Bytes(request.ranks, request.machine.cores, request.window_bytes);
}

uint64_t SeedOf(const Launch &launch) {
    // Each launch, and each process, draws an order of its own.
    return launch.request->check->seed * 0x9e3779b97f4a7c15 + launch.number * 1024 + launch.request->first_rank;
}

std::mutex mutex;

// Those that no launch uses now. Never freed: it must outlive the last static destructor that ends a launch.
std::vector<std::unique_ptr<CheckedCore>> &UnusedCores() {
    static auto *unused = new std::vector<std::unique_ptr<CheckedCore>>;
    return *unused;
}

std::unique_ptr<CheckedCore> TakeCore() {
    std::lock_guard<std::mutex> lock(mutex);
    std::vector<std::unique_ptr<CheckedCore>> &unused = UnusedCores();
    if (unused.empty()) {
        return std::make_unique<CheckedCore>();
    }
    std::unique_ptr<CheckedCore> core = std::move(unused.back());
    unused.pop_back();
    return core;
}

void KeepForLater(std::vector<std::unique_ptr<CheckedCore>> &cores) {
    std::lock_guard<std::mutex> lock(mutex);
    // The next launch takes them in the same order.
    std::move(cores.rbegin(), cores.rend(), std::back_inserter(UnusedCores()));
}

}  // namespace

std::unique_ptr<Executor> NewCheckedExecutor(Launch &launch) { return std::make_unique<Checked>(launch); }

Checked::Checked(Launch &launch)
    : launch_(launch),
      check_(launch.request->check),
      own_bytes_(OwnBytes(launch)),
      memory_(own_bytes_ != 0 ? own_memory_ = MapZeros(own_bytes_) : check_->memory, launch.request->ranks,
              launch.request->machine.cores, launch.request->window_bytes),
      clocks_(memory_.components()),
      random_(SeedOf(launch)),
      trace_(check_->trace),
      pool_pages_(kPoolBytes, PageUse::Memory),
      pool_(pool_pages_.data(), kPoolBytes, memory_.components()),
      tensors_(launch.request->local_ranks),
      meeting_vectors_(launch.request->local_ranks),
      meeting_everyone_(launch.request->local_ranks) {
    pool_.Clear();
    trace_.Write({DOVETAIL_BEGUN, 0, launch.request->machine.cores * kCoresOfBlock, 0, 0, 0, 0});
    // Where others move data too, it moves as part of the step.
    if (!launch.has_remote_ranks && check_->moves_no_data == 0 && launch.request->workers != 1) {
        data_ = std::make_unique<DataThread>();
    }
    for (uint32_t i = 0; i < check_->tensor_count; ++i) {
        const DovetailTensor &tensor = check_->tensors[i];
        const uint64_t begin = reinterpret_cast<uint64_t>(tensor.address);
        const bool starts_undefined = (tensor.access & DOVETAIL_INPUT) == 0 && check_->moves_no_data == 0;
        tensors_[tensor.rank - launch.request->first_rank].push_back(
            {tensor.name, begin, begin + tensor.bytes, tensor.access,
             starts_undefined ? Definedness(tensor.bytes) : Definedness()});
    }
}

Checked::~Checked() {
    if (own_memory_ != nullptr) {
        munmap(own_memory_, own_bytes_);
    }
    for (const auto &core : cores_) {
        core->Clear();
    }
    KeepForLater(cores_);
}

std::unique_ptr<Worker> Checked::NewWorker(Launch &launch) { return std::make_unique<CheckedWorker>(launch, *this); }

void Checked::Begin(Rank &rank) {
    const SharedCounts counts = clocks_.Copy(memory_.known(rank.index));
    const uint32_t first = rank.index * launch_.request->machine.cores * kCoresOfBlock;
    uint32_t number = first;
    for (const auto &core : rank.cores) {
        cores_.push_back(TakeCore());
        CheckedCore *state = cores_.back().get();
        core->checked = state;
        state->number = number++;
        for (uint32_t lane = 0; lane < kLanes; ++lane) {
            PipeState &pipe = state->pipes[lane];
            pipe.started = memory_.number(state->number * kLanes + lane);
            pipe.slowness = kSlowness[random_.Below(sizeof(kSlowness) / sizeof(kSlowness[0]))];
            pipe.start.others = counts;
            for (uint32_t own = 0; own < kLanes; ++own) {
                pipe.start.own[own] = memory_.number(state->number * kLanes + own);
            }
        }
        for (int memory = 0; memory < static_cast<int>(Memory::Count); ++memory) {
            const uint64_t bytes = core->memories[memory].bytes;
            const uint64_t cell_bytes = CellBytesOf(static_cast<Memory>(memory));
            const uint64_t cells = (bytes + cell_bytes - 1) / cell_bytes;
            state->cells[memory].heads.assign(cells, 0);
            state->cells[memory].used.assign(cells, 0);
            state->cells[memory].own = pool_.Reserve(static_cast<uint32_t>(2 * cells));
            if (bytes != 0 && check_->moves_no_data == 0) {
                state->defined[memory] = Definedness(bytes);
            }
        }
        state->unit_flags.assign(core->memories[static_cast<int>(Memory::L0C)].bytes / kUnitBytes, 0);
        state->calls_left = 1 + random_.Below(kMostCalls);
    }
}

// All its instructions are complete: what the rank knows is known to its next launch.
void Checked::EndRank(Rank &rank) {
    SharedCounts known;
    for (const auto &core : rank.cores) {
        SharedCounts last;
        for (PipeState &pipe : core->checked->pipes) {
            const SharedCounts &learnt = LearntUpTo(pipe, pipe.started);
            for (const SharedCounts *of_pipe : {&std::as_const(pipe.start.others), &learnt}) {
                known = *of_pipe == last ? known : clocks_.Merge(known, *of_pipe);
                last = *of_pipe;
            }
        }
    }
    uint32_t *kept = memory_.known(rank.index);
    memcpy(kept, known.get(), memory_.components() * sizeof(uint32_t));
    for (const auto &core : rank.cores) {
        for (uint32_t lane = 0; lane < kLanes; ++lane) {
            const Component component = core->checked->number * kLanes + lane;
            kept[component] = memory_.number(component) = core->checked->pipes[lane].started;
        }
    }
}

// Takes the lock of what processes share, if there are others.
void Checked::LockShared(Core &core, CheckMemory::Lock &lock) {
    if (!launch_.has_remote_ranks) {
        return;
    }
    const int64_t start = Nanoseconds();
    const double seconds = launch_.request->timeout_seconds;
    for (;;) {
        const CheckMemory::Taken taken = lock.Take(memory_);
        if (taken == CheckMemory::Taken::Yes) {
            return;
        }
        if (taken == CheckMemory::Taken::Died) {
            FailLaunch(core, NameOfDeadRank());
        }
        if (launch_.control->Failed()) {
            FailLaunch(core, "");  // the first failure is the one that counts
        }
        if (seconds > 0 && Nanoseconds() - start > seconds * 1e9) {
            FailLaunch(core,
                       Format("hang: no rank made progress for %g s: one stands still while it accesses global memory",
                              seconds));
        }
    }
}

std::string Checked::NameOfDeadRank() {
    // A process lets go of its locks some time before others are told that it has ended.
    constexpr int kMostTries = 1000;
    constexpr timespec kPause = {0, 1'000'000};
    const DovetailLaunch &request = *launch_.request;
    for (int i = 0; request.fault_of_peer != nullptr && i < kMostTries; ++i) {
        for (uint32_t rank = 0; rank < request.ranks; ++rank) {
            char fault[1024];
            const bool is_local = rank - request.first_rank < request.local_ranks;
            if (!is_local && request.fault_of_peer(request.peers, rank, fault, sizeof(fault)) > 0) {
                return fault;
            }
        }
        nanosleep(&kPause, nullptr);
    }
    return "the process of another rank has ended";
}

void Checked::TakeTurn(Core &core) {
    if (launch_.control->Failed()) {
        core.worker->Abandon(core);
    }
    if (--core.checked->calls_left == 0) {
        core.checked->calls_left = 1 + random_.Below(kMostCalls);
        core.wait = Wait::Turn;
        core.worker->Suspend(core);
    }
}

// Returns once there is room in the queue of a pipe, which may then be able to move.
void Checked::AwaitRoom(Core &core, Lane lane, Location where) {
    while (core.checked->pipes[lane].queue.size() >= kQueueEntries) {
        core.wait = Wait::Queue;
        core.checked->awaited_pipe = lane;
        core.where = where;
        core.worker->Suspend(core);
    }
    static_cast<CheckedWorker &>(*core.worker).MarkReady(core, lane);
}

Entry &Checked::Push(Core &core, Lane lane, Entry::Kind kind, uint32_t flag, Location where) {
    AwaitRoom(core, lane, where);
    return core.checked->pipes[lane].queue.Push(kind, flag, where);
}

// The core does something else than poll: it has found what it waits for.
void Checked::LeaveProbe(Core &core) {
    if (probe_ != nullptr && probe_->core == &core) {
        probe_->has_left = true;
        core.wait = Wait::Stopped;
        core.worker->Suspend(core);
    }
}

void Checked::Issue(Core &core, const Instruction &instruction) {
    TakeTurn(core);
    if (instruction.first.address != reinterpret_cast<uint64_t>(core.last_polled) ||
        instruction.operation != Operation::Copy) {
        LeaveProbe(core);
    }
    CheckBounds(core, instruction);
    ++core.checked->issued;
    ++core.checked->instructions;
    if (instruction.operation == Operation::Copy && instruction.first.memory == Memory::Global) {
        NoteLoad(core, instruction);
    }
    core.checked->last_issue = instruction.where;
    trace_.Write({DOVETAIL_ISSUED, LaneOf(instruction.pipe), core.checked->number, instruction.where.line, 0,
                  IsWholeMmad(instruction), 0});
    const uint32_t issue = core.checked->issued;
    const Lane lane = LaneOf(instruction.pipe);
    AwaitRoom(core, lane, instruction.where);
    core.checked->pipes[lane].queue.Push(issue, instruction);
}

void Checked::RaiseFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) {
    TakeTurn(core);
    CheckEvent(core, event, id, where);
    CheckReserved(core, event, id, where);
    const uint32_t flag = static_cast<uint32_t>(event) * kEventIds + static_cast<uint32_t>(id);
    trace_.Write({DOVETAIL_SET_FLAG, LaneOf(PipesOf(event).from), core.checked->number, where.line, 0,
                  static_cast<uint64_t>(event), static_cast<uint64_t>(id)});
    const pipe_t from = PipesOf(event).from;
    if (from == PIPE_S) {
        Clock clock = core.checked->pipes[kScalar].start;
        Raise(core, flag, std::move(clock), where);
        return;
    }
    Push(core, LaneOf(from), Entry::Kind::Set, flag, where);
}

void Checked::AwaitFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) {
    TakeTurn(core);
    CheckEvent(core, event, id, where);
    CheckReserved(core, event, id, where);
    const uint32_t number = static_cast<uint32_t>(event) * kEventIds + static_cast<uint32_t>(id);
    const pipe_t to = PipesOf(event).to;
    trace_.Write({DOVETAIL_WAIT_FLAG, LaneOf(to), core.checked->number, where.line, 0, static_cast<uint64_t>(event),
                  static_cast<uint64_t>(id)});
    if (to != PIPE_S) {
        Push(core, LaneOf(to), Entry::Kind::Wait, number, where);
        return;
    }
    while (!core.checked->flags[number].raised) {
        core.wait = Wait::Flag;
        core.where = where;
        core.checked->awaited_flag = number;
        core.worker->Suspend(core);
    }
    PipeState &scalar = core.checked->pipes[kScalar];
    FlagState &flag = core.checked->flags[number];
    flag.raised = false;
    clocks_.Join(scalar.start, flag.clock);
    scalar.start.own[kScalar] = ++scalar.started;
    flag.waited = scalar.started;
    flag.waited_at = where;
    if (core.loaded && event == AscendC::HardEvent::MTE2_S) {
        if (probe_ != nullptr) {
            Pretend(core);
        }
        NotePoll(core);
        // A loop that does nothing but poll sleeps until what it polls changes.
        const bool nothing_else = core.checked->instructions == core.checked->at_last_poll + 1;
        core.checked->polls_for_ever = nothing_else && core.checked->only_polls;
        core.checked->only_polls = true;
        core.checked->at_last_poll = core.checked->instructions;
        if (core.polls_again && nothing_else && (probe_ != nullptr || StillHolds(core))) {
            core.wait = Wait::Poll;
            core.where = where;
            core.worker->Suspend(core);
        }
    }
}

// Returns once all pipes of the core are empty. What it knows is then the same for all of them.
void Checked::Drain(Core &core, Location where) {
    CheckedCore &state = *core.checked;
    const auto is_empty = [](const PipeState &pipe) { return pipe.IsEmpty(); };
    while (!std::all_of(std::begin(state.pipes), std::end(state.pipes), is_empty)) {
        core.wait = Wait::Drain;
        core.where = where;
        core.worker->Suspend(core);
    }
    Clock all;
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        PipeState &pipe = state.pipes[lane];
        clocks_.Join(all, pipe.start);
        clocks_.Learn(all, state.number, LearntUpTo(pipe, pipe.started));
    }
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        all.own[lane] = state.pipes[lane].started;
    }
    for (PipeState &pipe : state.pipes) {
        pipe.start = all;
        pipe.sent = 0;
    }
    state.last_issue = {};
}

void Checked::PipeBarrier(Core &core, pipe_t pipe, Location where) {
    core.checked->only_polls = false;
    TakeTurn(core);
    LeaveProbe(core);
    const uint32_t lane = pipe == PIPE_ALL ? kLanes : LaneOf(pipe);
    trace_.Write({DOVETAIL_BARRIER, lane, core.checked->number, where.line, 0, 0, 0});
    if (pipe == PIPE_ALL) {
        Drain(core, where);
        return;
    }
    Push(core, LaneOf(pipe), Entry::Kind::Barrier, 0, where);
}

void Checked::SignalBuffer(Core &core, const void *queue, int32_t buffer, pipe_t pipe, Location where) {
    core.checked->only_polls = false;
    TakeTurn(core);
    CheckedCore &state = *core.checked;
    const auto [place, made] =
        state.buffer_indices.try_emplace({queue, buffer}, static_cast<uint32_t>(state.buffers.size()));
    if (made) {
        state.buffers.emplace_back();
    }
    BufferState &signalled = state.buffers[place->second];
    ++signalled.issued;
    signalled.pipe = LaneOf(pipe);
    Push(core, LaneOf(pipe), Entry::Kind::Signal, place->second, where);
}

void Checked::AwaitBuffer(Core &core, const void *queue, int32_t buffer, pipe_t pipe, Location where) {
    core.checked->only_polls = false;
    TakeTurn(core);
    CheckedCore &state = *core.checked;
    const auto found = state.buffer_indices.find({queue, buffer});
    if (found == state.buffer_indices.end() || state.buffers[found->second].pipe == LaneOf(pipe)) {
        return;  // nobody has used it yet, or the same pipe, which a queue does not order with itself
    }
    const uint32_t signals = state.buffers[found->second].issued;
    Push(core, LaneOf(pipe), Entry::Kind::Await, found->second, where).signals = signals;
}

void Checked::RaiseCrossCoreFlag(Core &core, uint8_t mode, pipe_t pipe, uint16_t flag, Location where) {
    core.checked->only_polls = false;
    TakeTurn(core);
    LeaveProbe(core);
    CheckCrossCoreFlag(core, flag, where);
    trace_.Write({DOVETAIL_SET_CROSS_CORE, LaneOf(pipe), core.checked->number, where.line, 0, mode, flag});
    Push(core, LaneOf(pipe), Entry::Kind::CrossCoreSet, flag, where).mode = mode;
}

// Passes a wait for a flag between cores: all pipes know what it brings, and that it is over.
void Checked::LearnEverywhere(Core &core, const SharedCounts &from, Location where) {
    CheckedCore &state = *core.checked;
    const Lane waits = LaneOfWaits(core.identity.kind);
    const uint32_t number = ++state.pipes[waits].started;
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
        PipeState &pipe = state.pipes[lane];
        if (pipe.queue.empty()) {
            clocks_.Learn(pipe.start, state.number, from);
            pipe.start.own[waits] = number;
            continue;
        }
        pipe.queue.Push(Entry::Kind::Learn, number, where).learnt = from;
    }
}

void Checked::AwaitCrossCoreFlag(Core &core, uint16_t flag, Location where) {
    core.checked->only_polls = false;
    TakeTurn(core);
    LeaveProbe(core);
    CheckCrossCoreFlag(core, flag, where);
    trace_.Write({DOVETAIL_WAIT_CROSS_CORE, kScalar, core.checked->number, where.line, 0, 0, flag});
    while (core.arrived[flag] == 0) {
        core.wait = Wait::CrossCore;
        core.awaited_flag = flag;
        core.where = where;
        core.worker->Suspend(core);
    }
    --core.arrived[flag];
    launch_.control->Advance();
    std::vector<SharedCounts> &arrivals = core.checked->cross_core_arrivals[flag];
    LearnEverywhere(core, arrivals.front(), where);
    core.checked->cross_core_waits[flag].passed.push_back(core.checked->pipes[LaneOfWaits(core.identity.kind)].started);
    arrivals.erase(arrivals.begin());
}

void Checked::SynchronizeAll(Core &core, bool vectors_only, Location where) {
    core.checked->only_polls = false;
    TakeTurn(core);
    LeaveProbe(core);
    trace_.Write({DOVETAIL_SYNC_ALL, kScalar, core.checked->number, where.line, 0, vectors_only, 0});
    Drain(core, where);
    Rank &rank = *core.rank;
    std::vector<SharedCounts> &meetings = vectors_only ? meeting_vectors_ : meeting_everyone_;
    SharedCounts &brought = meetings[rank.index - launch_.request->first_rank];
    brought = clocks_.Merge(brought, clocks_.Share(core.checked->pipes[kScalar].start, core.checked->number));
    Meet(core, vectors_only, where, [&] {
        for (const auto &other : rank.cores) {
            if (JoinsMeeting(*other, vectors_only)) {
                for (PipeState &pipe : other->checked->pipes) {
                    clocks_.Learn(pipe.start, other->checked->number, brought);
                }
            }
        }
        brought = {};
    });
}

int64_t Checked::Cycles() {
    current_core->checked->only_polls = false;
    return static_cast<int64_t>(steps_);
}

void Checked::End(Core &core) {
    LeaveProbe(core);
    CheckedCore &state = *core.checked;
    if (state.last_issue.line != 0) {
        FailCore(core, state.last_issue,
                 "unfinished: the kernel ends behind this instruction without PipeBarrier<PIPE_ALL>, or the end of a "
                 "TPipe");
    }
    // Nothing but flags can still be on its way.
    const auto moves = [](const PipeState &pipe) { return !pipe.IsEmpty() && pipe.stopped.line == 0; };
    while (std::any_of(std::begin(state.pipes), std::end(state.pipes), moves)) {
        core.wait = Wait::Drain;
        core.where = {};
        core.worker->Suspend(core);
    }
    for (auto &[line, cached] : state.cache) {
        CleanLine(core, line, cached);
    }
    trace_.Write({DOVETAIL_ENDED, 0, state.number, 0, 0, core.takes_part, 0});
    const std::pair<uint32_t, FlagState> *unpaired = nullptr;
    for (const auto &each : state.flags.used()) {
        if (each.second.raised && (unpaired == nullptr || each.first < unpaired->first)) {
            unpaired = &each;
        }
    }
    if (unpaired != nullptr) {
        FailCore(core, unpaired->second.set_at,
                 "unpaired flag: SetFlag<HardEvent::%s>(%u) has no WaitFlag before the kernel ends",
                 NameOf(static_cast<AscendC::HardEvent>(unpaired->first / kEventIds)), unpaired->first % kEventIds);
    }
    for (const PipeState &pipe : state.pipes) {
        if (!pipe.queue.empty() && pipe.queue.front().kind == Entry::Kind::Wait) {
            const Entry &entry = pipe.queue.front();
            FailCore(core, entry.where,
                     "unpaired flag: WaitFlag<HardEvent::%s>(%u) has no SetFlag before the kernel ends",
                     NameOf(static_cast<AscendC::HardEvent>(entry.flag / kEventIds)), entry.flag % kEventIds);
        }
    }
    launch_.control->Advance();
}

}  // namespace dovetail
