// The parts of AllGatherMatmulV2 on the host.
#ifndef ALL_GATHER_MATMUL_V2_H
#define ALL_GATHER_MATMUL_V2_H

#include "register/op_def_registry.h"

namespace all_gather_matmul_v2 {

// The places of the attributes in the operator's definition.
enum Attribute : size_t {
    kBlockSize,     // extents of the blocks in which the output is quantised
    kGroup,         // the communicator's name, from HcclGetCommName
    kGatherIndex,   // which matrix is gathered: 0 is the left one
    kCommTurn,      // in how many turns to communicate; 0 leaves it to the operator
    kStreamMode,    // mode of the stream
    kGroupSize,     // how many elements share a scale: along k, along n << 16, along m << 32
    kCommMode,      // which engine communicates
    kX2Transposed,  // x2 transposed
    kNoGatherOut,   // no gatherOut
    kNoX1Scale,     // no x1Scale
    kM,             // the size m
    kK,             // the size k
    kN,             // the size n
    kRanks,         // of the communicator
    kWindowBytes,   // of each rank's window
};

ge::graphStatus InferShape(gert::InferShapeContext *context);
ge::graphStatus InferDataType(gert::InferDataTypeContext *context);
ge::graphStatus Tiling(gert::TilingContext *context);

}  // namespace all_gather_matmul_v2

#endif  // ALL_GATHER_MATMUL_V2_H
