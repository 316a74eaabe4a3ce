// The functions that the API headers call, but for those that describe instructions: flags, buffers, what a kernel asks
// about itself.
#include "adv_api/hccl/hccl.h"
#include "executor.h"
#include "kernel_operator.h"
#include "report.h"
#include "scheduler.h"

namespace dovetail {

namespace {

Executor &ExecutorOf(Core &core) { return *core.rank->launch->executor; }

// What the call in this line does instead of what is written, or null. Only tests of the checker ask for that.
const DovetailMutation *MutationAt(const Core &core, Location where) {
    const DovetailCheck *check = core.rank->launch->request->check;
    if (check == nullptr) {
        return nullptr;
    }
    for (const uint32_t line : check->mutation.lines) {
        if (line == 0) {
            break;
        }
        if (line == where.line) {
            return &check->mutation;
        }
    }
    return nullptr;
}

bool IsSkipped(const Core &core, Location where) {
    const DovetailMutation *mutation = MutationAt(core, where);
    return mutation != nullptr && mutation->change == DOVETAIL_SKIP;
}

// `given`, or what stands in its place.
template <typename T>
T Mutated(const Core &core, Location where, uint32_t change, T given) {
    const DovetailMutation *mutation = MutationAt(core, where);
    return mutation != nullptr && mutation->change == change ? static_cast<T>(mutation->value) : given;
}

template <typename Id>
Id MutatedId(const Core &core, Location where, Id given) {
    const DovetailMutation *mutation = MutationAt(core, where);
    return mutation != nullptr && mutation->change == DOVETAIL_NEXT_SLOT
               ? static_cast<Id>((static_cast<uint32_t>(given) + 1) % mutation->value)
               : Mutated(core, where, DOVETAIL_OTHER_ID, given);
}

uint64_t RoundUp(uint64_t value, uint64_t unit) { return (value + unit - 1) / unit * unit; }

}  // namespace

Core &CurrentCore() { return *current_core; }
Registers &CoreRegisters() { return current_core->registers; }
const Identity &CoreIdentity() { return current_core->identity; }

void Issue(const Instruction &instruction) {
    Core &core = CurrentCore();
    if (core.rank->launch->control->Failed()) {
        core.worker->Abandon(core);
    }
    ExecutorOf(core).Issue(core, instruction);
}

void *ScalarAccess(const Operand &operand, uint64_t bytes, bool writes, Location where) {
    Core &core = CurrentCore();
    return ExecutorOf(core).Scalar(core, operand, bytes, writes, where);
}

void RaiseFlag(AscendC::HardEvent event, int32_t id, Location where) {
    Core &core = CurrentCore();
    if (!IsSkipped(core, where)) {
        ExecutorOf(core).RaiseFlag(core, Mutated(core, where, DOVETAIL_OTHER_EVENT, event), MutatedId(core, where, id),
                                   where);
    }
}

void AwaitFlag(AscendC::HardEvent event, int32_t id, Location where) {
    Core &core = CurrentCore();
    if (!IsSkipped(core, where)) {
        ExecutorOf(core).AwaitFlag(core, Mutated(core, where, DOVETAIL_OTHER_EVENT, event), MutatedId(core, where, id),
                                   where);
    }
}

void Barrier(pipe_t pipe, Location where) {
    Core &core = CurrentCore();
    if (!IsSkipped(core, where)) {
        ExecutorOf(core).PipeBarrier(core, Mutated(core, where, DOVETAIL_OTHER_PIPE, pipe), where);
    }
}

void RaiseCrossCoreFlag(uint8_t mode, pipe_t pipe, uint16_t flag, Location where) {
    Core &core = CurrentCore();
    if (!IsSkipped(core, where)) {
        ExecutorOf(core).RaiseCrossCoreFlag(core, Mutated(core, where, DOVETAIL_OTHER_MODE, mode),
                                            Mutated(core, where, DOVETAIL_OTHER_PIPE, pipe),
                                            MutatedId(core, where, flag), where);
    }
}

void AwaitCrossCoreFlag(uint16_t flag, Location where) {
    Core &core = CurrentCore();
    if (!IsSkipped(core, where)) {
        ExecutorOf(core).AwaitCrossCoreFlag(core, MutatedId(core, where, flag), where);
    }
}

void SynchronizeAll(bool vectors_only, Location where) {
    Core &core = CurrentCore();
    if (!IsSkipped(core, where)) {
        ExecutorOf(core).SynchronizeAll(core, Mutated(core, where, DOVETAIL_OTHER_MODE, vectors_only), where);
    }
}

void SynchronizeCache(const Operand &line, bool entire, Location where) {
    Core &core = CurrentCore();
    ExecutorOf(core).SynchronizeCache(core, line, entire, where);
}

void SignalBuffer(const void *queue, int32_t buffer, pipe_t pipe, Location where) {
    Core &core = CurrentCore();
    ExecutorOf(core).SignalBuffer(core, queue, buffer, pipe, where);
}

void AwaitBuffer(const void *queue, int32_t buffer, pipe_t pipe, Location where) {
    Core &core = CurrentCore();
    ExecutorOf(core).AwaitBuffer(core, queue, buffer, pipe, where);
}

uint32_t Place(Placement &placement, AscendC::TPosition position, uint64_t bytes, Location where) {
    constexpr uint32_t kMaximumBuffers = 64;
    Core &core = CurrentCore();
    const Memory memory = MemoryOf(position);
    const DovetailMachine &machine = core.rank->launch->request->machine;
    const uint64_t capacities[] = {0,           machine.l1, machine.l0a, machine.l0b,
                                   machine.l0c, machine.ub, machine.bt,  machine.fb};
    const uint64_t capacity = capacities[static_cast<int>(memory)];
    uint64_t &used = placement.used[static_cast<int>(memory)];
    const uint64_t rounded = RoundUp(bytes, 32);
    if (used + rounded > capacity) {
        FailCore(core, where, "over capacity: InitBuffer: %llu bytes of %s asked for, %llu of %llu are taken",
                 static_cast<unsigned long long>(rounded), NameOf(memory), static_cast<unsigned long long>(used),
                 static_cast<unsigned long long>(capacity));
    }
    if (++placement.buffers > kMaximumBuffers) {
        FailCore(core, where, "over capacity: InitBuffer: more than %u buffers", kMaximumBuffers);
    }
    const uint64_t address = used;
    used += rounded;
    return static_cast<uint32_t>(address);
}

bool TakesPart(KernelMetaType type, Location where) {
    Core &core = CurrentCore();
    if (type > KERNEL_TYPE_MIX_AIC_1_2) {
        FailCore(core, where, "kernel type %d is not known", type);
    }
    const bool cubes = type != KERNEL_TYPE_AIV_ONLY && type != KERNEL_TYPE_MIX_AIV_1_0;
    const uint32_t vectors = type == KERNEL_TYPE_MIX_AIC_1_2                                   ? 2
                             : type == KERNEL_TYPE_AIC_ONLY || type == KERNEL_TYPE_MIX_AIC_1_0 ? 0
                                                                                               : 1;
    // For all cores of the rank at once: the first to set a flag must know who else will.
    for (const auto &other : core.rank->cores) {
        Identity &identity = other->identity;
        const bool cube = identity.kind == CoreKind::Cube;
        other->takes_part = cube ? cubes : identity.sub_block < vectors;
        identity.sub_blocks = cube ? 1 : vectors;
    }
    return core.takes_part;
}

uint8_t *CommunicatorContext(Location where) {
    Core &core = CurrentCore();
    if (core.rank->launch->request->windows == nullptr) {
        FailCore(core, where, "GetHcclContext: the launch has no windows");
    }
    return reinterpret_cast<uint8_t *>(core.rank);
}

uint32_t CommunicatorRank(const uint8_t *context) { return reinterpret_cast<const Rank *>(context)->index; }

uint32_t CommunicatorRanks(const uint8_t *context) {
    return reinterpret_cast<const Rank *>(context)->launch->request->ranks;
}

uint8_t *CommunicatorWindow(const uint8_t *context, uint32_t rank, Location where) {
    const DovetailLaunch &request = *reinterpret_cast<const Rank *>(context)->launch->request;
    if (rank >= request.ranks) {
        FailCore(CurrentCore(), where, "there is no rank %u among %u", rank, request.ranks);
    }
    return static_cast<uint8_t *>(request.windows[rank]);
}

int64_t CycleCounter() { return ExecutorOf(CurrentCore()).Cycles(); }

}  // namespace dovetail
