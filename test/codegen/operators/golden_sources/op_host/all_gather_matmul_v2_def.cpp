// The definition of AllGatherMatmulV2: its tensors with the types that go together, its attributes, and the
// communicator.
#include "all_gather_matmul_v2.h"

namespace ops {

using namespace all_gather_matmul_v2;

class AllGatherMatmulV2 : public OpDef {
public:
    explicit AllGatherMatmulV2(const char *name) : OpDef(name) {
        this->Input("x1")
            .ParamType(REQUIRED)
            .DataType({ge::DT_BF16})
            .Format({ge::FORMAT_ND})
            .UnknownShapeFormat({ge::FORMAT_ND});
        this->Input("x2")
            .ParamType(REQUIRED)
            .DataType({ge::DT_BF16})
            .Format({ge::FORMAT_ND})
            .UnknownShapeFormat({ge::FORMAT_ND})
            .IgnoreContiguous();
        this->Input("x1_scale")
            .ParamType(OPTIONAL)
            .DataType({ge::DT_FLOAT})
            .Format({ge::FORMAT_ND})
            .UnknownShapeFormat({ge::FORMAT_ND});
        this->Input("x2_scale")
            .ParamType(OPTIONAL)
            .DataType({ge::DT_FLOAT})
            .Format({ge::FORMAT_ND})
            .UnknownShapeFormat({ge::FORMAT_ND});
        this->Output("output")
            .ParamType(REQUIRED)
            .DataType({ge::DT_BF16})
            .Format({ge::FORMAT_ND})
            .UnknownShapeFormat({ge::FORMAT_ND});
        this->Output("gather_out")
            .ParamType(OPTIONAL)
            .DataType({ge::DT_BF16})
            .Format({ge::FORMAT_ND})
            .UnknownShapeFormat({ge::FORMAT_ND});
        this->Attr("block_size").AttrType(REQUIRED).Int();
        this->Attr("group").AttrType(REQUIRED).String();
        this->Attr("gather_index").AttrType(REQUIRED).Int();
        this->Attr("comm_turn").AttrType(REQUIRED).Int();
        this->Attr("stream_mode").AttrType(REQUIRED).Int();
        this->Attr("group_size").AttrType(REQUIRED).Int();
        this->Attr("comm_mode").AttrType(REQUIRED).String();
        this->Attr("x2_transposed").AttrType(REQUIRED).Bool();
        this->Attr("no_gather_out").AttrType(REQUIRED).Bool();
        this->Attr("no_x1_scale").AttrType(REQUIRED).Bool();
        this->Attr("m").AttrType(REQUIRED).Int();
        this->Attr("k").AttrType(REQUIRED).Int();
        this->Attr("n").AttrType(REQUIRED).Int();
        this->Attr("ranks").AttrType(REQUIRED).Int();
        this->Attr("window_bytes").AttrType(REQUIRED).Int();
        this->SetInferShape(InferShape).SetInferDataType(InferDataType);
        this->AICore().SetTiling(Tiling).AddConfig("ascend910b");
        this->MC2().HcclGroup("group");
        this->MC2().HcclServerType(HcclServerType::AICORE);
    }
};

OP_ADD(AllGatherMatmulV2);

}  // namespace ops
