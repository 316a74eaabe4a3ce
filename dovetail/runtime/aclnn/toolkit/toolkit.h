// What entry points ask of a vendor's toolkit when they hand a call over to what it has generated.
#ifndef DOVETAIL_TOOLKIT_H
#define DOVETAIL_TOOLKIT_H

#include "dovetail/operator.h"

namespace dovetail {

// 0 if the second stage has what it needs. Without a workspace the vendor's runtime would do nothing, and say nothing.
aclnnStatus CheckLaunch(const Package &package, const void *workspace, uint64_t workspace_size,
                        const aclOpExecutor *executor);

}  // namespace dovetail

#endif
