// Many threads that call the operator at once: of several ranks, communicators and streams. What ranks must agree on,
// the order of launches, follows from their numbers; all else happens as it comes. Prints nothing if all is right.
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "hccl/hccl.h"
#include "product.h"

namespace {

constexpr int kLaunches = 90, kThreads = 3;  // of each rank

void Check(const char *what, int64_t launch, const Reply &reply) {
    if (reply.code != 0) {
        fprintf(stderr, "%s of launch %lld: %d %s\n", what, static_cast<long long>(launch), reply.code,
                reply.text.c_str());
        _Exit(1);
    }
}

// Threads take turns in the order of numbers.
class Turns {
public:
    void Await(int64_t number) {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [&] { return next_ == number; });
    }
    void End() {
        std::lock_guard<std::mutex> lock(mutex_);
        ++next_;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int64_t next_ = 0;
};

// A rank of some communicators, on one device.
struct Rank {
    int number, ranks, device;
    std::vector<HcclComm> comms;
    Turns turns;
};

std::string NameOf(HcclComm comm) {
    char name[COMM_NAME_MAX_LENGTH] = "";
    Check("HcclGetCommName", 0, After(HcclGetCommName(comm, name)));
    return name;
}

// One thread in so many of a rank: every third launch, each on the communicator whose turn it is.
void Launch(Rank &rank, int thread) {
    Check("aclrtSetDevice", 0, After(aclrtSetDevice(rank.device)));
    aclrtStream stream;
    Check("aclrtCreateStream", 0, After(aclrtCreateStream(&stream)));
    for (int64_t launch = thread; launch < kLaunches; launch += kThreads) {
        const HcclComm comm = rank.comms[static_cast<size_t>(launch / 2) % rank.comms.size()];
        const Numbers numbers = {
            rank.ranks, 1 + launch % 20, 256 + launch, 1 + launch % 40, static_cast<uint64_t>(launch), nullptr};
        Product product(numbers, rank.number, rank.device);
        Check("stage 1", launch, product.Prepare(NameOf(comm), {}));
        rank.turns.Await(launch);
        Check("stage 2", launch, product.Launch(stream));
        rank.turns.End();
        Check("synchronisation", launch, After(aclrtSynchronizeStream(stream)));
        Check("result", launch, product.Check());
    }
    Check("aclrtDestroyStream", 0, After(aclrtDestroyStream(stream)));
}

// Calls that are refused, each with its own message.
void Break(const Rank &rank, const std::atomic<bool> &over) {
    Check("aclrtSetDevice", 0, After(aclrtSetDevice(rank.device)));
    for (int64_t k = 1; !over; k = k % 255 + 1) {
        Product product({rank.ranks, 2, k, 16, 1, nullptr}, rank.number, rank.device);
        const Reply reply = product.Prepare(NameOf(rank.comms[0]), {});
        const std::string words = "k of x1 is " + std::to_string(k) + ";";
        if (reply.code != 161002 || reply.text.find(words) == std::string::npos) {
            Check(("message with '" + words + "'").c_str(), k, {kWrong, reply.text});
        }
    }
}

void MakeCommunicators(std::vector<Rank *> ranks, int count) {
    std::vector<int32_t> devices;
    for (const Rank *rank : ranks) {
        devices.push_back(rank->device);
    }
    for (int i = 0; i < count; ++i) {
        std::vector<HcclComm> comms(ranks.size());
        Check("HcclCommInitAll", i,
              After(HcclCommInitAll(static_cast<uint32_t>(ranks.size()), devices.data(), comms.data())));
        for (size_t rank = 0; rank < ranks.size(); ++rank) {
            ranks[rank]->comms.push_back(comms[rank]);
        }
    }
}

}  // namespace

int main() {
    Check("aclInit", 0, After(aclInit(nullptr)));
    // Two ranks with two communicators, beside two with one.
    Rank ranks[] = {{0, 2, 0, {}, {}}, {1, 2, 1, {}, {}}, {0, 2, 2, {}, {}}, {1, 2, 3, {}, {}}};
    MakeCommunicators({&ranks[0], &ranks[1]}, 2);
    MakeCommunicators({&ranks[2], &ranks[3]}, 1);
    std::atomic<bool> over{false};
    std::vector<std::thread> breaking, launching;
    for (Rank &rank : ranks) {
        breaking.emplace_back(Break, std::cref(rank), std::cref(over));
        for (int thread = 0; thread < kThreads; ++thread) {
            launching.emplace_back(Launch, std::ref(rank), thread);
        }
    }
    for (std::thread &thread : launching) {
        thread.join();
    }
    over = true;
    for (std::thread &thread : breaking) {
        thread.join();
    }
    for (const Rank &rank : ranks) {
        for (const HcclComm comm : rank.comms) {
            Check("HcclCommDestroy", 0, After(HcclCommDestroy(comm)));
        }
    }
}
