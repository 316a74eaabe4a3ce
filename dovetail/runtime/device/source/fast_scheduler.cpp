#include "fast_scheduler.h"

#include <time.h>

#include "polling.h"

namespace dovetail {

namespace {

constexpr int64_t kTurn = 200 * 1000;  // nanoseconds that a core runs before others may have a turn
// A loop may poll a bounded number of times and then go on, so silence counts only after this many rounds.
constexpr uint64_t kQuietRounds = 1 << 14;
constexpr uint32_t kRoundsOfSleep = 64;

// Whether `core` polls and would find what it has found before.
bool SleepsOn(Core &core) {
    if (core.wait != Wait::Poll || !core.polls_again || core.rounds_slept == kRoundsOfSleep) {
        return false;
    }
    if (!StillHolds(core)) {
        return false;
    }
    ++core.rounds_slept;
    return true;
}

}  // namespace

void FastWorker::Enqueue(Core &core) { (core.identity.kind == CoreKind::Cube ? cubes_ : vectors_).push_back(&core); }

void FastWorker::OfferTurn(Core &core) {
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

void FastWorker::EndTurn(Core &core) {
    if (launch_.control->Failed()) {
        Abandon(core);
    }
    // Cube cores work side by side: were one to finish its tiles first, what it shares with others would be free late.
    core.wait = Wait::Turn;
    Suspend(core);
}

// Continues `core` until it waits, and puts it where it waits.
void FastWorker::Continue(Core &core) {
    turn_began_ = Nanoseconds();
    Resume(core);
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
        default:
            break;
    }
}

void FastWorker::WakeLinks() {
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

// Nothing is left but transfers: sleeps until shortly before the first has passed.
void FastWorker::AwaitLinks() {
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

// Every vector core that can run has a turn, then one cube core. Returns whether any did more than poll.
bool FastWorker::RunRound() {
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
        Continue(core);
        worked = worked || core.wait != Wait::Poll;
        if (core.wait == Wait::Slice) {
            break;
        }
    }
    // One cube works at a time; those that poll take turns.
    for (size_t remaining = cubes_.size(); remaining != 0 && !cubes_.empty(); --remaining) {
        Core &core = *cubes_.front();
        cubes_.pop_front();
        Continue(core);
        if (core.wait != Wait::Poll) {
            worked = true;
            break;
        }
    }
    if (vectors_.empty() && cubes_.empty() && !in_transfer_.empty()) {
        AwaitLinks();
    }
    return worked || !in_transfer_.empty() || launch_.control->progress.load(std::memory_order_relaxed) != before;
}

bool FastWorker::IsAtRest() {
    const bool polls = !vectors_.empty() || !cubes_.empty();
    return !polls || quiet_rounds_ >= kQuietRounds;
}

}  // namespace dovetail
