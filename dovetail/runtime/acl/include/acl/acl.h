// The whole runtime interface.
#ifndef DOVETAIL_ACL_H
#define DOVETAIL_ACL_H

#include "acl/acl_base.h"
#include "acl/acl_rt.h"

#endif
