// Ranks that do as they are told, each in a thread of its own:
//
//     ranks FIRST COUNT
//
// runs ranks FIRST to FIRST + COUNT - 1. A line of the input is `RANK COMMAND WORDS...`, and is answered with a line
// `RANK CODE TEXT`. Ranks work side by side, each on its commands in their order. `all GROUP [BYTES PER SECOND]` makes
// a communicator of all ranks of this process.
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "dovetail/kernels.h"
#include "rank.h"

namespace {

void Answer(const std::string &who, const Reply &reply) {
    std::string text;
    for (const char each : reply.text) {
        text += each == '\n' ? std::string("\\n") : std::string(1, each);
    }
    static std::mutex mutex;
    std::lock_guard<std::mutex> lock(mutex);
    std::cout << who << " " << reply.code << " " << text << std::endl;
}

class RankThread {
public:
    explicit RankThread(int number) : number_(number), rank_(number), thread_([this] { Work(); }) {}
    ~RankThread() {
        Tell("");
        thread_.join();
    }

    void Tell(const std::string &line) {
        std::lock_guard<std::mutex> lock(mutex_);
        lines_.push_back(line);
        changed_.notify_one();
    }
    Rank &rank() { return rank_; }

private:
    void Work() {
        Answer(std::to_string(number_), rank_.Begin());
        for (;;) {
            std::unique_lock<std::mutex> lock(mutex_);
            changed_.wait(lock, [&] { return !lines_.empty(); });
            const std::string line = lines_.front();
            lines_.pop_front();
            lock.unlock();
            if (line.empty()) {
                return;
            }
            Answer(std::to_string(number_), rank_.Obey(line));
        }
    }

    const int number_;
    Rank rank_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> lines_;
    std::thread thread_;
};

Reply MakeGroupOfAll(std::istringstream &words, const std::vector<std::unique_ptr<RankThread>> &ranks) {
    std::string group;
    DovetailCommOptions options = {};
    options.struct_size = sizeof(options);
    words >> group >> options.link_bytes_per_second;
    std::vector<HcclComm> comms(ranks.size());
    std::vector<int32_t> devices;
    for (size_t rank = 0; rank < ranks.size(); ++rank) {
        devices.push_back(static_cast<int32_t>(rank));
    }
    const auto count = static_cast<uint32_t>(ranks.size());
    const int code = options.link_bytes_per_second == 0 ? HcclCommInitAll(count, devices.data(), comms.data())
                                                        : dovetail_comm_init_all(count, &options, comms.data());
    for (size_t rank = 0; rank < ranks.size(); ++rank) {
        ranks[rank]->rank().Take(group, comms[rank]);
    }
    return After(code);
}

}  // namespace

int main(int count, char **arguments) {
    if (count != 3) {
        return 2;
    }
    const size_t first = std::stoul(arguments[1]);
    std::vector<std::unique_ptr<RankThread>> ranks;
    for (size_t i = 0; i < std::stoul(arguments[2]); ++i) {
        ranks.push_back(std::make_unique<RankThread>(static_cast<int>(first + i)));
    }
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string who;
        words >> who;
        if (who == "all") {
            Answer(who, MakeGroupOfAll(words, ranks));
        } else {
            ranks.at(std::stoul(who) - first)->Tell(line.substr(who.size() + 1));
        }
    }
}
