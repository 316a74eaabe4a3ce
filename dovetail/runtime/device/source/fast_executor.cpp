#include <cstring>

#include "executor.h"
#include "flags.h"
#include "perform.h"
#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

// Polls of more than this are not compared with the last.
constexpr uint64_t kComparedBytes = 4096;

// What a link carries at a time.
constexpr double kPacketBytes = 512;

// The rank whose window holds `address`, or -1.
int WindowOwner(const Launch &launch, uint64_t address) {
    const DovetailLaunch &request = *launch.request;
    for (uint32_t rank = 0; request.windows != nullptr && rank < request.ranks; ++rank) {
        const uint64_t window = reinterpret_cast<uint64_t>(request.windows[rank]);
        if (window != 0 && address >= window && address < window + request.window_bytes) {
            return static_cast<int>(rank);
        }
    }
    return -1;
}

class Fast final : public Executor {
public:
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
            core.worker->EndTurn(core);
        } else if (writes_global || instruction.operation == Operation::Multiply) {
            core.worker->OfferTurn(core);
        }
    }

    void Scalar(Core &core, const Operand &operand, uint64_t bytes, bool writes, Location where) override {
        if (operand.memory != Memory::Global) {
            return;
        }
        if (writes) {
            core.rank->launch->control->Advance();
            return;
        }
        core.loaded = true;
        core.polled = reinterpret_cast<const uint8_t *>(operand.address);
        core.polled_bytes = bytes;
        core.polled_into = {};
        // A loop of nothing but scalar reads must not keep the processor for ever.
        if (++core.scalar_reads % 256 == 0) {
            Poll(core, where);
        }
    }

    void RaiseFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) override {
        CheckEvent(core, event, id, where);
        Location &raised = core.raised[static_cast<int>(event)][id];
        if (raised.line != 0) {
            FailCore(core, where, "SetFlag<HardEvent::%s>(%d) again before a WaitFlag took the one of %s",
                     NameOf(event), id, NameOf(raised).c_str());
        }
        raised = where;
    }

    void AwaitFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) override {
        CheckEvent(core, event, id, where);
        Location &raised = core.raised[static_cast<int>(event)][id];
        if (raised.line == 0) {
            FailCore(core, where, "WaitFlag<HardEvent::%s>(%d) waits for a SetFlag that was never issued",
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
            FailCore(core, where, "cross-core flag %u is not in 0..%d", flag, kCrossCoreFlags - 1);
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
        if (vectors_only && core.identity.kind == CoreKind::Cube) {
            FailCore(core, where, "SyncAll<true> on an AIC: it synchronises AIVs only");
        }
        Rendezvous &meeting = vectors_only ? core.rank->vectors : core.rank->everyone;
        uint32_t expected = 0;
        for (const auto &other : core.rank->cores) {
            expected += Joins(*other, vectors_only) ? 1 : 0;
        }
        if (++meeting.arrived < expected) {
            const uint64_t generation = meeting.generation;
            while (meeting.generation == generation) {
                core.wait = Wait::SyncAll;
                core.awaits_vectors_only = vectors_only;
                core.where = where;
                core.worker->Suspend(core);
            }
            return;
        }
        meeting.arrived = 0;
        ++meeting.generation;
        core.rank->launch->control->Advance();
        for (const auto &other : core.rank->cores) {
            if (other->wait == Wait::SyncAll && other->awaits_vectors_only == vectors_only) {
                other->worker->Wake(*other);
            }
        }
    }

    void SynchronizeCache(Core &core, Location where) override {
        if (core.loaded) {
            Poll(core, where);
        }
    }

    void End(Core &core) override {
        CheckFlagsAtEnd(core);
        core.rank->launch->control->Advance();
    }

private:
    static bool Joins(const Core &core, bool vectors_only) {
        return core.takes_part && (!vectors_only || core.identity.kind == CoreKind::Vector);
    }

    static void NoteLoad(Core &core, const Instruction &instruction) {
        const CopyShape &shape = instruction.copy;
        core.loaded = true;
        core.polled = reinterpret_cast<const uint8_t *>(instruction.first.address);
        core.polled_bytes = static_cast<uint64_t>(shape.source_pitch) * (shape.block_count - 1) + shape.block_bytes;
        core.polled_into = instruction.destination;
        core.polled_shape = shape;
    }

    // The scalar is about to look at what it has loaded: if it looks in vain it will be back, so others go first.
    static void Poll(Core &core, Location where) {
        core.loaded = false;
        core.wait = Wait::Poll;
        core.where = where;
        NotePoll(core);
        core.worker->Suspend(core);
    }

    // Whether this load brings what the last one brought, from the same place to the same place.
    static void NotePoll(Core &core) {
        core.polls_again = false;
        core.rounds_slept = 0;
        const uint64_t bytes = core.polled_shape.block_bytes * core.polled_shape.block_count;
        if (core.polled_into.memory != Memory::UB || bytes > kComparedBytes) {
            core.last_polled = nullptr;
            return;
        }
        const uint8_t *seen = core.memories[static_cast<int>(Memory::UB)].data + core.polled_into.address;
        bool same = core.polled == core.last_polled && core.polled_into.address == core.last_polled_into.address &&
                    core.last_seen.size() == bytes;
        core.last_seen.resize(bytes);
        for (uint32_t block = 0; block < core.polled_shape.block_count; ++block) {
            const uint8_t *place = seen + core.polled_shape.left_bytes + block * core.polled_shape.destination_pitch;
            uint8_t *kept = core.last_seen.data() + block * core.polled_shape.block_bytes;
            same = same && memcmp(kept, place, core.polled_shape.block_bytes) == 0;
            memcpy(kept, place, core.polled_shape.block_bytes);
        }
        core.polls_again = same;
        core.last_polled = core.polled;
        core.last_polled_into = core.polled_into;
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

Executor &FastExecutor() {
    static Fast executor;
    return executor;
}

}  // namespace dovetail
