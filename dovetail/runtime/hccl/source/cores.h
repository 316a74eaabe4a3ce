// The cores of each device: a kernel holds all of them until it ends, and the next one gets them in the order of
// submission. Ranks that submit in one order thus start their kernels in one order, whatever they wait for in between.
// Only what stands behind an event that nobody had recorded is passed by: a later kernel may have to come first.
#ifndef DOVETAIL_HCCL_CORES_H
#define DOVETAIL_HCCL_CORES_H

#include <cstdint>
#include <memory>

#include "acl/source/stream.h"

namespace dovetail {

// A launch that has been submitted. Those of one `order` keep it among themselves, by `step`.
struct Submitted {
    std::shared_ptr<Stream> stream;
    const void *order;
    uint64_t step;
};

// Whether that launch has been submitted to a device and can begin only when `stream` has done what it does now, which
// is a step of the order `ahead`.
bool StandsBehind(int device, const void *order, uint64_t step, const Stream &stream, const void *ahead);

// A place in the order of a device. It is given up when the object ends, with the cores if it has them.
class CoresTicket {
public:
    CoresTicket(int device, Submitted launch);
    ~CoresTicket();
    CoresTicket(const CoresTicket &) = delete;
    CoresTicket &operator=(const CoresTicket &) = delete;

    // On the stream's worker: waits until the cores are this launch's.
    void Take();

private:
    const int device_;
    const uint64_t number_;
    bool holds_ = false;
};

}  // namespace dovetail

#endif
