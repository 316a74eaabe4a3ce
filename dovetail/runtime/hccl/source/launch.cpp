// Launches of kernels. The ranks of a process come together at a meeting; the last to come begins the launch, and as
// many of their workers as the device wants run it.
#include <chrono>
#include <cstring>
#include <deque>
#include <utility>

#include "dovetail/kernels.h"
#include "hccl/source/cores.h"
#include "hccl/source/faults.h"
#include "hccl/source/step.h"

namespace dovetail {

// Guarded by the communicator's mutex, but for what `run` itself does.
struct Meeting {
    explicit Meeting(Communicator &communicator) : arguments(communicator.local) {}

    std::vector<std::vector<void *>> arguments;  // of each local rank
    std::vector<DovetailTensor> tensors;         // of all local ranks
    DovetailCheck check = {};
    uint32_t come = 0, gone = 0;
    std::vector<void *> all_arguments, windows;
    const LocalRank *watcher = nullptr;  // the rank in whose name peers are watched
    uint64_t step = 0;
    DovetailRun *run = nullptr;
    uint32_t workers = 0, started = 0, working = 0;
    bool begun = false, ended = false;
};

namespace {

int FaultOfPeer(void *peers, uint32_t rank, char *message, uint64_t message_size) {
    const auto &meeting = *static_cast<const Meeting *>(peers);
    const std::string fault = FaultOf(*meeting.watcher, meeting.step, rank);
    if (!fault.empty()) {
        snprintf(message, message_size, "%s", fault.c_str());
        return 1;
    }
    const Communicator &communicator = *meeting.watcher->communicator;
    if (communicator.segment.member(rank).begun.load() >= meeting.step) {
        return 0;
    }
    SayLack(communicator, meeting.step);
    return IsAtWork(communicator, rank) ? -1 : 0;
}

class KernelLaunch final : public Step {
public:
    KernelLaunch(std::shared_ptr<LocalRank> rank, std::vector<Region> regions, const DovetailKernelLaunch &launch,
                 std::shared_ptr<Stream> stream)
        : Step(std::move(rank), launch.name, std::move(regions)),
          cores_(rank_->device, {std::move(stream), rank_.get(), number_}),
          description_(Format("%s, %u blocks: %s", launch.name, launch.blocks, launch.description)),
          entry_(launch.entry),
          blocks_(launch.blocks),
          tiling_(static_cast<const uint8_t *>(launch.tiling),
                  static_cast<const uint8_t *>(launch.tiling) + launch.tiling_bytes),
          arguments_(launch.arguments, launch.arguments + launch.argument_count) {
        arguments_.push_back(tiling_.data());
        for (uint32_t i = 0; i < launch.region_count; ++i) {
            const DovetailRegion &region = launch.regions[i];
            const uint32_t access = region.access != 0 ? region.access : DOVETAIL_INPUT | DOVETAIL_OUTPUT;
            names_.emplace_back(region.name);
            tensors_.push_back({names_.back().c_str(), region.address, region.bytes, rank_->rank, access});
        }
    }

private:
    void Perform(Stream &) override {
        cores_.Take();
        Announce(rank_->device, {communicator_.name(), number_});
        communicator_.Begin(rank_->rank, number_, description_);
        Meet();
        Announce(rank_->device, {});
    }

    void Meet() {
        std::unique_lock<std::mutex> lock(communicator_.mutex);
        std::shared_ptr<Meeting> &place = communicator_.meetings[number_];
        if (place == nullptr) {
            place = std::make_shared<Meeting>(communicator_);
        }
        const std::shared_ptr<Meeting> meeting = place;
        meeting->arguments[rank_->rank - communicator_.first] = arguments_;
        meeting->tensors.insert(meeting->tensors.end(), tensors_.begin(), tensors_.end());
        if (++meeting->come == communicator_.local) {
            lock.unlock();
            BeginRun(*meeting);
            lock.lock();
            meeting->begun = true;
            communicator_.changed.notify_all();
        } else {
            AwaitOthers(*meeting, lock);
        }
        TakePart(*meeting, lock);
        if (++meeting->gone == communicator_.local) {
            communicator_.meetings.erase(number_);
        }
    }

    // Until the launch has begun. Once all have come that cannot fail to happen; before, the communicator may fail. The
    // first to come watches for the others.
    void AwaitOthers(Meeting &meeting, std::unique_lock<std::mutex> &lock) {
        const bool watches = meeting.come == 1;
        Patience patience(*rank_, number_);
        while (!meeting.begun && (meeting.come == communicator_.local || communicator_.Failure() == nullptr)) {
            if (!watches) {
                communicator_.changed.wait(lock);
                continue;
            }
            communicator_.changed.wait_for(lock, std::chrono::nanoseconds(Patience::kInterval));
            lock.unlock();
            patience.Look([&](uint32_t other) { return communicator_.segment.member(other).begun.load() < number_; });
            lock.lock();
        }
    }

    void BeginRun(Meeting &meeting) {
        for (const std::vector<void *> &arguments : meeting.arguments) {
            meeting.all_arguments.insert(meeting.all_arguments.end(), arguments.begin(), arguments.end());
        }
        for (uint32_t rank = 0; rank < communicator_.ranks; ++rank) {
            meeting.windows.push_back(communicator_.segment.window(rank));
        }
        meeting.watcher = rank_.get();
        meeting.step = number_;
        const Options &options = communicator_.options;
        DovetailLaunch launch = {};
        launch.struct_size = sizeof(launch);
        launch.kernel = entry_;
        launch.argument_count = static_cast<uint32_t>(arguments_.size());
        launch.ranks = communicator_.ranks;
        launch.first_rank = communicator_.first;
        launch.local_ranks = communicator_.local;
        launch.arguments = meeting.all_arguments.data();
        launch.windows = meeting.windows.data();
        launch.window_bytes = options.window_bytes;
        launch.blocks = blocks_;
        launch.workers = options.workers;
        launch.link_bytes_per_second = options.link_bytes_per_second;
        launch.machine = options.machine->memories;
        launch.control = communicator_.segment.control();
        launch.timeout_seconds = options.timeout_seconds;
        launch.fault_of_peer = FaultOfPeer;
        launch.peers = &meeting;
        if (options.check) {
            meeting.check = *options.check;
            meeting.check.tensors = meeting.tensors.data();
            meeting.check.tensor_count = static_cast<uint32_t>(meeting.tensors.size());
            meeting.check.memory = communicator_.segment.check_memory();
            launch.check = &meeting.check;
        }
        char message[1024];
        meeting.run = dovetail_launch_begin(&launch, message, sizeof(message));
        if (meeting.run == nullptr) {
            communicator_.Fail(message);
        } else {
            meeting.workers = dovetail_launch_workers(meeting.run);
        }
    }

    void TakePart(Meeting &meeting, std::unique_lock<std::mutex> &lock) {
        if (meeting.run == nullptr) {
            return;
        }
        if (meeting.started < meeting.workers) {
            const uint32_t worker = meeting.started++;
            ++meeting.working;
            lock.unlock();
            dovetail_launch_work(meeting.run, worker);
            lock.lock();
            if (--meeting.working == 0 && meeting.started == meeting.workers) {
                dovetail_launch_end(meeting.run, nullptr, 0);
                meeting.ended = true;
                communicator_.changed.notify_all();
            }
        }
        communicator_.changed.wait(lock, [&] { return meeting.ended; });
    }

    CoresTicket cores_;
    const std::string description_;
    void *const entry_;
    const uint32_t blocks_;
    std::vector<uint8_t> tiling_;
    std::vector<void *> arguments_;
    std::deque<std::string> names_;
    std::vector<DovetailTensor> tensors_;
};

aclError CheckLaunch(const LocalRank &rank, const DovetailKernelLaunch &launch) {
    const Machine &machine = *rank.communicator->options.machine;
    if (launch.struct_size != sizeof(DovetailKernelLaunch)) {
        return Refuse(ACL_ERROR_INVALID_PARAM, Format("DovetailKernelLaunch has %zu bytes here and %u at the caller",
                                                      sizeof(DovetailKernelLaunch), launch.struct_size));
    }
    if (launch.name == nullptr || launch.description == nullptr || launch.entry == nullptr ||
        (launch.argument_count != 0 && launch.arguments == nullptr) ||
        (launch.region_count != 0 && launch.regions == nullptr) ||
        (launch.tiling_bytes != 0 && launch.tiling == nullptr)) {
        return Refuse(ACL_ERROR_INVALID_PARAM,
                      "a launch has a null pointer for its name, description, entry, "
                      "arguments, regions or tiling");
    }
    if (launch.argument_count >= DOVETAIL_MAX_ARGUMENTS) {
        return Refuse(ACL_ERROR_INVALID_PARAM, Format("%s: %u arguments; allowed are %d", launch.name,
                                                      launch.argument_count, DOVETAIL_MAX_ARGUMENTS - 1));
    }
    if (launch.blocks < 1 || launch.blocks > machine.memories.cores) {
        return Refuse(ACL_ERROR_INVALID_PARAM, Format("%s: %u blocks; %s has 1 to %u", launch.name, launch.blocks,
                                                      machine.name, machine.memories.cores));
    }
    return ACL_SUCCESS;
}

}  // namespace

}  // namespace dovetail

extern "C" aclError dovetail_launch_kernel(HcclComm comm, const DovetailKernelLaunch *launch, aclrtStream stream) {
    using namespace dovetail;
    const std::shared_ptr<LocalRank> rank = Find(comm);
    if (rank == nullptr || launch == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM,
                      rank == nullptr ? "a kernel was launched on what is no communicator" : "a launch is null");
    }
    aclError code = CheckLaunch(*rank, *launch);
    if (code != ACL_SUCCESS) {
        return code;
    }
    std::vector<Region> regions;
    regions.reserve(launch->region_count);
    for (uint32_t i = 0; i < launch->region_count; ++i) {
        regions.push_back({launch->regions[i].name, launch->regions[i].address, launch->regions[i].bytes, 0});
    }
    std::shared_ptr<Stream> queue;
    code = CheckStep(*rank, launch->name, stream, &queue, &regions);
    if (code != ACL_SUCCESS) {
        return code;
    }
    std::lock_guard<std::mutex> lock(SubmissionOrder());
    auto step = std::make_unique<KernelLaunch>(rank, std::move(regions), *launch, queue);
    Submit(*queue, std::move(step), &code);
    return code;
}
