// Polling loops: a core that reads the same global memory again and finds what it found before.
#ifndef DOVETAIL_SOURCE_POLLING_H
#define DOVETAIL_SOURCE_POLLING_H

#include "core.h"

namespace dovetail {

// The core issues a load from global memory, which the scalar may look at next.
void NoteLoad(Core &core, const Instruction &instruction);

// The scalar has waited for that load: finds out whether it brought what the last one brought, from the same place to
// the same place (`polls_again`).
void NotePoll(Core &core);

// Whether what was polled has not changed since.
bool StillHolds(const Core &core);

}  // namespace dovetail

#endif
