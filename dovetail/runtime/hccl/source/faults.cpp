#include "hccl/source/faults.h"

#include <poll.h>
#include <time.h>

#include "hccl/source/cores.h"

namespace dovetail {

namespace {

int64_t Nanoseconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000ll + now.tv_nsec;
}

bool HasEnded(const Communicator &communicator, uint32_t rank) {
    if (rank >= communicator.met.peers.size() || communicator.met.peers[rank].number() < 0) {
        return false;
    }
    pollfd ended = {communicator.met.peers[rank].number(), POLLIN, 0};
    return poll(&ended, 1, 0) == 1;
}

constexpr int64_t kRecently = 1'000'000'000;

unsigned long long Number(uint64_t value) { return value; }

// Rank `other` holds its cores for a launch of another communicator, in which it waits for the device of `rank`.
std::string Crossing(const LocalRank &rank, uint64_t step, uint32_t other, const Stream *collective) {
    const Communicator &communicator = *rank.communicator;
    const Holder theirs = communicator.segment.HolderAt(other);
    if (theirs.step == 0 || theirs.communicator == communicator.name()) {
        return "";
    }
    for (const auto &[handle, own] : RanksNamed(&theirs.communicator, rank.device)) {
        const Member &self = own->communicator->segment.member(own->rank);
        // In this order: had it come here in between, it could not have left before us.
        if (self.begun.load() >= theirs.step || communicator.segment.member(other).begun.load() >= step) {
            continue;
        }
        if (collective != nullptr && !StandsBehind(rank.device, own.get(), theirs.step, *collective, &rank)) {
            continue;
        }
        const std::string fault = Format(
            "kernels of two communicators were started in opposite order: rank %u is in step %llu of %s, and "
            "rank %u in step %llu of %s; each waits for the other, because a kernel holds the cores of its "
            "device until it ends. Launch on both in the same order on all ranks",
            rank.rank, Number(step), communicator.name().c_str(), other, Number(theirs.step),
            theirs.communicator.c_str());
        own->communicator->Fail(fault);
        return fault;
    }
    return "";
}

}  // namespace

std::string FaultOf(const LocalRank &rank, uint64_t step, uint32_t other, const Stream *collective) {
    const Communicator &communicator = *rank.communicator;
    if (communicator.segment.member(other).destroyed.load() != 0) {
        return Format("rank %u has destroyed communicator %s", other, communicator.name().c_str());
    }
    if (HasEnded(communicator, other)) {
        return Format("the process of rank %u (%d) has ended", other, communicator.met.processes[other]);
    }
    return communicator.segment.member(other).begun.load() < step ? Crossing(rank, step, other, collective) : "";
}

bool IsAtWork(const Communicator &communicator, uint32_t rank) {
    return communicator.segment.HolderAt(rank).step != 0 &&
           Nanoseconds() - communicator.segment.member(rank).lacked.load() > kRecently;
}

void SayLack(const Communicator &communicator, uint64_t step) {
    for (const auto &[handle, rank] : RanksNamed(&communicator.name())) {
        if (communicator.segment.member(rank->rank).begun.load() == step) {
            AnnounceLack(rank->device, Nanoseconds());
        }
    }
}

Patience::Patience(const LocalRank &rank, uint64_t step, const Stream *collective)
    : rank_(rank), step_(step), collective_(collective), looked_(Nanoseconds()), since_(looked_) {}

void Patience::Look(const std::function<bool(uint32_t)> &awaited) {
    const int64_t now = Nanoseconds();
    if (now - looked_ < kInterval) {
        return;
    }
    looked_ = now;
    Communicator &communicator = *rank_.communicator;
    std::string late;
    bool at_work = false;
    for (uint32_t other = 0; other < communicator.ranks; ++other) {
        if (other == rank_.rank || !awaited(other)) {
            continue;
        }
        const std::string fault = FaultOf(rank_, step_, other, collective_);
        if (!fault.empty()) {
            communicator.Fail(fault);
            return;
        }
        at_work = at_work || IsAtWork(communicator, other);
        late += (late.empty() ? "" : ", ") + std::to_string(other);
    }
    if (at_work) {
        since_ = now;
    }
    if (collective_ == nullptr) {
        SayLack(communicator, step_);
    }
    const double seconds = communicator.options.timeout_seconds;
    if (seconds > 0 && now - since_ > seconds * 1e9) {
        communicator.Fail(
            Format("rank %u waits for rank%s %s in step %llu of communicator %s, and for %g s nobody came", rank_.rank,
                   late.find(',') == std::string::npos ? "" : "s", late.c_str(), Number(step_),
                   communicator.name().c_str(), seconds));
    }
}

}  // namespace dovetail
