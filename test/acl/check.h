// Checks for programs that end with status 1 at the first thing that is not as it should be.
#ifndef DOVETAIL_TEST_CHECK_H
#define DOVETAIL_TEST_CHECK_H

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "acl/acl.h"

namespace check {

inline thread_local std::string recent;  // what CHECK_CODE found aclGetRecentErrMsg to say

[[noreturn]] inline void Fail(const char *file, int line, const std::string &what) {
    fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
    fflush(stderr);
    std::_Exit(1);
}

template <class Left, class Right>
void Equal(const char *file, int line, const char *words, const Left &left, const Right &right) {
    if (!(left == right)) {
        std::ostringstream text;
        text << words << ": " << left << " is not " << right;
        Fail(file, line, text.str());
    }
}

inline void Code(const char *file, int line, const char *call, long code, long wanted) {
    const char *said = aclGetRecentErrMsg();
    recent = said == nullptr ? "" : said;
    if (code != wanted) {
        Fail(file, line,
             std::string(call) + " returned " + std::to_string(code) + ", not " + std::to_string(wanted) +
                 (recent.empty() ? "" : ": " + recent));
    }
}

inline void Says(const char *file, int line, const std::string &text, const std::string &part) {
    if (text.find(part) == std::string::npos) {
        Fail(file, line, "'" + text + "' does not say '" + part + "'");
    }
}

}  // namespace check

#define CHECK(condition) ((condition) ? void() : check::Fail(__FILE__, __LINE__, #condition))
#define CHECK_EQUAL(left, right) check::Equal(__FILE__, __LINE__, #left " == " #right, left, right)
// That a call returns a code, or 0. What it says goes with it.
#define CHECK_CODE(call, wanted) check::Code(__FILE__, __LINE__, #call, call, wanted)
#define CHECK_OK(call) CHECK_CODE(call, 0)
// That a call returns a code, with a message that has `part` in it.
#define CHECK_REFUSED(call, wanted, part) \
    (CHECK_CODE(call, wanted), check::Says(__FILE__, __LINE__, check::recent, part))
#define CHECK_SAYS(text, part) check::Says(__FILE__, __LINE__, text, part)

#endif
