#include <cstring>

#include "executor.h"
#include "fast_scheduler.h"
#include "flags.h"
#include "perform.h"
#include "polling.h"
#include "report.h"

namespace dovetail {

namespace {

// What a link carries at a time.
constexpr double kPacketBytes = 512;

FastWorker &WorkerOf(const Core &core) { return static_cast<FastWorker &>(*core.worker); }

class Fast final : public Executor {
public:
    std::unique_ptr<Worker> NewWorker(Launch &launch) override { return std::make_unique<FastWorker>(launch); }

    void Issue(Core &core, const Instruction &instruction) override {
        const bool writes_global = instruction.destination.memory == Memory::Global;
        if (writes_global && core.rank->launch->request->link_bytes_per_second > 0) {
            WaitForLink(core, instruction);
        }
        Perform(core, instruction);
        if (writes_global || instruction.operation == Operation::Multiply) {
            core.rank->launch->control->Advance();
        } else if (instruction.operation == Operation::Copy && instruction.first.memory == Memory::Global) {
            NoteLoad(core, instruction);
        }
        if (instruction.operation == Operation::StoreTile && writes_global) {
            WorkerOf(core).EndTurn(core);
        } else if (writes_global || instruction.operation == Operation::Multiply) {
            WorkerOf(core).OfferTurn(core);
        }
    }

    void *Scalar(Core &core, const Operand &operand, uint64_t bytes, bool writes, Location where) override {
        uint8_t *place = Resolve(core, operand, bytes, where);
        if (operand.memory != Memory::Global) {
            return place;
        }
        if (writes) {
            core.rank->launch->control->Advance();
            return place;
        }
        core.loaded = true;
        core.polled = reinterpret_cast<const uint8_t *>(operand.address);
        core.polled_bytes = bytes;
        core.polled_into = {};
        // A loop of nothing but scalar reads must not keep the processor for ever.
        if (++core.scalar_reads % 256 == 0) {
            Poll(core, where);
        }
        return place;
    }

    void RaiseFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) override {
        CheckEvent(core, event, id, where);
        Location &raised = core.raised[static_cast<int>(event)][id];
        if (raised.line != 0) {
            FailCore(core, where, "flag: SetFlag<HardEvent::%s>(%d) again before a WaitFlag took the one of %s",
                     NameOf(event), id, NameOf(raised).c_str());
        }
        raised = where;
    }

    void AwaitFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) override {
        CheckEvent(core, event, id, where);
        Location &raised = core.raised[static_cast<int>(event)][id];
        if (raised.line == 0) {
            FailCore(core, where,
                     "unpaired flag: WaitFlag<HardEvent::%s>(%d) waits for a SetFlag that was never issued",
                     NameOf(event), id);
        }
        raised.line = 0;
        using E = AscendC::HardEvent;
        if (core.loaded && (event == E::MTE2_S || event == E::V_S || event == E::MTE3_S)) {
            Poll(core, where);
        }
    }

    void PipeBarrier(Core &core, pipe_t pipe, Location where) override {
        if (core.loaded && pipe == PIPE_ALL && core.identity.kind == CoreKind::Vector) {
            Poll(core, where);
        }
    }

    void SignalBuffer(Core &, const void *, int32_t, pipe_t, Location) override {}
    void AwaitBuffer(Core &, const void *, int32_t, pipe_t, Location) override {}

    void RaiseCrossCoreFlag(Core &core, uint8_t mode, pipe_t, uint16_t flag, Location where) override {
        CompleteCrossCoreSet(core, mode, flag, where);
    }

    void AwaitCrossCoreFlag(Core &core, uint16_t flag, Location where) override {
        if (flag >= kCrossCoreFlags) {
            FailCore(core, where, "flag: cross-core flag %u is not in 0..%d", flag, kCrossCoreFlags - 1);
        }
        while (core.arrived[flag] == 0) {
            core.wait = Wait::CrossCore;
            core.awaited_flag = flag;
            core.where = where;
            core.worker->Suspend(core);
        }
        --core.arrived[flag];
        core.rank->launch->control->Advance();
    }

    void SynchronizeAll(Core &core, bool vectors_only, Location where) override {
        Meet(core, vectors_only, where, [] {});
    }

    void SynchronizeCache(Core &core, const Operand &, bool, Location where) override {
        if (core.loaded) {
            Poll(core, where);
        }
    }

    void End(Core &core) override {
        CheckFlagsAtEnd(core);
        core.rank->launch->control->Advance();
    }

    int64_t Cycles() override { return Nanoseconds(); }

private:
    // The scalar is about to look at what it has loaded: if it looks in vain it will be back, so others go first.
    static void Poll(Core &core, Location where) {
        core.wait = Wait::Poll;
        core.where = where;
        NotePoll(core);
        core.worker->Suspend(core);
    }

    // Each directed link passes one transfer after the other; what is written arrives when it has passed.
    static void WaitForLink(Core &core, const Instruction &instruction) {
        Launch &launch = *core.rank->launch;
        const int owner = WindowOwner(launch, instruction.destination.address);
        if (instruction.operation != Operation::Copy || owner < 0 || static_cast<uint32_t>(owner) == core.rank->index) {
            return;
        }
        const double bytes = static_cast<double>(instruction.copy.block_count) * instruction.copy.block_bytes;
        const auto passes = static_cast<int64_t>(bytes / launch.request->link_bytes_per_second * 1e9);
        const int64_t now = Nanoseconds();
        int64_t &free_at = core.rank->link_free_at[owner];
        free_at = (free_at > now ? free_at : now) + passes;
        // Packets of several writers share a link: one packet, a counter say, does not wait for the transfers of
        // others.
        core.wake_time = bytes <= kPacketBytes ? now + passes : free_at;
        core.wait = Wait::Link;
        core.where = instruction.where;
        core.worker->Suspend(core);
    }
};

}  // namespace

std::unique_ptr<Executor> NewFastExecutor() { return std::make_unique<Fast>(); }

}  // namespace dovetail
