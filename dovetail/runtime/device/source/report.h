// Words for people: names of cores and flags, and who waits for what.
#ifndef DOVETAIL_SOURCE_REPORT_H
#define DOVETAIL_SOURCE_REPORT_H

#include <string>

#include "core.h"

namespace dovetail {

const char *NameOf(AscendC::HardEvent event);
const char *NameOf(Memory memory);
const char *NameOf(pipe_t pipe);

// "window of rank 1 + 64" where the address lies in a window, or else the address itself.
std::string NameOfAddress(const Launch &launch, const uint8_t *address);

// What the cores of `rank` wait for, one line each, at most `lines` of them.
std::string DescribeWaits(const Rank &rank, uint32_t lines);

// Why no rank can ever move again.
std::string DescribeDeadlock(const Launch &launch);

}  // namespace dovetail

#endif
