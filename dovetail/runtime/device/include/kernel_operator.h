// The device interface of Ascend C, as kernels include it. Everything behind it is ours.
#ifndef DOVETAIL_KERNEL_OPERATOR_H
#define DOVETAIL_KERNEL_OPERATOR_H

#include "dovetail/cube.h"
#include "dovetail/data_copy.h"
#include "dovetail/instruction.h"
#include "dovetail/numbers.h"
#include "dovetail/pipe.h"
#include "dovetail/qualifiers.h"
#include "dovetail/synchronization.h"
#include "dovetail/system.h"
#include "dovetail/tensor.h"
#include "dovetail/vector.h"
#include "dovetail/vector_repeat.h"

#endif
