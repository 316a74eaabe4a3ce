#include "hccl/source/registry.h"

#include <map>
#include <mutex>
#include <shared_mutex>

namespace dovetail {

namespace {

// Never freed: workers may run until the process has ended.
struct Registry {
    std::shared_mutex mutex;
    std::map<HcclComm, std::shared_ptr<LocalRank>> ranks;
};

Registry &TheRegistry() {
    static auto *registry = new Registry;
    return *registry;
}

}  // namespace

HcclComm Register(std::shared_ptr<LocalRank> rank) {
    Registry &registry = TheRegistry();
    std::unique_lock<std::shared_mutex> lock(registry.mutex);
    const HcclComm handle = rank.get();
    registry.ranks.emplace(handle, std::move(rank));
    return handle;
}

std::shared_ptr<LocalRank> Unregister(HcclComm handle) {
    Registry &registry = TheRegistry();
    std::unique_lock<std::shared_mutex> lock(registry.mutex);
    const auto place = registry.ranks.find(handle);
    if (place == registry.ranks.end()) {
        return nullptr;
    }
    std::shared_ptr<LocalRank> rank = std::move(place->second);
    registry.ranks.erase(place);
    return rank;
}

std::shared_ptr<LocalRank> Find(HcclComm handle) {
    Registry &registry = TheRegistry();
    std::shared_lock<std::shared_mutex> lock(registry.mutex);
    const auto place = registry.ranks.find(handle);
    return place == registry.ranks.end() ? nullptr : place->second;
}

std::vector<Registered> RanksNamed(const std::string *name, int device) {
    Registry &registry = TheRegistry();
    std::shared_lock<std::shared_mutex> lock(registry.mutex);
    std::vector<Registered> found;
    for (const auto &[handle, rank] : registry.ranks) {
        if ((name == nullptr || rank->communicator->name() == *name) && (device < 0 || rank->device == device)) {
            found.emplace_back(handle, rank);
        }
    }
    return found;
}

void Announce(int device, const Holder &holder) {
    for (const auto &[handle, rank] : RanksNamed(nullptr, device)) {
        rank->communicator->segment.SayHolder(rank->rank, holder);
    }
}

void AnnounceLack(int device, int64_t moment) {
    for (const auto &[handle, rank] : RanksNamed(nullptr, device)) {
        rank->communicator->segment.member(rank->rank).lacked.store(moment);
    }
}

}  // namespace dovetail
