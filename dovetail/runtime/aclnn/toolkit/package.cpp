// Where kernels lie is the toolkit's to know.
#include "dovetail/operator.h"

namespace dovetail {

void Package::Place(const char * /*from_library*/, const void * /*inside*/) {}

}  // namespace dovetail
