// The scheduler of the checked executor: at each step a random core moves one of its pipes, or its scalar, on.
#ifndef DOVETAIL_SOURCE_CHECKED_SCHEDULER_H
#define DOVETAIL_SOURCE_CHECKED_SCHEDULER_H

#include <vector>

#include "checked_core.h"
#include "scheduler.h"

namespace dovetail {

class Checked;

class CheckedWorker final : public Worker {
public:
    CheckedWorker(Launch &launch, Checked &executor) : Worker(launch), executor_(executor) {}

    // The pipe may be able to move.
    void MarkReady(Core &core, Lane lane);
    // Wakes who polls what has just been written.
    void NoteWrite(const Instruction &instruction);

private:
    void Enqueue(Core &core) override;
    bool RunRound() override;
    bool IsAtRest() override;
    void Probe() override;
    void Probe(Core &core);
    bool RunStep();
    bool RunStep(Core &core);
    void Deactivate(Core &core);
    void WakeSleepers(bool all);
    // After how many rounds each core has looked at what it polls, even if others are never done with that.
    uint64_t RoundsOfPoll() const;

    Checked &executor_;
    std::vector<Core *> active_;    // that have a lane which may move
    std::vector<Core *> sleepers_;  // that poll in vain
    size_t hurried_ = 0;            // steps in a row that were left to others
    uint32_t rounds_of_polls_ = 0;  // in a row, of which nothing came
};

}  // namespace dovetail

#endif
