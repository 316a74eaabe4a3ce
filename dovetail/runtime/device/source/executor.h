// What becomes of instructions: an executor decides when each takes effect, and what a wait does until then.
#ifndef DOVETAIL_SOURCE_EXECUTOR_H
#define DOVETAIL_SOURCE_EXECUTOR_H

#include <memory>

#include "core.h"

namespace dovetail {

// One executor serves every core of a launch. All calls come from the core's own context, which an executor may
// suspend.
class Worker;

class Executor {
public:
    virtual ~Executor() = default;

    // What runs some ranks of the launch.
    virtual std::unique_ptr<Worker> NewWorker(Launch &launch) = 0;
    // A rank whose cores are there begins; all its cores have ended.
    virtual void Begin(Rank &) {}
    virtual void EndRank(Rank &) {}
    // No core runs any more: whatever still goes on has ended when this returns.
    virtual void EndLaunch() {}

    virtual void Issue(Core &core, const Instruction &instruction) = 0;
    // Where the scalar unit finds, or puts, these bytes.
    virtual void *Scalar(Core &core, const Operand &operand, uint64_t bytes, bool writes, Location where) = 0;

    virtual void RaiseFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) = 0;
    virtual void AwaitFlag(Core &core, AscendC::HardEvent event, int32_t id, Location where) = 0;
    virtual void PipeBarrier(Core &core, pipe_t pipe, Location where) = 0;
    virtual void SignalBuffer(Core &core, const void *queue, int32_t buffer, pipe_t pipe, Location where) = 0;
    virtual void AwaitBuffer(Core &core, const void *queue, int32_t buffer, pipe_t pipe, Location where) = 0;

    virtual void RaiseCrossCoreFlag(Core &core, uint8_t mode, pipe_t pipe, uint16_t flag, Location where) = 0;
    virtual void AwaitCrossCoreFlag(Core &core, uint16_t flag, Location where) = 0;
    virtual void SynchronizeAll(Core &core, bool vectors_only, Location where) = 0;
    // Cleans and invalidates the data cache: the line that `line` lies in, or all of it.
    virtual void SynchronizeCache(Core &core, const Operand &line, bool entire, Location where) = 0;

    virtual void End(Core &core) = 0;
    // The core of this process that last wrote these four bytes of global memory, or null where that is not known.
    virtual const Core *WriterOf(uint64_t) { return nullptr; }
    // What a kernel takes for the time.
    virtual int64_t Cycles() = 0;
};

// Instructions move their bytes when they are issued. Only cross-core waits and polling loops suspend a core.
std::unique_ptr<Executor> NewFastExecutor();

// Instructions take effect later, in an order drawn from a seed, and are checked.
std::unique_ptr<Executor> NewCheckedExecutor(Launch &launch);

}  // namespace dovetail

#endif
