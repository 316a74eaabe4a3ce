// Instructions that take effect in parts, as transfers do.
#ifndef DOVETAIL_SOURCE_PARTS_H
#define DOVETAIL_SOURCE_PARTS_H

#include "dovetail/instruction.h"
#include "random.h"

namespace dovetail {

// Divides an instruction: `part` and `rest`, both the whole at first, become two that do the same together. Returns
// false, and leaves them alone, where it cannot be divided.
bool TakePart(Instruction &part, Instruction &rest, Random &random);

}  // namespace dovetail

#endif
