// What instructions do to memory, at the moment at which they take effect.
#ifndef DOVETAIL_SOURCE_PERFORM_H
#define DOVETAIL_SOURCE_PERFORM_H

#include "core.h"
#include "footprint.h"

namespace dovetail {

void Perform(Core &core, const Instruction &instruction);

void PerformCopy(Core &core, const Instruction &instruction);
void PerformCopyNdToNz(Core &core, const Instruction &instruction);
void PerformCopyDnToNz(Core &core, const Instruction &instruction);
void PerformFill(Core &core, const Instruction &instruction);
void PerformLoadFractals(Core &core, const Instruction &instruction);
void PerformLoadSquares(Core &core, const Instruction &instruction);
void PerformLoadRegion(Core &core, const Instruction &instruction);
void PerformCopyBias(Core &core, const Instruction &instruction);
void PerformMultiply(Core &core, const Instruction &instruction);
void PerformIntegerMultiply(Core &core, const Instruction &instruction);
void PerformStoreTile(Core &core, const Instruction &instruction);
void PerformScaledStore(Core &core, const Instruction &instruction);
void PerformVector(Core &core, const Instruction &instruction);
void PerformVectorRepeat(Core &core, const Instruction &instruction);
void PerformBroadcast(Core &core, const Instruction &instruction);
void PerformSelect(Core &core, const Instruction &instruction);

// Where `bytes` at `operand` lie in this process. Fails when a local memory does not reach that far.
uint8_t *Resolve(Core &core, const Operand &operand, uint64_t bytes, Location where);

}  // namespace dovetail

#endif
