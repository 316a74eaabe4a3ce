#include "hccl/source/communicator.h"

#include <utility>

namespace dovetail {

Communicator::Communicator(uint32_t ranks, uint32_t first, uint32_t local, const Options &options, Met met)
    : ranks(ranks),
      first(first),
      local(local),
      options(options),
      met(std::move(met)),
      segment(ranks, options.window_bytes, options.CheckBytes(ranks), this->met.memory.number()),
      steps_(local) {}

void Communicator::Fail(const std::string &message) {
    dovetail_control_fail(segment.control(), message.c_str());
    std::lock_guard<std::mutex> lock(mutex);
    changed.notify_all();
}

uint64_t Communicator::TakeStep(uint32_t rank) {
    std::lock_guard<std::mutex> lock(mutex);
    return ++steps_[rank - first].submitted;
}

bool Communicator::AwaitTurn(uint32_t rank, uint64_t step) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return steps_[rank - first].ended + 1 >= step || Failure() != nullptr; });
    return Failure() == nullptr;
}

void Communicator::EndStep(uint32_t rank, uint64_t step) {
    std::lock_guard<std::mutex> lock(mutex);
    uint64_t &ended = steps_[rank - first].ended;
    ended = step > ended ? step : ended;  // after a failure steps may end in any order
    changed.notify_all();
}

void Communicator::AwaitAll(uint32_t rank) {
    std::unique_lock<std::mutex> lock(mutex);
    const Steps &own = steps_[rank - first];
    changed.wait(lock, [&] { return own.ended == own.submitted; });
}

void Communicator::Begin(uint32_t rank, uint64_t step, const std::string &description) {
    segment.SayBegun(rank, step, description);
    // The last rank that comes here sees what all others have said.
    for (uint32_t other = 0; other < ranks; ++other) {
        const Member &theirs = segment.member(other);
        if (theirs.begun.load() == step && segment.member(rank).description != std::string(theirs.description)) {
            Fail(Format("ranks do not do the same in step %llu of communicator %s: rank %u: %s; rank %u: %s",
                        static_cast<unsigned long long>(step), name().c_str(), rank, segment.member(rank).description,
                        other, theirs.description));
            return;
        }
    }
}

}  // namespace dovetail
