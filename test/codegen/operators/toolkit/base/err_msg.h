// Names and signatures of the vendor's header of this name.
#ifndef TOOLKIT_ERR_MSG_H
#define TOOLKIT_ERR_MSG_H

#include <cstdint>

namespace ge {

int32_t ReportUserDefinedErrMsg(const char *error_code, const char *format, ...)
    __attribute__((format(printf, 2, 3), weak));

}  // namespace ge

#endif
