// Checked execution: the pipes of a core are queues, and what they hold takes effect in an order drawn from a seed, as
// far as flags and barriers allow. Every access is compared with those before it by vector clocks, so that a race is
// found in whatever order the two happen to come. The rules are those of docs/memory-model.md.
#ifndef DOVETAIL_SOURCE_CHECKED_EXECUTOR_H
#define DOVETAIL_SOURCE_CHECKED_EXECUTOR_H

#include <memory>
#include <unordered_map>
#include <vector>

#include "check_memory.h"
#include "checked_core.h"
#include "data_thread.h"
#include "executor.h"
#include "footprint.h"
#include "random.h"
#include "trace.h"

namespace dovetail {

class CheckedWorker;

// A tensor in global memory, or all that is known of a rank's.
struct Tensor {
    std::string name;
    uint64_t begin, end;
    uint32_t access;
    Definedness defined;  // of an output
};

// Whether an Mmad is large enough for the hardware to complete it before the next one that adds to its tile.
bool IsWholeMmad(const Instruction &instruction);

class Checked final : public Executor {
public:
    explicit Checked(Launch &launch);
    ~Checked() override;

    std::unique_ptr<Worker> NewWorker(Launch &launch) override;
    void Begin(Rank &rank) override;

    void Issue(Core &core, const Instruction &instruction) override;
    void *Scalar(Core &core, const Operand &operand, uint64_t bytes, bool writes, Location where) override;
    void RaiseFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) override;
    void AwaitFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) override;
    void PipeBarrier(Core &core, pipe_t pipe, Location where) override;
    void SignalBuffer(Core &core, const void *queue, int32_t buffer, pipe_t pipe, Location where) override;
    void AwaitBuffer(Core &core, const void *queue, int32_t buffer, pipe_t pipe, Location where) override;
    void RaiseCrossCoreFlag(Core &core, uint8_t mode, pipe_t pipe, uint16_t flag, Location where) override;
    void AwaitCrossCoreFlag(Core &core, uint16_t flag, Location where) override;
    void SynchronizeAll(Core &core, bool vectors_only, Location where) override;
    void SynchronizeCache(Core &core, const Operand &line, bool entire, Location where) override;
    void End(Core &core) override;
    void EndRank(Rank &rank) override;
    void EndLaunch() override { data_.reset(); }
    const Core *WriterOf(uint64_t address) override;
    int64_t Cycles() override;

    // Moves a pipe one step on. Returns whether an instruction took effect that was no poll.
    bool Step(Core &core, uint32_t lane);

    Random &random() { return random_; }

    // A core that is asked which value it waits for (probe.cpp).
    struct Probed {
        const Core *core;
        int32_t value;  // that it finds
        bool has_left = false;
    };

private:
    // probe.cpp
    void Pretend(Core &core);
    void LeaveProbe(Core &core);

    // checked_executor.cpp: what the scalar unit issues
    void AwaitRoom(Core &core, Lane lane, Location where);
    Entry &Push(Core &core, Lane lane, Entry::Kind kind, uint32_t flag, Location where);
    void TakeTurn(Core &core);
    void Drain(Core &core, Location where);
    void LearnEverywhere(Core &core, const SharedCounts &from, Location where);

    void LockShared(Core &core, CheckMemory::Lock &lock);
    std::string NameOfDeadRank();

    // checked_pipes.cpp: what pipes do
    void Start(Core &core, Lane lane);
    bool CanStart(Core &core, Lane lane, const Entry &entry);
    uint32_t Choose(Core &core, Lane lane);
    void Move(Core &core, const Instruction &instruction);
    bool PerformPart(Core &core, Lane lane, InFlight &item);
    bool ReadAccumulator(Core &core, InFlight &item);
    void RestoreAccumulator(Core &core, InFlight &item);
    void Settle(Core &core, Lane lane);
    const SharedCounts &LearntUpTo(PipeState &pipe, uint32_t number);
    void TakeEffect(Core &core, Lane lane, PendingSet set);
    void CheckOutstanding(Core &core, Core &receiver, uint16_t flag, const SharedCounts &brought, Location where);
    void Raise(Core &core, uint32_t flag, Clock clock, Location where);
    bool UnitsAllow(Core &core, const Instruction &instruction, bool commit);
    void WakeScalar(Core &core);

    // checked_bounds.cpp
    void CheckBounds(Core &core, const Instruction &instruction);
    void CheckBounds(Core &core, pipe_t pipe, const Operand &operand, Strip::Span span, bool writes, Location where);
    void CheckTensors(Core &core, pipe_t pipe, int64_t begin, int64_t end, bool writes, Location where);
    void CheckOverlap(Core &core, const Instruction &instruction);
    Tensor *TensorAt(const Rank &rank, uint64_t address);

    // checked_accesses.cpp
    Access MakeAccess(Core &core, Lane lane, uint32_t number, uint32_t issue, AccessKind kind, uint8_t traits,
                      Location where);
    void CheckAccesses(Core &core, Lane lane, const InFlight &item);
    void CheckArrival(Core &core, Lane lane, const InFlight &item, bool is_counter);
    void VisitRun(Core &core, const Access &access, const Clock &clock, Memory memory, uint64_t address,
                  uint64_t bytes);
    AccessTable PrivateTable(uint64_t address, uint64_t *base);
    SharedCounts ClocksOfCounters(CheckedCore &state, Lane lane, uint32_t number);
    void ReportConflict(Core &core, const Access &access, const Conflict &conflict, Memory memory, uint64_t base);

    // checked_definedness.cpp
    void MoveDefinedness(Core &core, const Instruction &instruction);
    void MoveDefinednessToNz(Core &core, const Instruction &instruction);
    void MoveDefinednessOfRegion(Core &core, const Instruction &instruction);
    void MoveDefinednessOfBias(Core &core, const Instruction &instruction);
    void MoveDefinednessOfSquares(Core &core, const Instruction &instruction);
    void MoveDefinednessOfFractals(Core &core, const Instruction &instruction);
    void RequireDefined(Core &core, pipe_t pipe, const Operand &operand, uint64_t offset, uint64_t bytes,
                        Location where);
    void SetDefined(Core &core, const Operand &operand, uint64_t offset, uint64_t bytes, bool defined);
    // Null where all is defined. `begin` is then of no meaning.
    Definedness *DefinednessAt(Core &core, const Operand &operand, uint64_t offset, uint64_t *begin);

    // checked_scalar.cpp
    void AccessByScalar(Core &core, Memory memory, uint64_t address, uint64_t bytes, bool writes, Location where);
    void *ThroughCache(Core &core, uint64_t address, uint64_t bytes, bool writes, Location where);
    void CleanLine(Core &core, uint64_t number, CacheLine &line);
    void CheckDirtyLines(Core &core, const Access &access, uint64_t address, uint64_t bytes);

    // race_report.cpp
    std::string DescribeRace(const Core &core, const Access &access, const Conflict &conflict, Memory memory);
    std::string NameOfRange(const Core &core, Memory memory, uint64_t begin, uint64_t end);

    Launch &launch_;
    const DovetailCheck *check_;
    void *own_memory_ = nullptr;
    uint64_t own_bytes_ = 0;
    CheckMemory memory_;
    Clocks clocks_;
    Random random_;
    Trace trace_;
    Pages pool_pages_;
    RecordPool pool_;
    std::unordered_map<uint64_t, std::vector<uint32_t>> pages_;     // cells of global memory but windows
    std::vector<std::vector<Tensor>> tensors_;                      // of each local rank, by address
    std::vector<SharedCounts> meeting_vectors_, meeting_everyone_;  // of each local rank: who has come to SyncAll
    std::vector<std::unique_ptr<CheckedCore>> cores_;
    Footprint footprint_;
    std::vector<ReadCounter> counters_;
    RecordPool *memory_of_counters_ = nullptr;  // whose clocks they are
    std::unique_ptr<DataThread> data_;          // null: data moves at once
    uint64_t dirty_lines_ = 0;
    uint64_t steps_ = 0;
    Probed *probe_ = nullptr;
    friend class CheckedWorker;
};

}  // namespace dovetail

#endif
