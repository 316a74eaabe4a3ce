// Communicators: ranks that launch kernels together, in one order.
//
// A `Communicator` is what the ranks of one process share of it; an HcclComm points to one of its ranks (registry.h).
// Launches and collectives of a rank, in short its steps, are numbered as they are submitted, and run in that order
// whatever their streams. All ranks must take the same steps. The first failure is kept for good, and whatever comes
// later is refused with it: windows are then in no known state.
#ifndef DOVETAIL_HCCL_COMMUNICATOR_H
#define DOVETAIL_HCCL_COMMUNICATOR_H

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "acl/source/machines.h"
#include "acl/source/stream.h"
#include "hccl/source/rendezvous.h"
#include "hccl/source/segment.h"

namespace dovetail {

// How a communicator is made; see DovetailCommOptions.
struct Options {
    const Machine *machine = nullptr;
    uint64_t window_bytes = 0;
    uint32_t workers = 0;
    double link_bytes_per_second = 0;
    double timeout_seconds = 0;
    std::optional<DovetailCheck> check;  // where launches are checked

    uint64_t CheckBytes(uint32_t ranks) const {
        return check ? dovetail_check_bytes(ranks, machine->memories.cores, window_bytes) : 0;
    }
};

struct Meeting;

class Communicator {
public:
    // Of ranks that have met; this process has `local` of them, from `first` on.
    Communicator(uint32_t ranks, uint32_t first, uint32_t local, const Options &options, Met met);

    const uint32_t ranks, first, local;
    const Options options;
    const Met met;
    const Segment segment;

    const std::string &name() const { return met.name; }
    bool IsLocal(uint32_t rank) const { return rank - first < local; }

    // Keeps the first failure, and wakes whoever waits.
    void Fail(const std::string &message);
    // The first failure of any rank, or null.
    const char *Failure() const { return dovetail_control_failure(segment.control()); }

    // The number of the next step that `rank`, a local one, submits.
    uint64_t TakeStep(uint32_t rank);
    // Waits until the steps of `rank` before this one have ended. False if the communicator fails first.
    bool AwaitTurn(uint32_t rank, uint64_t step);
    void EndStep(uint32_t rank, uint64_t step);
    // Waits until all steps that `rank` has submitted have ended.
    void AwaitAll(uint32_t rank);

    // Says what `rank` is about to do. Fails the communicator if another rank does something else in this step.
    void Begin(uint32_t rank, uint64_t step, const std::string &description);

    // Guards what follows; `changed` tells of it, and of failures and of ends of steps.
    std::mutex mutex;
    std::condition_variable changed;
    std::map<uint64_t, std::shared_ptr<Meeting>> meetings;  // local ranks that come together to launch, by step

private:
    struct Steps {
        uint64_t submitted = 0, ended = 0;
    };
    std::vector<Steps> steps_;  // of local ranks
};

}  // namespace dovetail

#endif
