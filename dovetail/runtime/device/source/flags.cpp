#include "flags.h"

#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

// Events of architecture 2201, by kind of core.
bool Exists(CoreKind kind, AscendC::HardEvent event) {
    using E = AscendC::HardEvent;
    switch (event) {
        case E::MTE2_MTE3:
        case E::MTE3_MTE2:
            return true;
        case E::M_MTE1:
        case E::M_MTE2:
        case E::M_FIX:
        case E::MTE1_M:
        case E::MTE1_MTE2:
        case E::MTE1_MTE3:
        case E::MTE1_FIX:
        case E::MTE2_M:
        case E::MTE2_MTE1:
        case E::MTE3_MTE1:
        case E::FIX_M:
        case E::FIX_MTE1:
            return kind == CoreKind::Cube;
        case E::S_V:
        case E::S_MTE2:
        case E::S_MTE3:
        case E::V_S:
        case E::V_MTE2:
        case E::V_MTE3:
        case E::MTE2_S:
        case E::MTE2_V:
        case E::MTE3_S:
        case E::MTE3_V:
            return kind == CoreKind::Vector;
        default:
            return false;
    }
}

void Increment(Core &core, uint16_t flag, const Core &setter, Location where) {
    if (++core.arrived[flag] > kCrossCoreLimit) {
        FailCore(const_cast<Core &>(setter), where, "flag: cross-core flag %u of %s has more than %u outstanding sets",
                 flag, NameOf(core).c_str(), kCrossCoreLimit);
    }
    if (core.wait == Wait::CrossCore && core.awaited_flag == flag) {
        core.worker->Wake(core);
    }
}

}  // namespace

EventPipes PipesOf(AscendC::HardEvent event) {
    static constexpr EventPipes pipes[] = {
        {PIPE_MTE2, PIPE_MTE1}, {PIPE_MTE1, PIPE_MTE2}, {PIPE_MTE1, PIPE_M}, {PIPE_M, PIPE_MTE1},
        {PIPE_MTE2, PIPE_V},    {PIPE_V, PIPE_MTE2},    {PIPE_MTE3, PIPE_V}, {PIPE_V, PIPE_MTE3},
        {PIPE_M, PIPE_V},       {PIPE_V, PIPE_M},       {PIPE_V, PIPE_V},    {PIPE_MTE3, PIPE_MTE1},
        {PIPE_MTE1, PIPE_MTE3}, {PIPE_MTE1, PIPE_V},    {PIPE_MTE2, PIPE_M}, {PIPE_M, PIPE_MTE2},
        {PIPE_V, PIPE_MTE1},    {PIPE_M, PIPE_FIX},     {PIPE_FIX, PIPE_M},  {PIPE_MTE3, PIPE_MTE2},
        {PIPE_MTE2, PIPE_MTE3}, {PIPE_S, PIPE_V},       {PIPE_V, PIPE_S},    {PIPE_S, PIPE_MTE2},
        {PIPE_MTE2, PIPE_S},    {PIPE_S, PIPE_MTE3},    {PIPE_MTE3, PIPE_S}, {PIPE_MTE2, PIPE_FIX},
        {PIPE_FIX, PIPE_MTE2},  {PIPE_FIX, PIPE_S},     {PIPE_M, PIPE_S},    {PIPE_FIX, PIPE_MTE3},
        {PIPE_MTE1, PIPE_FIX},  {PIPE_FIX, PIPE_MTE1},  {PIPE_FIX, PIPE_FIX}};
    static_assert(sizeof(pipes) / sizeof(pipes[0]) == kEvents, "two pipes for each event");
    return pipes[static_cast<int>(event)];
}

void CheckEvent(Core &core, AscendC::HardEvent event, int32_t id, Location where) {
    if (id < 0 || id >= kEventIds) {
        FailCore(core, where, "flag: event id %d of %s is not in 0..%d", id, NameOf(event), kEventIds - 1);
    }
    if (!Exists(core.identity.kind, event)) {
        FailCore(core, where, "flag: event %s does not exist on an %s", NameOf(event),
                 core.identity.kind == CoreKind::Cube ? "AIC" : "AIV");
    }
}

void CheckReserved(Core &core, AscendC::HardEvent event, int32_t id, Location where) {
    constexpr int32_t kFirstOfSystem = 6;
    if (id >= kFirstOfSystem) {
        FailCore(core, where, "flag: event id %d of %s belongs to the system; kernels have 0..%d", id, NameOf(event),
                 kFirstOfSystem - 1);
    }
}

void CheckCrossCoreFlag(Core &core, uint16_t flag, Location where) {
    constexpr uint16_t kFirstOfSystem = 11;
    if (flag >= kFirstOfSystem) {
        FailCore(core, where, "flag: cross-core flag %u belongs to the system; kernels have 0..%d", flag,
                 kFirstOfSystem - 1);
    }
}

bool SetsTogether(const Core &core, const Core &other, uint8_t mode) {
    const bool same_kind = core.identity.kind == other.identity.kind;
    return same_kind && (mode == 0 || core.identity.block == other.identity.block);
}

bool Receives(const Core &core, const Core &other, uint8_t mode) {
    if (mode == 2) {
        return core.identity.block == other.identity.block && core.identity.kind != other.identity.kind;
    }
    return SetsTogether(core, other, mode);
}

bool CompleteCrossCoreSet(Core &core, uint8_t mode, uint16_t flag, Location where) {
    if (flag >= kCrossCoreFlags) {
        FailCore(core, where, "flag: cross-core flag %u is not in 0..%d", flag, kCrossCoreFlags - 1);
    }
    if (++core.pending[mode][flag] > kCrossCoreLimit) {
        FailCore(core, where,
                 "flag: more than %u outstanding sets of cross-core flag %u: the other cores of its group lag",
                 kCrossCoreLimit, flag);
    }
    core.rank->launch->control->Advance();
    bool complete = true;
    ForEachOfGroup(core, mode, [&](const Core &other) {
        complete = complete && !(SetsTogether(core, other, mode) && other.pending[mode][flag] == 0);
    });
    if (!complete) {
        return false;
    }
    ForEachOfGroup(core, mode, [&](Core &other) {
        other.pending[mode][flag] -= SetsTogether(core, other, mode) ? 1 : 0;
    });
    ForEachOfGroup(core, mode, [&](Core &other) {
        if (Receives(core, other, mode)) {
            Increment(other, flag, core, where);
        }
    });
    return true;
}

bool JoinsMeeting(const Core &core, bool vectors_only) {
    return core.takes_part && (!vectors_only || core.identity.kind == CoreKind::Vector);
}

void Meet(Core &core, bool vectors_only, Location where, const std::function<void()> &met) {
    if (vectors_only && core.identity.kind == CoreKind::Cube) {
        FailCore(core, where, "flag: SyncAll<true> on an AIC: it synchronises AIVs only");
    }
    Rendezvous &meeting = vectors_only ? core.rank->vectors : core.rank->everyone;
    uint32_t expected = 0;
    for (const auto &other : core.rank->cores) {
        expected += JoinsMeeting(*other, vectors_only) ? 1 : 0;
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
    met();
    for (const auto &other : core.rank->cores) {
        if (other->wait == Wait::SyncAll && other->awaits_vectors_only == vectors_only) {
            other->worker->Wake(*other);
        }
    }
}

void CheckFlagsAtEnd(Core &core) {
    for (int event = 0; event < kEvents; ++event) {
        for (int id = 0; id < kEventIds; ++id) {
            const Location &raised = core.raised[event][id];
            if (raised.line != 0) {
                FailCore(core, raised,
                         "unpaired flag: SetFlag<HardEvent::%s>(%d) has no WaitFlag before the kernel ends",
                         NameOf(static_cast<AscendC::HardEvent>(event)), id);
            }
        }
    }
}

}  // namespace dovetail
