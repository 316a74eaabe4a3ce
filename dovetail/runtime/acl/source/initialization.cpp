#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

#include "acl/acl_rt.h"
#include "acl/source/device.h"

namespace dovetail {

namespace {

std::mutex mutex;
bool initialized = false, finalized = false;
std::string *configuration = nullptr;  // of the first aclInit; never freed

// Nothing in a configuration concerns this runtime: what is checked is that the caller named the right kind of file.
bool LooksLikeJson(const std::string &text) {
    int depth = 0;
    bool quoted = false, closed = false;
    for (size_t at = 0; at < text.size(); ++at) {
        const char sign = text[at];
        if (quoted) {
            at += sign == '\\' ? 1 : 0;
            quoted = sign != '"';
        } else if (isspace(static_cast<unsigned char>(sign)) == 0) {
            if (closed || (depth == 0 && sign != '{')) {
                return false;
            }
            quoted = sign == '"';
            depth += sign == '{' || sign == '[' ? 1 : sign == '}' || sign == ']' ? -1 : 0;
            closed = depth == 0;
        }
    }
    return closed;
}

aclError ReadConfiguration(const char *path, std::string *text) {
    FILE *const file = fopen(path, "r");
    bool read = file != nullptr;
    if (read) {
        char part[4096];
        while (const size_t bytes = fread(part, 1, sizeof part, file)) {
            text->append(part, bytes);
        }
        read = ferror(file) == 0;
    }
    const std::string reason = strerror(errno);
    if (file != nullptr) {
        fclose(file);
    }
    if (!read) {
        return Refuse(ACL_ERROR_INVALID_FILE, Format("aclInit: cannot read '%s' (%s)", path, reason.c_str()));
    }
    if (!LooksLikeJson(*text)) {
        return Refuse(ACL_ERROR_PARSE_FILE, Format("aclInit: '%s' is no JSON object", path));
    }
    return ACL_SUCCESS;
}

}  // namespace

}  // namespace dovetail

using namespace dovetail;

aclError aclInit(const char *configPath) {
    std::lock_guard<std::mutex> lock(mutex);
    if (initialized) {
        return ACL_ERROR_REPEAT_INITIALIZE;  // no message: libraries that share a process call it each, and go on
    }
    std::string text;
    if (configPath != nullptr && *configPath != '\0') {
        const aclError code = ReadConfiguration(configPath, &text);
        if (code != ACL_SUCCESS) {
            return code;
        }
    }
    if (configuration != nullptr && *configuration != text) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclInit: the configuration is not that of the first aclInit");
    }
    uint32_t count = 0;
    const Machine *machine = nullptr;
    const aclError code = FindDevices(&count, &machine);
    if (code != ACL_SUCCESS) {
        return code;
    }
    if (configuration == nullptr) {
        configuration = new std::string(std::move(text));
    }
    initialized = true;
    finalized = false;
    return ACL_SUCCESS;
}

aclError aclFinalize() {
    std::lock_guard<std::mutex> lock(mutex);
    if (finalized) {
        return Refuse(ACL_ERROR_REPEAT_FINALIZE, "aclFinalize: called already, and aclInit has not been called since");
    }
    finalized = initialized;
    initialized = false;
    return ACL_SUCCESS;
}

aclError aclrtGetVersion(int32_t *majorVersion, int32_t *minorVersion, int32_t *patchVersion) {
    if (majorVersion == nullptr || minorVersion == nullptr || patchVersion == nullptr) {
        return Refuse(ACL_ERROR_INVALID_PARAM, "aclrtGetVersion: a pointer is null");
    }
    *majorVersion = ACL_MAJOR_VERSION;
    *minorVersion = ACL_MINOR_VERSION;
    *patchVersion = ACL_PATCH_VERSION;
    return ACL_SUCCESS;
}
