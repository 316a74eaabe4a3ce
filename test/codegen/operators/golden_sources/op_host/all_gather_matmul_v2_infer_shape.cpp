// What the outputs of AllGatherMatmulV2 are.
#include <cstdint>
#include <initializer_list>

#include "all_gather_matmul_v2.h"

namespace all_gather_matmul_v2 {

namespace {

// Types that go together, in the order of the definition.
constexpr ge::DataType kTypes[][6] = {
    {ge::DT_BF16, ge::DT_BF16, ge::DT_FLOAT, ge::DT_FLOAT, ge::DT_BF16, ge::DT_BF16},
};

void SetShape(gert::Shape *shape, std::initializer_list<int64_t> extents) {
    if (shape == nullptr) {
        return;  // an output that nobody wants
    }
    shape->SetDimNum(0);
    for (const int64_t extent : extents) {
        shape->AppendDim(extent);
    }
}

}  // namespace

ge::graphStatus InferShape(gert::InferShapeContext *context) {
    const gert::RuntimeAttrs *attributes = context->GetAttrs();
    if (attributes == nullptr) {
        return ge::GRAPH_FAILED;
    }
    const int64_t ranks = *attributes->GetInt(kRanks);
    const int64_t m = *attributes->GetInt(kM);
    const int64_t n = *attributes->GetInt(kN);
    const int64_t k = *attributes->GetInt(kK);
    SetShape(context->GetOutputShape(0), {ranks * m, n});
    SetShape(context->GetOutputShape(1), {ranks * m, k});
    return ge::GRAPH_SUCCESS;
}

ge::graphStatus InferDataType(gert::InferDataTypeContext *context) {
    for (const auto &types : kTypes) {
        if (context->GetInputDataType(0) == types[0] && context->GetInputDataType(1) == types[1]) {
            context->SetOutputDataType(0, types[4]);
            context->SetOutputDataType(1, types[5]);
            return ge::GRAPH_SUCCESS;
        }
    }
    return ge::GRAPH_FAILED;
}

}  // namespace all_gather_matmul_v2
