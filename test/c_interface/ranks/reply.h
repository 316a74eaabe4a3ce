// What a call came to: its code and, where that is not 0, the message for the calling thread.
#ifndef REPLY_H
#define REPLY_H

#include <string>

#include "acl/acl.h"

struct Reply {
    int code = 0;
    std::string text;
};

inline Reply After(int code) {
    const char *said = code == 0 ? nullptr : aclGetRecentErrMsg();
    return {code, said == nullptr ? "" : said};
}

// What a program here finds wrong itself.
constexpr int kWrong = -1;

#endif
