// What went wrong, in words: kept for the thread that called, for aclGetRecentErrMsg.
#ifndef DOVETAIL_ACL_ERRORS_H
#define DOVETAIL_ACL_ERRORS_H

#include <string>

#define DOVETAIL_SHARED __attribute__((visibility("default")))

namespace dovetail {

// Keeps `message` as the calling thread's recent one and, where ASCEND_SLOG_PRINT_TO_STDOUT is 1, prints it. Returns
// `code`, so that an entry point can end with it.
DOVETAIL_SHARED int Refuse(int code, const std::string &message);

// printf into a string.
DOVETAIL_SHARED std::string Format(const char *format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace dovetail

#endif
