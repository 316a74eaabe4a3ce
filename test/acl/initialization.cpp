// aclInit and aclFinalize. Arguments: a file of JSON, and one that is none.
#include "check.h"

int main(int, char **arguments) {
    const char *const json = arguments[1], *const other = arguments[2];
    uint32_t count;
    CHECK_OK(aclrtGetDeviceCount(&count));  // needs no aclInit
    CHECK_OK(aclFinalize());                // before any aclInit
    CHECK_REFUSED(aclInit("/nowhere/at/all.json"), ACL_ERROR_INVALID_FILE, "/nowhere/at/all.json");
    CHECK_REFUSED(aclInit("/"), ACL_ERROR_INVALID_FILE, "Is a directory");
    CHECK_REFUSED(aclInit(other), ACL_ERROR_PARSE_FILE, other);
    CHECK_OK(aclInit(json));
    CHECK_CODE(aclInit(json), ACL_ERROR_REPEAT_INITIALIZE);
    CHECK_OK(aclFinalize());
    CHECK_REFUSED(aclFinalize(), ACL_ERROR_REPEAT_FINALIZE, "aclInit");
    CHECK_REFUSED(aclInit(nullptr), ACL_ERROR_INVALID_PARAM, "not that of the first");
    CHECK_OK(aclInit(json));
    CHECK_OK(aclFinalize());
    int32_t major, minor, patch;
    CHECK_OK(aclrtGetVersion(&major, &minor, &patch));
    CHECK(major == ACL_MAJOR_VERSION && minor == ACL_MINOR_VERSION && patch == ACL_PATCH_VERSION);
    CHECK_CODE(aclrtGetVersion(&major, nullptr, &patch), ACL_ERROR_INVALID_PARAM);
}
