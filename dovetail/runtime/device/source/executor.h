// What becomes of instructions: an executor decides when each takes effect, and what a wait does until then.
#ifndef DOVETAIL_SOURCE_EXECUTOR_H
#define DOVETAIL_SOURCE_EXECUTOR_H

#include "core.h"

namespace dovetail {

// One executor serves every core of a launch. All calls come from the core's own context, which an executor may
// suspend.
class Executor {
public:
    virtual ~Executor() = default;

    virtual void Issue(Core &core, const Instruction &instruction) = 0;
    virtual void Scalar(Core &core, const Operand &operand, uint64_t bytes, bool writes, Location where) = 0;

    virtual void RaiseFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) = 0;
    virtual void AwaitFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) = 0;
    virtual void PipeBarrier(Core &core, pipe_t pipe, Location where) = 0;
    virtual void SignalBuffer(Core &core, const void *queue, int32_t buffer, pipe_t pipe, Location where) = 0;
    virtual void AwaitBuffer(Core &core, const void *queue, int32_t buffer, pipe_t pipe, Location where) = 0;

    virtual void RaiseCrossCoreFlag(Core &core, uint8_t mode, pipe_t pipe, uint16_t flag, Location where) = 0;
    virtual void AwaitCrossCoreFlag(Core &core, uint16_t flag, Location where) = 0;
    virtual void SynchronizeAll(Core &core, bool vectors_only, Location where) = 0;
    virtual void SynchronizeCache(Core &core, Location where) = 0;

    virtual void End(Core &core) = 0;
};

// Instructions move their bytes when they are issued. Only cross-core waits and polling loops suspend a core.
Executor &FastExecutor();

}  // namespace dovetail

#endif
