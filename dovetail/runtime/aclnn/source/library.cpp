// The library's beginning and end: nothing has to be made ready.
#include "aclnn/aclnn_base.h"

aclnnStatus aclnnInit(const char * /*configPath*/) { return ACLNN_SUCCESS; }
aclnnStatus aclnnFinalize(void) { return ACLNN_SUCCESS; }
