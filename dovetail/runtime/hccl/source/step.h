// Steps of a communicator: the tasks that streams run for it, each in its turn.
#ifndef DOVETAIL_HCCL_STEP_H
#define DOVETAIL_HCCL_STEP_H

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "acl/source/memory.h"
#include "acl/source/stream.h"
#include "hccl/source/registry.h"

namespace dovetail {

// What is common to launches and collectives: their turn, and the memory that they use.
class Step : public Task {
public:
    // Takes the next number of its rank.
    Step(std::shared_ptr<LocalRank> rank, std::string name, std::vector<Region> regions);
    ~Step() override;

    Outcome Run(Stream &stream) final;
    void Drop(const std::string &why) final;

protected:
    // In its turn, with its memory held. What goes wrong fails the communicator.
    virtual void Perform(Stream &stream) = 0;

    const std::shared_ptr<LocalRank> rank_;
    const std::string name_;  // of the operator, for messages
    const uint64_t number_;
    Communicator &communicator_;

private:
    std::string HoldAll();
    std::string ReleaseAll();

    const std::vector<Region> regions_;
};

// Whether a step of this rank may be submitted to a stream, on memory that it may use. Returns an error of ACL, after
// Refuse(), or finds the stream and the allocations.
aclError CheckStep(const LocalRank &rank, const std::string &name, aclrtStream handle, std::shared_ptr<Stream> *stream,
                   std::vector<Region> *regions);

// Holding it, one submits a step: its number and its place in the stream must follow the same order.
std::mutex &SubmissionOrder();

}  // namespace dovetail

#endif
