#include "aclnn/source/types.h"

namespace dovetail {

namespace {

struct Type {
    const char *name;
    aclDataType type;
    int64_t bits;
};

constexpr Type kTypes[] = {
#define DOVETAIL_TYPE(name, type, bits) {name, type, bits},
#include "element_types.inc"
#undef DOVETAIL_TYPE
};

const Type *Find(aclDataType type) {
    for (const Type &each : kTypes) {
        if (each.type == type) {
            return &each;
        }
    }
    return nullptr;
}

}  // namespace

std::string NameOf(aclDataType type) {
    const Type *found = Find(type);
    return found != nullptr ? found->name : "type " + std::to_string(static_cast<int>(type));
}

int64_t BitsOf(aclDataType type) {
    const Type *found = Find(type);
    return found != nullptr ? found->bits : 0;
}

}  // namespace dovetail
