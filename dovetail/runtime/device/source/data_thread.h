// A thread that moves data: instructions in the order in which they take effect, while the scheduler goes on. What is
// decided does not depend on it, so that a run is the same with it and without it.
#ifndef DOVETAIL_SOURCE_DATA_THREAD_H
#define DOVETAIL_SOURCE_DATA_THREAD_H

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "core.h"

namespace dovetail {

class DataThread {
public:
    DataThread() : thread_([this] { Run(); }) {}
    ~DataThread();
    DataThread(const DataThread &) = delete;
    DataThread &operator=(const DataThread &) = delete;

    void Add(Core &core, const Instruction &instruction);
    // Waits until nothing that has been added has yet to read or write these bytes, of UB of `core` or of global
    // memory.
    void Await(const Core &core, Memory memory, uint64_t begin, uint64_t end);
    void AwaitOperands(const Core &core, const Instruction &instruction);
    void AwaitAll() { AwaitNumber(added_.load(std::memory_order_relaxed)); }

private:
    static constexpr uint64_t kSlots = 128;
    struct Slot {
        Core *core;
        Instruction instruction;
    };
    // Bytes that an instruction touches which others look at: `core` is null for global memory.
    struct Touched {
        uint64_t number;
        const Core *core;
        uint64_t begin, end;
    };

    void Run();
    void AwaitNumber(uint64_t number);
    void Wake();

    std::array<Slot, kSlots> slots_;
    std::deque<Touched> touched_;
    std::atomic<uint64_t> added_{0}, done_{0};
    std::atomic<bool> ends_{false}, sleeps_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    std::thread thread_;
};

}  // namespace dovetail

#endif
