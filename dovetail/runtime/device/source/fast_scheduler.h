// The scheduler of the fast executor: each core runs until it has to wait.
#ifndef DOVETAIL_SOURCE_FAST_SCHEDULER_H
#define DOVETAIL_SOURCE_FAST_SCHEDULER_H

#include <deque>

#include "scheduler.h"

namespace dovetail {

class FastWorker final : public Worker {
public:
    using Worker::Worker;

    // Suspends `core` when it has run for long and somebody else could make use of the processor.
    void OfferTurn(Core &core);
    // Suspends `core`, a cube core, until the other ones that can run have had their turns.
    void EndTurn(Core &core);

private:
    void Enqueue(Core &core) override;
    bool RunRound() override;
    bool IsAtRest() override;
    void Continue(Core &core);
    void WakeLinks();
    void AwaitLinks();

    std::deque<Core *> cubes_, vectors_;  // that can run; vectors come first, they are short and feed the cubes
    std::vector<Core *> in_transfer_;     // wait for a link
    int64_t turn_began_ = 0;
};

}  // namespace dovetail

#endif
