#include "hccl/source/cores.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

namespace dovetail {

namespace {

// The launches that later ones pass by, found by asking of one after the other.
class Passed {
public:
    bool Includes(const Submitted &launch) {
        if (IsBlocked(*launch.stream)) {
            orders_.insert(launch.order);
        }
        return orders_.count(launch.order) != 0;  // or it is in order behind one that is
    }

private:
    std::set<const void *> orders_;
};

struct Cores {
    std::map<uint64_t, Submitted> queue;  // by number: launches that have not ended
    bool taken = false;

    bool Next(uint64_t number) const {
        Passed passed;
        for (const auto &[earlier, launch] : queue) {
            if (earlier == number) {
                return !taken;
            }
            if (!passed.Includes(launch)) {
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

uint64_t Enqueue(int device, Submitted launch) {
    State &state = TheState();
    std::lock_guard<std::mutex> lock(state.mutex);
    const uint64_t number = ++state.numbers;
    state.devices[device].queue.emplace(number, std::move(launch));
    return number;
}

}  // namespace

bool StandsBehind(int device, const void *order, uint64_t step, const Stream &stream, const void *ahead) {
    State &state = TheState();
    std::lock_guard<std::mutex> lock(state.mutex);
    Passed passed;
    bool behind = false;
    for (const auto &[number, launch] : state.devices[device].queue) {
        const bool waits = launch.stream.get() == &stream || launch.order == ahead;
        behind = (!passed.Includes(launch) && waits) || behind;
        if (launch.order == order && launch.step == step) {
            return behind;
        }
    }
    return false;
}

CoresTicket::CoresTicket(int device, Submitted launch) : device_(device), number_(Enqueue(device, std::move(launch))) {}

CoresTicket::~CoresTicket() {
    State &state = TheState();
    Submitted ended;  // its stream may end with it, outside of the lock
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
