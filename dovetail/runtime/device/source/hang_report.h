// Words for a hang: who waits for what, and in which cycle.
#ifndef DOVETAIL_SOURCE_HANG_REPORT_H
#define DOVETAIL_SOURCE_HANG_REPORT_H

#include <string>

#include "core.h"

namespace dovetail {

// What the cores of `rank` wait for, one line each, at most `lines` of them.
std::string DescribeWaits(const Rank &rank, uint32_t lines);

// Why no rank can ever move again; `how` that came to light stands first.
std::string DescribeDeadlock(const Launch &launch, const std::string &how = "");

}  // namespace dovetail

#endif
