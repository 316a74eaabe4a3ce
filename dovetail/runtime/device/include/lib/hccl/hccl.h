// The name of earlier toolkits.
#include "adv_api/hccl/hccl.h"
