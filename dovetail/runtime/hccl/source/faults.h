// Whether it is in vain to wait for another rank, and why.
#ifndef DOVETAIL_HCCL_FAULTS_H
#define DOVETAIL_HCCL_FAULTS_H

#include <cstdint>
#include <functional>
#include <string>

#include "hccl/source/registry.h"

namespace dovetail {

// Why `rank`, which is in `step`, waits in vain for rank `other`: it has died, has destroyed the communicator, or waits
// for us in a kernel of another communicator while our step keeps the cores of this device from it. "" while there is
// hope. `collective`: the stream of a step that holds no cores; it keeps them only from what must come behind it.
//
// The last is exact: whoever holds the cores of a device keeps them until all ranks of its launch have taken part.
std::string FaultOf(const LocalRank &rank, uint64_t step, uint32_t other, const Stream *collective = nullptr);

// Whether the device of a rank is at work for another communicator: then it is waited for, however long. A launch that
// itself lacks ranks is not at work.
bool IsAtWork(const Communicator &communicator, uint32_t rank);
// Tells the peers of the local ranks that have come to a launch that it lacks others.
void SayLack(const Communicator &communicator, uint64_t step);

// For loops that wait for other ranks: sees to it that none waits in vain, or for too long.
class Patience {
public:
    // `collective`: see FaultOf; null for a launch.
    Patience(const LocalRank &rank, uint64_t step, const Stream *collective = nullptr);

    // Fails the communicator if there is a fault of a rank that is `awaited`, or if they have been awaited for as long
    // as the time-out says.
    void Look(const std::function<bool(uint32_t)> &awaited);

    static constexpr int64_t kInterval = 10'000'000;  // nanoseconds between two looks

private:
    const LocalRank &rank_;
    const uint64_t step_;
    const Stream *const collective_;
    int64_t looked_, since_;
};

}  // namespace dovetail

#endif
