// Order within a core (SetFlag, WaitFlag, PipeBarrier) and between the cores of a rank (CrossCore flags, SyncAll).
#ifndef DOVETAIL_SYNCHRONIZATION_H
#define DOVETAIL_SYNCHRONIZATION_H

#include "dovetail/instruction.h"

namespace dovetail {

void RaiseFlag(AscendC::HardEvent event, int32_t id, Location where);
void AwaitFlag(AscendC::HardEvent event, int32_t id, Location where);
void Barrier(pipe_t pipe, Location where);
void RaiseCrossCoreFlag(uint8_t mode, pipe_t pipe, uint16_t flag, Location where);
void AwaitCrossCoreFlag(uint16_t flag, Location where);
void SynchronizeAll(bool vectors_only, Location where);
// Cleans and invalidates the line of the data cache that `line` lies in, or all of it. A loop that polls with GetValue
// gives way to other cores here.
void SynchronizeCache(const Operand &line, bool entire, Location where);

}  // namespace dovetail

namespace AscendC {

template <HardEvent event>
__aicore__ inline void SetFlag(int32_t eventID, ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::RaiseFlag(event, eventID, where);
}

template <HardEvent event>
__aicore__ inline void WaitFlag(int32_t eventID, ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::AwaitFlag(event, eventID, where);
}

template <pipe_t pipe>
__aicore__ inline void PipeBarrier(::dovetail::Location where = ::dovetail::Location::Here()) {
    static_assert(pipe != PIPE_S, "PipeBarrier does not take PIPE_S");
    ::dovetail::Barrier(pipe, where);
}

template <uint8_t modeId, pipe_t pipe>
__aicore__ inline void CrossCoreSetFlag(uint16_t flagId, ::dovetail::Location where = ::dovetail::Location::Here()) {
    static_assert(modeId <= 2, "modes 0, 1 and 2 exist");
    static_assert(pipe != PIPE_S && pipe != PIPE_ALL, "CrossCoreSetFlag takes neither PIPE_S nor PIPE_ALL");
    ::dovetail::RaiseCrossCoreFlag(modeId, pipe, flagId, where);
}

// The parameters of the template have no effect on this architecture: a wait holds every pipe of its core.
template <uint8_t modeId = 0, pipe_t pipe = PIPE_S>
__aicore__ inline void CrossCoreWaitFlag(uint16_t flagId, ::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::AwaitCrossCoreFlag(flagId, where);
}

template <bool isAIVOnly = true>
__aicore__ inline void SyncAll(::dovetail::Location where = ::dovetail::Location::Here()) {
    ::dovetail::SynchronizeAll(isAIVOnly, where);
}

}  // namespace AscendC

#endif
