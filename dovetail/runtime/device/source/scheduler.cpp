#include "scheduler.h"

#include <sched.h>
#include <time.h>

#include <cstdio>
#include <cstring>

#include "report.h"

namespace dovetail {

namespace {

constexpr int64_t kTurn = 200 * 1000;  // nanoseconds that a core runs before others may have a turn
constexpr int64_t kCheckInterval = 10'000'000;
// A loop may poll a bounded number of times and then go on, so silence counts only after this many rounds.
constexpr uint64_t kQuietRounds = 1 << 14;
constexpr uint32_t kRoundsOfSleep = 64;
constexpr uint64_t kRoundsPerYield = 64;

// Whether `core` polls and would find what it has found before.
bool SleepsOn(Core &core) {
    if (core.wait != Wait::Poll || !core.polls_again || core.rounds_slept == kRoundsOfSleep) {
        return false;
    }
    const CopyShape &shape = core.polled_shape;
    for (uint32_t block = 0; block < shape.block_count; ++block) {
        if (memcmp(core.polled + block * shape.source_pitch, core.last_seen.data() + block * shape.block_bytes,
                   shape.block_bytes) != 0) {
            return false;
        }
    }
    ++core.rounds_slept;
    return true;
}

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

void Worker::Enqueue(Core &core) { (core.identity.kind == CoreKind::Cube ? cubes_ : vectors_).push_back(&core); }

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

void Worker::OfferTurn(Core &core) {
    if (launch_.control->Failed()) {
        Abandon(core);
    }
    if (vectors_.empty() && in_transfer_.empty()) {
        return;
    }
    const int64_t now = Nanoseconds();
    bool due = now - turn_began_ > kTurn && !vectors_.empty();
    for (const Core *waiting : in_transfer_) {
        due = due || waiting->wake_time <= now;
    }
    if (due) {
        core.wait = Wait::Slice;
        Suspend(core);
    }
}

void Worker::EndTurn(Core &core) {
    if (launch_.control->Failed()) {
        Abandon(core);
    }
    // Cube cores work side by side: were one to finish its tiles first, what it shares with others would be free late.
    core.wait = Wait::Turn;
    Suspend(core);
}

void Worker::Abandon(Core &core) {
    core.wait = Wait::Ended;
    Context::Switch(core.context, context_);
    __builtin_unreachable();
}

float *Worker::Scratch(uint64_t floats) {
    if (floats * sizeof(float) > scratch_.bytes()) {
        scratch_ = Pages(floats * sizeof(float), PageUse::Memory);
    }
    return reinterpret_cast<float *>(scratch_.data());
}

// Continues `core` until it waits, and puts it where it waits.
void Worker::Resume(Core &core) {
    current_core = &core;
    core.wait = Wait::Nothing;
    Context::Switch(context_, core.context);
    current_core = nullptr;
    switch (core.wait) {
        case Wait::Slice:
            // The same cube goes on next: its operands are in the caches.
            (core.identity.kind == CoreKind::Cube ? cubes_ : vectors_).push_front(&core);
            break;
        case Wait::Turn:
        case Wait::Poll:
            Enqueue(core);
            break;
        case Wait::Link:
            in_transfer_.push_back(&core);
            break;
        case Wait::Ended:
            --unfinished_;
            break;
        case Wait::Nothing:
        case Wait::CrossCore:
        case Wait::SyncAll:
            break;
    }
}

void Worker::WakeLinks() {
    if (in_transfer_.empty()) {
        return;
    }
    const int64_t now = Nanoseconds();
    for (size_t i = 0; i < in_transfer_.size();) {
        if (in_transfer_[i]->wake_time <= now) {
            Wake(*in_transfer_[i]);
            in_transfer_.erase(in_transfer_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
}

// Every vector core that can run has a turn, then one cube core. Returns whether any did more than poll.
bool Worker::RunRound() {
    const uint64_t before = launch_.control->progress.load(std::memory_order_relaxed);
    bool worked = false;
    WakeLinks();
    for (size_t remaining = vectors_.size(); remaining != 0 && !vectors_.empty(); --remaining) {
        Core &core = *vectors_.front();
        vectors_.pop_front();
        if (SleepsOn(core)) {
            vectors_.push_back(&core);
            continue;
        }
        turn_began_ = Nanoseconds();
        Resume(core);
        worked = worked || core.wait != Wait::Poll;
        if (core.wait == Wait::Slice) {
            break;
        }
    }
    // One cube works at a time; those that poll take turns.
    for (size_t remaining = cubes_.size(); remaining != 0 && !cubes_.empty(); --remaining) {
        Core &core = *cubes_.front();
        cubes_.pop_front();
        turn_began_ = Nanoseconds();
        Resume(core);
        if (core.wait != Wait::Poll) {
            worked = true;
            break;
        }
    }
    return worked || !in_transfer_.empty() || launch_.control->progress.load(std::memory_order_relaxed) != before;
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
    const bool polls = !vectors_.empty() || !cubes_.empty();
    const uint64_t now = control.progress.load();
    if (quiet_rounds_ == 0 || now != quiet_at_) {
        quiet_rounds_ = 0;
        quiet_at_ = now;
    }
    ++quiet_rounds_;
    if (!polls || quiet_rounds_ >= kQuietRounds) {
        if (control.ranks[ranks_.front()->index].idle_at.load(std::memory_order_relaxed) != quiet_at_ + 1) {
            PublishIdle();
        }
        if (control.AllIdle(launch_.request->ranks, launch_.number)) {
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
        control.Fail(
            ("no rank made progress for " + std::string(seconds) + " s: " + DescribeDeadlock(launch_)).c_str());
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
            if (vectors_.empty() && cubes_.empty() && !in_transfer_.empty()) {
                int64_t earliest = in_transfer_.front()->wake_time;
                for (const Core *core : in_transfer_) {
                    earliest = core->wake_time < earliest ? core->wake_time : earliest;
                }
                const int64_t left = earliest - Nanoseconds();
                if (left > 100'000) {
                    timespec pause = {left / 1'000'000'000, (left - 60'000) % 1'000'000'000};
                    nanosleep(&pause, nullptr);
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
