#include "data_thread.h"

#include <sched.h>

#include "footprint.h"
#include "perform.h"
#include "scheduler.h"

namespace dovetail {

namespace {

constexpr int kSpins = 4000;
constexpr uint64_t kWorthWaking = 16;  // instructions

// The span of the strips in each memory that others than this thread look at.
template <typename Visit>
void ForEachSpan(const std::vector<Strip> &strips, Visit &&visit) {
    for (const Strip &strip : strips) {
        const Memory memory = strip.operand->memory;
        if (memory != Memory::Global && memory != Memory::UB) {
            continue;
        }
        const Strip::Span span = strip.AllRuns();
        const auto base = static_cast<int64_t>(strip.operand->address);
        visit(memory, static_cast<uint64_t>(base + span.begin), static_cast<uint64_t>(base + span.end));
    }
}

}  // namespace

DataThread::~DataThread() {
    AwaitAll();
    {
        std::lock_guard<std::mutex> lock(mutex_);
        ends_.store(true);
    }
    changed_.notify_one();
    thread_.join();
}

void DataThread::Add(Core &core, const Instruction &instruction) {
    const uint64_t number = added_.load(std::memory_order_relaxed) + 1;
    if (number > kSlots) {
        AwaitNumber(number - kSlots);
    }
    slots_[number % kSlots] = {&core, instruction};
    static thread_local Footprint footprint;
    DescribeFootprint(instruction, footprint);
    const auto note = [&](Memory memory, uint64_t begin, uint64_t end) {
        touched_.push_back({number, memory == Memory::UB ? &core : nullptr, begin, end});
    };
    ForEachSpan(footprint.reads, note);
    ForEachSpan(footprint.writes, note);
    added_.store(number);
    if (number - done_.load(std::memory_order_relaxed) >= kWorthWaking) {
        Wake();
    }
}

void DataThread::Wake() {
    if (sleeps_.load()) {
        std::lock_guard<std::mutex> lock(mutex_);
        changed_.notify_one();
    }
}

void DataThread::AwaitNumber(uint64_t number) {
    for (int spins = 0; done_.load(std::memory_order_acquire) < number; ++spins) {
        Wake();
        if (spins > kSpins) {
            sched_yield();
        }
    }
}

void DataThread::Await(const Core &core, Memory memory, uint64_t begin, uint64_t end) {
    const uint64_t done = done_.load(std::memory_order_acquire);
    while (!touched_.empty() && touched_.front().number <= done) {
        touched_.pop_front();
    }
    const Core *owner = memory == Memory::UB ? &core : nullptr;
    uint64_t last = 0;
    for (const Touched &touched : touched_) {
        if (touched.core == owner && touched.begin < end && begin < touched.end) {
            last = touched.number;
        }
    }
    AwaitNumber(last);
}

void DataThread::AwaitOperands(const Core &core, const Instruction &instruction) {
    Footprint footprint;
    DescribeFootprint(instruction, footprint);
    const auto await = [&](Memory memory, uint64_t begin, uint64_t end) { Await(core, memory, begin, end); };
    ForEachSpan(footprint.reads, await);
    ForEachSpan(footprint.writes, await);
}

void DataThread::Run() {
    for (uint64_t number = 1;; ++number) {
        for (int spins = 0; added_.load(std::memory_order_acquire) < number; ++spins) {
            if (spins < kSpins) {
                continue;
            }
            std::unique_lock<std::mutex> lock(mutex_);
            sleeps_.store(true);
            changed_.wait(lock, [&] { return ends_.load() || added_.load() >= number; });
            sleeps_.store(false);
            if (added_.load() < number) {
                return;
            }
        }
        const Slot &slot = slots_[number % kSlots];
        try {
            Perform(*slot.core, slot.instruction);
        } catch (const LaunchFailed &) {
            // The launch says why; what follows is of no use, and does no harm.
        }
        done_.store(number, std::memory_order_release);
    }
}

}  // namespace dovetail
