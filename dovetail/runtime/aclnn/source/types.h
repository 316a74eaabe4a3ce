// Types of elements, from dovetail/target/element_types.py.
#ifndef DOVETAIL_ACLNN_TYPES_H
#define DOVETAIL_ACLNN_TYPES_H

#include <cstdint>
#include <string>

#include "acl/acl_base.h"

namespace dovetail {

// As contracts name it; "type 99" if there is no such type.
std::string NameOf(aclDataType type);
// 0 if there is no such type.
int64_t BitsOf(aclDataType type);

}  // namespace dovetail

#endif
