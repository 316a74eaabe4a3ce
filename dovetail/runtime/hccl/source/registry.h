// The ranks of this process: what an HcclComm points to.
#ifndef DOVETAIL_HCCL_REGISTRY_H
#define DOVETAIL_HCCL_REGISTRY_H

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hccl/hccl.h"
#include "hccl/source/communicator.h"

namespace dovetail {

struct LocalRank {
    std::shared_ptr<Communicator> communicator;
    uint32_t rank = 0;
    int device = 0;
};

using Registered = std::pair<HcclComm, std::shared_ptr<LocalRank>>;

HcclComm Register(std::shared_ptr<LocalRank> rank);
// What the handle stood for, or null.
std::shared_ptr<LocalRank> Unregister(HcclComm handle);
std::shared_ptr<LocalRank> Find(HcclComm handle);
// The ranks of the communicator of this name; of any name where it is null. On any device, or on one from 0 on.
std::vector<Registered> RanksNamed(const std::string *name, int device = -1);

// Tells the peers of a device, in all its communicators, what holds its cores.
void Announce(int device, const Holder &holder);
// The same, that it lacks ranks at this moment.
void AnnounceLack(int device, int64_t moment);

}  // namespace dovetail

#endif
