#include "hccl/source/cores.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

namespace dovetail {

namespace {

struct Place {
    std::shared_ptr<Stream> stream;
    const void *order;
};

struct Cores {
    std::map<uint64_t, Place> queue;  // by number: launches that have not ended
    bool taken = false;

    bool Next(uint64_t number) const {
        std::set<const void *> passed;  // what is in order behind a launch that is passed by, is so too
        for (const auto &[earlier, place] : queue) {
            if (earlier == number) {
                return !taken;
            }
            if (IsBlocked(*place.stream)) {
                passed.insert(place.order);
            } else if (passed.count(place.order) == 0) {
                return false;
            }
        }
        return false;
    }
};

// Never freed: workers may run until the process has ended.
struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<int, Cores> devices;
    uint64_t numbers = 0;
};

State &TheState() {
    static auto *state = [] {
        WhenBlockedChanges([] {
            State &state = TheState();
            std::lock_guard<std::mutex> lock(state.mutex);
            state.changed.notify_all();
        });
        return new State;
    }();
    return *state;
}

uint64_t Enqueue(int device, Place place) {
    State &state = TheState();
    std::lock_guard<std::mutex> lock(state.mutex);
    const uint64_t number = ++state.numbers;
    state.devices[device].queue.emplace(number, std::move(place));
    return number;
}

}  // namespace

CoresTicket::CoresTicket(int device, std::shared_ptr<Stream> stream, const void *order)
    : device_(device), number_(Enqueue(device, {std::move(stream), order})) {}

CoresTicket::~CoresTicket() {
    State &state = TheState();
    Place ended;  // its stream may end with it, outside of the lock
    std::lock_guard<std::mutex> lock(state.mutex);
    Cores &cores = state.devices[device_];
    const auto place = cores.queue.find(number_);
    ended = std::move(place->second);
    cores.queue.erase(place);
    cores.taken = cores.taken && !holds_;
    state.changed.notify_all();
}

void CoresTicket::Take() {
    State &state = TheState();
    std::unique_lock<std::mutex> lock(state.mutex);
    Cores &cores = state.devices[device_];
    state.changed.wait(lock, [&] { return cores.Next(number_); });
    cores.taken = true;
    holds_ = true;
}

}  // namespace dovetail
