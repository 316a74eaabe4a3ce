#include "hccl/source/step.h"

#include <utility>

namespace dovetail {

Step::Step(std::shared_ptr<LocalRank> rank, std::string name, std::vector<Region> regions)
    : rank_(std::move(rank)),
      name_(std::move(name)),
      number_(rank_->communicator->TakeStep(rank_->rank)),
      communicator_(*rank_->communicator),
      regions_(std::move(regions)) {}

Step::~Step() { communicator_.EndStep(rank_->rank, number_); }

std::string Step::HoldAll() {
    for (size_t i = 0; i < regions_.size(); ++i) {
        if (!Hold(regions_[i])) {
            for (size_t held = 0; held < i; ++held) {
                Release(regions_[held]);
            }
            return Format("the memory of %s was freed before the launch began", regions_[i].name);
        }
    }
    return "";
}

std::string Step::ReleaseAll() {
    std::string fault;
    for (const Region &region : regions_) {
        if (!Release(region) && fault.empty()) {
            fault = Format("the memory of %s was freed while the launch ran", region.name);
        }
    }
    return fault;
}

Outcome Step::Run(Stream &stream) {
    if (communicator_.AwaitTurn(rank_->rank, number_)) {
        std::string fault = HoldAll();
        if (fault.empty()) {
            Perform(stream);
            fault = ReleaseAll();
        }
        if (!fault.empty()) {
            communicator_.Fail(Format("rank %u, %s: %s", rank_->rank, name_.c_str(), fault.c_str()));
        }
    }
    const char *failure = communicator_.Failure();
    if (failure == nullptr) {
        return {};
    }
    return {ACL_ERROR_RT_AICORE_EXCEPTION,
            Format("%s (step %llu of communicator %s) failed on rank %u: %s", name_.c_str(),
                   static_cast<unsigned long long>(number_), communicator_.name().c_str(), rank_->rank, failure)};
}

void Step::Drop(const std::string &why) {
    communicator_.Fail(Format("rank %u, %s: %s", rank_->rank, name_.c_str(), why.c_str()));
}

aclError CheckStep(const LocalRank &rank, const std::string &name, aclrtStream handle, std::shared_ptr<Stream> *stream,
                   std::vector<Region> *regions) {
    const Communicator &communicator = *rank.communicator;
    if (const char *failure = communicator.Failure()) {
        return Refuse(ACL_ERROR_RT_AICORE_EXCEPTION,
                      Format("%s: communicator %s takes no more launches, because one failed: %s", name.c_str(),
                             communicator.name().c_str(), failure));
    }
    aclError code = ACL_SUCCESS;
    *stream = FindStream(handle, &code);
    if (*stream == nullptr) {
        return code;
    }
    if (DeviceOf(**stream) != rank.device) {
        return Refuse(ACL_ERROR_RT_STREAM_CONTEXT,
                      Format("%s: %s was given, and rank %u of communicator %s is on device %d", name.c_str(),
                             NameOf(**stream).c_str(), rank.rank, communicator.name().c_str(), rank.device));
    }
    for (Region &region : *regions) {
        const std::string fault = FindAllocation(region, rank.device);
        if (!fault.empty()) {
            return Refuse(ACL_ERROR_RT_PARAM_INVALID, Format("%s: %s: %s", name.c_str(), region.name, fault.c_str()));
        }
    }
    return ACL_SUCCESS;
}

std::mutex &SubmissionOrder() {
    static auto *mutex = new std::mutex;
    return *mutex;
}

}  // namespace dovetail
