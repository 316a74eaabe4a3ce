#include "scheduler.h"

#include <sched.h>
#include <time.h>

#include <cstdio>
#include <cstring>

#include "hang_report.h"
#include "report.h"

namespace dovetail {

namespace {

constexpr int64_t kCheckInterval = 10'000'000;
constexpr uint64_t kRoundsPerYield = 64;

}  // namespace

thread_local Core *current_core = nullptr;

int64_t Nanoseconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000ll + now.tv_nsec;
}

void Worker::Add(Rank &rank) {
    ranks_.push_back(&rank);
    for (auto &core : rank.cores) {
        core->worker = this;
        ++unfinished_;
        Enqueue(*core);
    }
}

void Worker::Wake(Core &core) {
    core.wait = Wait::Nothing;
    Enqueue(core);
}

void Worker::Suspend(Core &core) {
    Context::Switch(core.context, context_);
    if (launch_.control->Failed()) {
        Abandon(core);
    }
}

void Worker::Abandon(Core &core) {
    core.wait = Wait::Ended;
    Context::Switch(core.context, context_);
    __builtin_unreachable();
}

void Worker::Resume(Core &core) {
    current_core = &core;
    core.wait = Wait::Nothing;
    Context::Switch(context_, core.context);
    current_core = nullptr;
    if (core.wait == Wait::Ended) {
        --unfinished_;
    }
}

float *Worker::Scratch(uint64_t floats) {
    if (floats * sizeof(float) > scratch_.bytes()) {
        scratch_ = Pages(floats * sizeof(float), PageUse::Memory);
    }
    return reinterpret_cast<float *>(scratch_.data());
}

void Worker::PublishIdle() {
    Control &control = *launch_.control;
    for (Rank *rank : ranks_) {
        const std::string waiting = DescribeWaits(*rank, 1);
        strncpy(control.waiting[rank->index], waiting.c_str(), sizeof(control.waiting[0]) - 1);
        control.ranks[rank->index].idle_at.store(quiet_at_ + 1);
    }
}

// Nothing that this worker runs can move unless somebody else makes progress.
void Worker::Rest() {
    Control &control = *launch_.control;
    const uint64_t now = control.progress.load();
    if (quiet_rounds_ == 0 || now != quiet_at_) {
        quiet_rounds_ = 0;
        quiet_at_ = now;
    }
    ++quiet_rounds_;
    if (IsAtRest() && !launch_.suspicion.empty()) {
        control.Fail(WithSeed(launch_, launch_.suspicion).c_str());
        return;
    }
    if (IsAtRest()) {
        if (control.ranks[ranks_.front()->index].idle_at.load(std::memory_order_relaxed) != quiet_at_ + 1) {
            PublishIdle();
        }
        if (control.AllIdle(launch_.request->ranks, launch_.number)) {
            Probe();
            control.Fail(DescribeDeadlock(launch_).c_str());
            return;
        }
    }
    if (launch_.has_remote_ranks) {
        CheckOthers();
    }
    // Whoever is published as idle waits for other workers; the rest go on polling.
    if (control.ranks[ranks_.front()->index].idle_at.load(std::memory_order_relaxed) == quiet_at_ + 1) {
        timespec pause = {0, 20'000};
        nanosleep(&pause, nullptr);
    } else if (quiet_rounds_ % kRoundsPerYield == 0 && ranks_.size() != launch_.request->ranks) {
        sched_yield();
    }
}

// Another process may have died, or wait for something else, or have made no progress for too long.
void Worker::CheckOthers() {
    Control &control = *launch_.control;
    const int64_t now = Nanoseconds();
    if (quiet_rounds_ <= 1 || last_change_ == 0) {
        last_change_ = now;
    }
    if (now - last_check_ < kCheckInterval) {
        return;
    }
    last_check_ = now;
    const DovetailLaunch &request = *launch_.request;
    for (uint32_t rank = 0; request.fault_of_peer != nullptr && rank < request.ranks; ++rank) {
        const bool local = rank - request.first_rank < request.local_ranks;
        if (local || control.ranks[rank].finished.load() >= launch_.number) {
            continue;
        }
        char fault[1024];
        const int answer = request.fault_of_peer(request.peers, rank, fault, sizeof(fault));
        if (answer > 0) {
            const std::string waits = DescribeWaits(*ranks_.front(), 4);
            control.Fail((waits.empty() ? fault : std::string(fault) + "; " + waits).c_str());
            return;
        }
        last_change_ = answer < 0 ? now : last_change_;
    }
    if (request.timeout_seconds > 0 && now - last_change_ > request.timeout_seconds * 1e9) {
        char seconds[32];
        snprintf(seconds, sizeof(seconds), "%g", request.timeout_seconds);
        const std::string how = "no rank made progress for " + std::string(seconds) + " s: ";
        Probe();
        control.Fail(DescribeDeadlock(launch_, how).c_str());
    }
}

void Worker::Run() {
    Control &control = *launch_.control;
    while (unfinished_ != 0 && !control.Failed()) {
        if (RunRound()) {
            if (quiet_rounds_ != 0) {
                quiet_rounds_ = 0;
                for (Rank *rank : ranks_) {
                    control.ranks[rank->index].idle_at.store(0);
                }
            }
        } else if (unfinished_ != 0) {
            Rest();
        }
    }
    for (Rank *rank : ranks_) {
        control.ranks[rank->index].finished.store(launch_.number);
    }
    control.Advance();
    // Ranks of other processes may still read this process's windows.
    while (launch_.has_remote_ranks && !control.Failed()) {
        bool all = true;
        for (uint32_t rank = 0; rank < launch_.request->ranks; ++rank) {
            all = all && control.ranks[rank].finished.load() >= launch_.number;
        }
        if (all) {
            break;
        }
        const uint64_t now = control.progress.load();
        quiet_rounds_ = now == quiet_at_ ? quiet_rounds_ + 1 : 1;
        quiet_at_ = now;
        CheckOthers();
        timespec pause = {0, 20'000};
        nanosleep(&pause, nullptr);
    }
}

}  // namespace dovetail
