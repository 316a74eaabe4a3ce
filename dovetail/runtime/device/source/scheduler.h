// Workers run the cores of the ranks that are pinned to them, one at a time, each until it has to wait.
#ifndef DOVETAIL_SOURCE_SCHEDULER_H
#define DOVETAIL_SOURCE_SCHEDULER_H

#include <cstdint>
#include <deque>
#include <vector>

#include "core.h"

namespace dovetail {

int64_t Nanoseconds();

class Worker {
public:
    explicit Worker(Launch &launch) : launch_(launch) {}
    Worker(const Worker &) = delete;
    Worker &operator=(const Worker &) = delete;

    void Add(Rank &rank);
    // Runs until every core of its ranks has ended or the launch has failed.
    void Run();

    // From within a core's context: it waits (core.wait says for what) until it is woken. Returns when it is.
    void Suspend(Core &core);
    // Suspends `core` when it has run for long and somebody else could make use of the processor.
    void OfferTurn(Core &core);
    // Suspends `core`, a cube core, until the other ones that can run have had their turns.
    void EndTurn(Core &core);
    // Lets a core that waits for a flag or at a barrier run again.
    void Wake(Core &core);
    // Leaves the context of `core` for good.
    [[noreturn]] void Abandon(Core &core);

    // Working memory of micro-kernels, which need more than a context's stack holds.
    float *Scratch(uint64_t floats);

private:
    void Enqueue(Core &core);
    void Resume(Core &core);
    bool RunRound();
    void WakeLinks();
    void PublishIdle();
    void Rest();
    void CheckOthers();

    Launch &launch_;
    std::vector<Rank *> ranks_;
    std::deque<Core *> cubes_, vectors_;  // that can run; vectors come first, they are short and feed the cubes
    std::vector<Core *> in_transfer_;     // wait for a link
    Context context_;
    uint64_t unfinished_ = 0;
    int64_t turn_began_ = 0;
    uint64_t quiet_rounds_ = 0, quiet_at_ = 0;
    int64_t last_change_ = 0, last_check_ = 0;
    Pages scratch_;
};

}  // namespace dovetail

#endif
