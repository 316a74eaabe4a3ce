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

// The line of the user's source that a line of the kernel comes from, as "gather.py:5", or "".
std::string UserLine(const Launch &launch, Location where);

// A report of this launch, with what repeats the run.
std::string WithSeed(const Launch &launch, const std::string &text);

// Has the launch fail with this text, and leaves whatever runs.
[[noreturn]] void FailLaunch(Core &core, const std::string &text);

std::string Format(const char *format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace dovetail

#endif
