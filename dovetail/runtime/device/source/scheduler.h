// Workers run the cores of the ranks that are pinned to them, one at a time. In which order, and for how long, is what
// the kinds of worker differ in.
#ifndef DOVETAIL_SOURCE_SCHEDULER_H
#define DOVETAIL_SOURCE_SCHEDULER_H

#include <cstdint>
#include <vector>

#include "core.h"

namespace dovetail {

int64_t Nanoseconds();

// What is thrown where a launch has failed outside of any core's program.
struct LaunchFailed {};

class Worker {
public:
    explicit Worker(Launch &launch) : launch_(launch) {}
    virtual ~Worker() = default;
    Worker(const Worker &) = delete;
    Worker &operator=(const Worker &) = delete;

    void Add(Rank &rank);
    // Runs until every core of its ranks has ended or the launch has failed.
    void Run();

    // From within a core's context: it waits (core.wait says for what) until it is woken. Returns when it is.
    void Suspend(Core &core);
    // Lets a core that waits for a flag or at a barrier run again.
    void Wake(Core &core);
    // Whether it is this core's program that runs now.
    bool IsRunning(const Core &core) const { return current_core == &core; }
    // Leaves the context of `core` for good.
    [[noreturn]] void Abandon(Core &core);

    // Working memory of micro-kernels, which need more than a context's stack holds.
    float *Scratch(uint64_t floats);

protected:
    // Puts a core that can run where RunRound finds it.
    virtual void Enqueue(Core &core) = 0;
    // Lets some cores run. Returns whether anything but polling came of it.
    virtual bool RunRound() = 0;
    // After a round of which nothing came: whether polling has been in vain for long enough to be given up.
    virtual bool IsAtRest() = 0;
    // No rank can move any more, and the report is about to be written.
    virtual void Probe() {}
    // Continues `core` until it waits.
    void Resume(Core &core);

    Launch &launch_;
    std::vector<Rank *> ranks_;
    uint64_t unfinished_ = 0;
    uint64_t quiet_rounds_ = 0;  // in a row, of which nothing came

private:
    void PublishIdle();
    void Rest();
    void CheckOthers();

    Context context_;
    uint64_t quiet_at_ = 0;
    int64_t last_change_ = 0, last_check_ = 0;
    Pages scratch_;
};

}  // namespace dovetail

#endif
